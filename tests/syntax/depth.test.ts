// How deep a text may nest does not depend on how warm the process is, and no depth overflows the stack.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { format, parse as parseFile } from "../../grammar/index.js";
import { nestings, outcome, type Outcome } from "./depth-cases.js";

const script = fileURLToPath(new URL("depth-cases.ts", import.meta.url));

const refused: Partial<Outcome> = { codes: ["nested-too-deep"] };

describe.each(Object.keys(nestings))("%s", (nesting) => {
  it("may nest 128 deep and no deeper", () => {
    expect(outcome(nesting, 100)).toMatchObject({ codes: [], survived: true });
    expect(outcome(nesting, 128)).toMatchObject({ codes: [], survived: true });
    expect(outcome(nesting, 131)).toMatchObject(refused);
    expect(outcome(nesting, 10_000)).toMatchObject(refused);
  });

  it("can be formatted at 128", async () => {
    const formatted = await format(nestings[nesting]?.(128) ?? "", "deep.dl");
    expect(formatted).toHaveProperty("text");
  });
});

// These go through the most frames for each level.
describe.each(["parentheses", "blocks", "conditions", "loops", "calls and indices"])(
  "%s, in a fresh process",
  (nesting) => {
    it("come to the same verdict", () => {
      const run = spawnSync(
        process.execPath,
        ["--import", "tsx", script, nesting, "128", "131", "1000000"],
        {
          encoding: "utf8",
          cwd: fileURLToPath(new URL("../..", import.meta.url)),
        },
      );
      expect(run.stderr).not.toContain("RangeError");
      const [within, beyond, far] = JSON.parse(run.stdout) as Outcome[];
      expect(within).toMatchObject({ codes: [], survived: true });
      expect(beyond).toMatchObject(refused);
      expect(far?.codes.length).toBe(1);
    });
  },
);

describe("long texts that do not nest", () => {
  const long: Readonly<Record<string, string>> = {
    "a sum of 100,000 terms": `const a = ${Array<string>(100_000).fill("x").join(" + ")}`,
    "a sum of 100,000 products": `const a = ${Array<string>(100_000).fill("x ** 2 * y").join(" - ")}`,
    "a chain of 100,000 members": `const a = x${".y".repeat(100_000)}`,
    "a pipe of 100,000 steps": `const a = x${" |> f".repeat(100_000)}`,
    "100,000 lines": `fn f(x: [B]) {\n${Array.from({ length: 100_000 }, (_, i) => `let a${String(i)} = x`).join("\n")}\nx }`,
  };
  it.each(Object.entries(long))("parses %s", (_, text) => {
    expect(parse(text)).toBe(0);
  });

  it("formats a long sum", async () => {
    expect(
      await format(`const a = ${Array<string>(20_000).fill("x").join(" + ")}`, "long.dl"),
    ).toHaveProperty("text");
  });
});

function parse(text: string): number {
  const { problems } = parseFile({ path: "long.dl", text });
  return problems.length;
}
