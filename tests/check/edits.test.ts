// A checker that is told of edits says what a check from nothing would say.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { openPackage } from "../../cli/host.js";
import {
  checkPackage,
  createChecker,
  renderText,
  type Host,
  type SourceFile,
} from "../../compiler/index.js";

const { host: disk } = openPackage("tests/check");

/** Five files that use each other, some of them through a third. */
const texts: Readonly<Record<string, string>> = {
  base: "fn twice(x: [..., D]) -> [..., D] = x + x\nconst width = 4\nfn pair(x: [B, D]) -> [B, 2 * D] = concat(x, x, axis = 1)\n",
  layers:
    'import { twice } from "./base"\nimport { Linear } from "std/nn"\nlayer Block(D) {\n  lin = Linear(D, D)\n  fn forward(x: [B, D]) -> [B, D] = twice(lin(x))\n}\n',
  model:
    'import { Block } from "./layers"\nimport { width } from "./base"\nmodel Net(D = width) {\n  blocks = [Block(D) for i in 0..3]\n  fn forward(x: [B, D]) -> [B, D] {\n    var y = x\n    for block in blocks { y = block(y) }\n    y\n  }\n}\n',
  alone: "fn mean_of(x: [B, D]) -> [B] = mean(x, axis = 1)\n",
  other:
    'import { mean_of } from "./alone"\nimport { pair } from "./base"\nfn f(x: [B, D]) -> [B] = mean_of(pair(x))\n',
};
const names = Object.keys(texts);

/** Edits of which each breaks some file, its callers, its syntax, or nothing. */
const edits: readonly (readonly [from: string, to: string])[] = [
  ["x + x", "x @ x"],
  ["twice", "thrice"],
  ["[B, D]", "[B, D, E]"],
  ["2 * D", "3 * D"],
  ["width = 4", "width = 5"],
  ["./base", "./model"],
  ["axis = 1", "axis = 2"],
  [") {", ") {{"],
  ["-> [B]", ""],
  ["fn ", "// first\nfn "],
  ["D", "K"],
];

const edited = (text: string, [from, to]: (typeof edits)[number], at: number): string => {
  const places = text.split(from);
  const cut = 1 + (at % Math.max(1, places.length - 1));
  return places.length < 2
    ? text
    : places.slice(0, cut).join(from) + to + places.slice(cut).join(from);
};

const opened: Readonly<Record<string, SourceFile>> = Object.fromEntries(
  names.map((name) => [name, { path: `${name}.dl`, text: texts[name] ?? "" }]),
);

const host: Host = {
  ...disk,
  moduleOf: (file) => file.path.replace(/\.dl$/, ""),
  read: (module) => (module.startsWith("std/") ? disk.read(module) : undefined),
};

/** What a check from nothing says of the files. */
function afresh(files: ReadonlyMap<string, SourceFile>): string {
  const present = [...files.values()];
  const modules = new Map(present.map((file) => [host.moduleOf(file), file]));
  const read: Host["read"] = (module) => modules.get(module) ?? host.read(module);
  return renderText(checkPackage(present, { ...host, read }).diagnostics);
}

const step = fc.record({
  file: fc.constantFrom(...names),
  edit: fc.constantFrom(...edits),
  at: fc.nat(5),
  kind: fc.constantFrom("edit", "edit", "edit", "undo", "remove"),
});

/** The file after a step; undefined where it is removed. */
function after(
  { file, edit, at, kind }: Step,
  before: SourceFile | undefined,
): SourceFile | undefined {
  if (kind === "remove") return undefined;
  const original = opened[file];
  if (kind === "undo" || !before) return original;
  return { path: before.path, text: edited(before.text, edit, at) };
}

type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

describe("a checker of files that are edited", () => {
  it(
    "says after each edit, undo and removal what a check from nothing says",
    { timeout: 120_000 },
    () => {
      fc.assert(
        fc.property(fc.array(step, { minLength: 1, maxLength: 8 }), (steps) => {
          const checker = createChecker(host);
          const files = new Map(Object.values(opened).map((file) => [file.path, file]));
          expect(renderText(checker.update(...files.values()))).toBe(renderText([]));
          for (const one of steps) {
            const path = `${one.file}.dl`;
            const next = after(one, files.get(path));
            if (next) files.set(path, next);
            else files.delete(path);
            const told = next ? checker.update(next) : checker.remove(path);
            expect(renderText(told)).toBe(afresh(files));
          }
        }),
        { seed: 20_261_122, numRuns: 60 },
      );
    },
  );

  it("evaluates nothing again where nothing changed that a file can see", () => {
    const checker = createChecker(host);
    const before = checker.update(...Object.values(opened), {
      path: "faulty.dl",
      text: "fn g(x: [B, D]) -> [B] = x\n",
    });
    const again = checker.update({ path: "alone.dl", text: `// why\n${texts["alone"] ?? ""}` });
    expect(before).toHaveLength(1);
    expect(again[0]).toBe(before[0]);
  });
});
