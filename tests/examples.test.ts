// Every example parses, checks and is laid out canonically; the standard library too.
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { findSources, openPackage, readSource } from "../cli/host.js";
import { checkPackage } from "../compiler/index.js";
import { format, parse } from "../grammar/index.js";

const sources = findSources(["stdlib", "examples"]);

describe("examples and standard library", () => {
  test.each(sources)("%s parses", (path) => {
    const { problems } = parse({ path, text: readFileSync(path, "utf8") });
    expect(problems.map(({ code, found }) => `${code} ${found}`)).toEqual([]);
  });

  test.each(sources)("%s is laid out as dl fmt does", async (path) => {
    const text = readFileSync(path, "utf8");
    expect(await format(text, path)).toEqual({ text });
  });

  test.each(sources)("%s checks", (path) => {
    const { diagnostics } = checkPackage([readSource(path)], openPackage(path).host);
    expect(
      diagnostics.map(({ code, title, primary }) => `${code}: ${title}: ${primary.text}`),
    ).toEqual([]);
  });
});
