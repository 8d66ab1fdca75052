// No text makes the parser throw, hang or report without end: mutated examples, and texts that are hard on purpose.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parse } from "../../grammar/index.js";
import { visit } from "../../grammar/walk.js";
import { generator } from "../fuzz/random.js";
import { sources } from "./sources.js";

const pieces = [
  "(",
  ")",
  "[",
  "]",
  "{",
  "}",
  "=",
  "->",
  "=>",
  "<-",
  ":",
  ",",
  ";",
  "...",
  "..",
  ".",
  "@",
  "**",
  "-",
  "|>",
  "\n",
  "if",
  "else",
  "for",
  "in",
  "fn",
  "layer",
  "model",
  "param",
  "state",
  "init",
  "with",
  "where",
  "let",
  "group",
  "/// x\n",
  "// x\n",
  '"',
  "0",
  "1.",
  "1e",
  "x",
  "f16",
  "\u202e",
  "\0",
  "\ud800",
  "é",
  "not",
  "train T",
  "property",
  "@allow",
];

/** One of a few thousand ways to damage a text. */
function mutate(text: string, seed: number): string {
  const random = generator(seed);
  let mutant = text;
  for (let i = 0; i <= random(3); i++) {
    const at = random(mutant.length + 1);
    const to = Math.min(mutant.length, at + random(30));
    const piece = pieces[random(pieces.length)] ?? "";
    switch (random(6)) {
      case 0:
        mutant = mutant.slice(0, at);
        break;
      case 1:
        mutant = mutant.slice(0, at) + mutant.slice(to);
        break;
      case 2:
        mutant = mutant.slice(0, at) + String.fromCharCode(random(256)) + mutant.slice(at + 1);
        break;
      case 3:
        mutant = mutant.slice(0, to) + mutant.slice(at);
        break;
      default:
        mutant = mutant.slice(0, at) + piece + mutant.slice(random(2) === 0 ? at : to);
    }
  }
  return mutant;
}

/** Parses, and checks what holds for every tree; walking all of it takes longer than parsing. */
function check(text: string, isThorough = true): void {
  const { module, problems } = parse({ path: "mutant.dl", text });
  // Plain comparisons: a million calls of `expect` would take longer than all the parsing.
  if (problems.length > 100) throw new Error("too many problems");
  for (const { span } of problems) {
    if (!(span.start >= 0 && span.start <= span.end && span.end <= text.length))
      throw new Error("a problem outside of the text");
  }
  if (!isThorough) return;
  visit(module, (node) => {
    if ("span" in node && !(node.span.start >= 0 && node.span.end <= text.length))
      throw new Error("a span outside of the text");
  });
}

describe("mutations", () => {
  // A piece of each file keeps a mutant below 1 KB, so that twenty thousand of them take seconds.
  const seeds = 20_000;
  const each = Math.ceil(seeds / sources.length);
  it.each(sources)("of $path parse to a tree and problems", ({ text }) => {
    for (let seed = 0; seed < each; seed++) {
      const start = generator(seed)(Math.max(1, text.length - 700));
      const mutant = mutate(text.slice(start, start + 700), seed);
      try {
        check(mutant, seed % 10 === 0);
      } catch (error) {
        throw new Error(`seed ${String(seed)}: ${String(error)}\n${mutant}`, { cause: error });
      }
    }
  });

  it("of any kind: random text", () => {
    const soup = fc.array(
      fc.oneof(fc.constantFrom(...pieces), fc.string({ unit: "binary", maxLength: 3 })),
      { maxLength: 80 },
    );
    fc.assert(
      fc.property(soup, (parts) => {
        check(parts.join(" "));
        check(parts.join(""));
      }),
      { numRuns: 2000, seed: 3 },
    );
  });
});

describe("floods", () => {
  const floods: Readonly<Record<string, string>> = {
    "bad statements": `fn f(x: [B]) {\n${"foo bar\n".repeat(100_000)}}`,
    "bad declarations": "foo bar\n".repeat(100_000),
    "odd characters": "? ".repeat(100_000),
    "crossed brackets": "(]".repeat(100_000),
    "opening brackets": "(".repeat(1_000_000),
    "closing brackets": ")".repeat(1_000_000),
    "open strings": '"a\n'.repeat(100_000),
    "one long name": "x".repeat(4_000_000),
  };
  it.each(Object.entries(floods))("of %s end in at most 100 problems", (_, text) => {
    const { problems } = parse({ path: "flood.dl", text });
    expect(problems.length).toBeGreaterThan(0);
    expect(problems.length).toBeLessThanOrEqual(100);
  });

  it("says when it stopped reporting", () => {
    const { problems } = parse({ path: "flood.dl", text: "foo bar\n".repeat(1000) });
    expect(problems).toHaveLength(100);
    expect(problems.at(-1)?.code).toBe("too-many-errors");
  });

  it("refuses files above 4 MB by their bytes", () => {
    const codes = (text: string): readonly string[] =>
      parse({ path: "large.dl", text }).problems.map(({ code }) => code);
    expect(codes("x".repeat(100_000_000))).toEqual(["file-too-large"]);
    expect(codes(`// ${"é".repeat(2_100_000)}`)).toEqual(["file-too-large"]);
    expect(codes(`// ${"é".repeat(2_000_000)}`)).toEqual([]);
  });
});
