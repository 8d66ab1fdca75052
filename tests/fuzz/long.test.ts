// Programs that are very long or nest very deep are checked, or refused with a message: never with a stack that is full.
import { describe, expect, it } from "vitest";
import { nestings } from "../syntax/depth-cases.js";
import { trial } from "./trial.js";

const n = 100_000;
const many = (of: (i: number) => string): string =>
  Array.from({ length: n }, (_, i) => of(i)).join("");
const inFunction = (body: string): string => `fn f(x: [N]) -> [N] ${body}\n`;

/** Long in one way each; all of them are right. */
const long: Readonly<Record<string, string>> = {
  "a sum of 100,000 terms": inFunction(`= x${" + x".repeat(n)}`),
  "a pipe of 100,000 steps": inFunction(`= x${" |> relu".repeat(n)}`),
  "100,000 statements": inFunction(`{\n${many((i) => `  let a${String(i)} = x\n`)}  x\n}`),
  "100,000 comments": `${"// why\n".repeat(n)}${inFunction("= x")}`,
  "a list of 100,000 elements": `const a = [${"1, ".repeat(n)}1]\n`,
  "20,000 functions that use each other": `fn f0(x: [N]) -> [N] = x\n${Array.from({ length: 20_000 }, (_, i) => `fn f${String(i + 1)}(x: [N]) -> [N] = f${String(i)}(x)\n`).join("")}`,
};

describe("a long program", () => {
  it.each(Object.entries(long))("%s is checked", { timeout: 120_000 }, (_, text) => {
    const { diagnostics, rendered } = trial(text, 60);
    expect(
      diagnostics.map((d) => d.code),
      rendered.slice(0, 1000),
    ).toEqual([]);
  });

  it.each(["x.T", "x[0]"])(
    "a chain of 100,000 as in %s is refused",
    { timeout: 120_000 },
    (link) => {
      const { diagnostics } = trial(inFunction(`= x${link.slice(1).repeat(n)}`), 60);
      expect(diagnostics.length).toBeGreaterThan(0);
    },
  );
});

describe.each(Object.keys(nestings))("%s", (nesting) => {
  it.each([100, 128, 131, 5000])("%i deep are checked without a throw", (depth) => {
    const { diagnostics } = trial(nestings[nesting]?.(depth) ?? "", 60);
    const isRefused = diagnostics.some((d) => d.code === "nested-too-deep");
    expect(isRefused).toBe(depth > 128);
    expect(diagnostics.map((d) => d.code)).not.toContain("too-much-to-evaluate");
  });
});
