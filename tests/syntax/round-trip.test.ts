// Printing and parsing are inverse, and formatting twice is formatting once: on random trees and on real files.
import fc from "fast-check";
import { format as prettierFormat } from "prettier";
import { printer } from "prettier/doc";
import { describe, expect, it } from "vitest";
import { format, parse, shapeOf, type Module } from "../../grammar/index.js";
import { printModule } from "../../grammar/print/declarations.js";
import * as plugin from "../../grammar/print/index.js";
import { programs } from "../harness/arbitraries.js";
import { sources } from "./sources.js";

/** How many random programs; `ADJOINT_PROGRAMS=10000` takes the full number. */
const programCount = Number(process.env["ADJOINT_PROGRAMS"] ?? 150);

const options = { printWidth: 100, tabWidth: 2, useTabs: false };

const print = (module: Module): string =>
  printer.printDocToString(printModule(module), options).formatted;

const shape = (text: string): unknown => {
  const { module, problems } = parse({ path: "printed.dl", text });
  expect(
    problems.map(({ found, expected }) => `${found}, expected ${expected.join(" ")}`),
    text,
  ).toEqual([]);
  return shapeOf(module.items);
};

async function formatted(text: string): Promise<string> {
  const result = await format(text, "printed.dl");
  if ("text" in result) return result.text;
  const problems = result.problems.map(
    ({ found, expected }) => `${found}, expected ${expected.join(" ")}`,
  );
  throw new Error(`${problems.join("\n")} in:\n${text}`);
}

/** A program with numbered comments on some lines: behind the text, or on a line of their own. */
function withComments(
  text: string,
  places: readonly { readonly line: number; readonly isOwn: boolean }[],
): string {
  const lines = text.split("\n");
  places.forEach(({ line, isOwn }, i) => {
    const at = line % lines.length;
    const before = lines[at] ?? "";
    // A text in quotes may go on behind what looks like a comment.
    if (before.includes('"') || before.includes("//")) return;
    lines[at] = isOwn ? `// note ${String(i)}\n${before}` : `${before} // note ${String(i)}`;
  });
  return lines.join("\n");
}

const commentsOf = (text: string): readonly string[] =>
  parse({ path: "c.dl", text }).module.comments.map((c) => c.text);

describe("printing and parsing", () => {
  it("parses what it prints, for random programs", () => {
    fc.assert(
      fc.property(programs, (module) => {
        expect(shape(print(module))).toEqual(shapeOf(module.items));
      }),
      { numRuns: 400, seed: 1 },
    );
  });

  it("formats to a fixed point that means the same, for random programs", async () => {
    await fc.assert(
      fc.asyncProperty(programs, async (module) => {
        const once = await formatted(print(module));
        expect(shape(once)).toEqual(shapeOf(module.items));
        expect(await formatted(once)).toBe(once);
      }),
      { numRuns: programCount, seed: 2 },
    );
  }, 3_600_000);

  it("keeps comments in their order and the tree as it is, for random programs", async () => {
    const commented = fc.record({
      module: programs,
      places: fc.array(fc.record({ line: fc.nat(200), isOwn: fc.boolean() }), { maxLength: 6 }),
    });
    await fc.assert(
      fc.asyncProperty(commented, async ({ module, places }) => {
        const text = withComments(await formatted(print(module)), places);
        const once = await formatted(text);
        expect(shape(once)).toEqual(shape(text));
        expect(commentsOf(once)).toEqual(commentsOf(text));
        expect(await formatted(once)).toBe(once);
      }),
      { numRuns: programCount, seed: 3 },
    );
  }, 3_600_000);

  it.each([
    "@allow\n// note\nmodel x = B with {}\n",
    "@allow() // note\nmodel x = B with {}\n",
    "model x = B with {\n  @allow\n  // note\n  adapt ** by x\n}\n",
    "@allow(\n// note\n)\nmodel x = B with {}\n",
  ])("keeps a comment beside an attribute: %j", async (text) => {
    const once = await formatted(text);
    expect(once).toContain("// note");
    expect(shape(once)).toEqual(shape(text));
    expect(await formatted(once)).toBe(once);
  });

  it("is a plugin that Prettier itself loads", async () => {
    const { text = "" } = sources.find(({ path }) => path.endsWith("gpt.dl")) ?? {};
    const laidOut = await prettierFormat(text.replaceAll("  ", "    "), {
      filepath: "model.dl",
      plugins: [plugin],
    });
    expect(laidOut).toBe(await formatted(text));
  });

  it.each(sources)("formats $path to a fixed point that means the same", async ({ text }) => {
    const once = await formatted(text);
    expect(shape(once)).toEqual(shape(text));
    expect(await formatted(once)).toBe(once);
    const comments = (of: string): string[] =>
      parse({ path: "c.dl", text: of }).module.comments.map((c) => c.text);
    expect(comments(once).sort()).toEqual(comments(text).sort());
  });
});
