// Texts that nest to a given depth, one way each; run by itself it parses one of them in a fresh process.
import { parse } from "../../grammar/parser.js";

const around =
  (open: string, close: string, inside = "x") =>
  (depth: number): string =>
    `const a = ${open.repeat(depth)}${inside}${close.repeat(depth)}\nconst z = 1\n`;

/** What may stand inside itself. */
export const nestings: Readonly<Record<string, (depth: number) => string>> = {
  parentheses: around("(", ")"),
  lists: around("[", "]"),
  blocks: around("{\n", "\n}"),
  calls: around("f(", ")"),
  "calls and indices": (depth) => around("f(x[", "])")(Math.floor(depth / 2)),
  indices: around("x[", "]"),
  minus: around("-", ""),
  not: around("not ", ""),
  powers: around("x ** ", ""),
  lambdas: around("(y) => ", ""),
  "lambdas of one": around("y => ", ""),
  conditions: around("if c { ", " } else { x }"),
  "chains of conditions": around("if c { x } else ", "", "{ x }"),
  loops: (depth) => around("{ for i in x { ", " } }")(Math.floor(depth / 2)),
  tuples: around("(x, ", ")"),
  types: (depth) =>
    `fn f(x: ${"(".repeat(depth - 2)}[B]${")".repeat(depth - 2)}) = x\nconst z = 1\n`,
  patterns: (depth) =>
    `const a = f([${"(".repeat(depth - 2)}x${")".repeat(depth - 2)} -> x])\nconst z = 1\n`,
  "tensor types": around("f16[", "]"),
};

/** What became of a text: the codes of its problems and whether the declaration behind it survived. */
export interface Outcome {
  readonly codes: readonly string[];
  readonly survived: boolean;
  readonly seconds: number;
}

/** Parses a text of a nesting. */
export function outcome(nesting: string, depth: number): Outcome {
  const text = nestings[nesting]?.(depth) ?? "";
  const start = performance.now();
  const { module, problems } = parse({ path: "deep.dl", text });
  const survived = module.items.some((item) => item.kind === "const" && item.name.name === "z");
  return {
    codes: problems.map(({ code }) => code),
    survived,
    seconds: (performance.now() - start) / 1000,
  };
}

const [, script, nesting, ...depths] = process.argv;
if (script?.endsWith("depth-cases.ts") && nesting !== undefined) {
  process.stdout.write(JSON.stringify(depths.map((depth) => outcome(nesting, Number(depth)))));
}
