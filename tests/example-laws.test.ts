// The laws beside the models of examples: they hold, and each notices the mistake that it is there for.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { dl, temporaryFolder, writeText } from "./harness/cli.js";
import { root } from "./harness/sources.js";

/** Tries the laws of an example, with a part of its model replaced. */
async function tried(
  example: string,
  runs: number,
  [from, to]: readonly [string, string] = ["", ""],
): Promise<{ readonly status: number; readonly err: string }> {
  const read = (name: string): string =>
    readFileSync(join(root, "examples", example, name), "utf8");
  const folder = temporaryFolder();
  expect(read("model.dl")).toContain(from);
  writeText(folder, "model.dl", read("model.dl").replace(from, to));
  const laws = writeText(folder, "laws.dl", read("laws.dl"));
  const more = ["--backend", "reference", "--runs", String(runs), "--no-remember"];
  return dl("test", laws, ...more);
}

/** An example, a mistake in its model, and the law that it breaks. */
const mistakes: readonly (readonly [string, readonly [string, string], string])[] = [
  ["shakespeare", [", causal = true", ""], "a later character never changes what was said before"],
  [
    "sentences",
    [", mask = rearrange(mask, [b s -> b 1 1 s])", ""],
    "padding changes no vector, whatever stands in it",
  ],
  ["sentences", ["sum(h * counts, axis = 1)", "sum(h, axis = 1)"], "padding changes no vector"],
  ["sentences", ["normalize(tanh(head(average)), eps = 1e-6)", "head(average)"], "length 1"],
];

describe("laws of examples", () => {
  test.each(["shakespeare", "sentences"])("hold for %s", async (example) => {
    const { status, err } = await tried(example, 6);
    expect([status, err.includes(" 0 failed")]).toEqual([0, true]);
  });

  test.each(mistakes)("notice a mistake in %s: %j", async (example, mistake, law) => {
    const { status, err } = await tried(example, 20, mistake);
    expect(status).toBe(1);
    expect(err).toContain("error[property-fails]");
    expect(err).toContain(law);
  });
});
