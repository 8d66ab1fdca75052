// What the pages show is true: every program on them checks, and the diagnostic of the README is what its program gets.
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { openPackage } from "../cli/host.js";
import { checkWithRepairs, renderText, type Diagnostic } from "../compiler/index.js";

/** The fenced blocks of a page in one language, in order. */
function blocks(page: string, language: string): readonly string[] {
  const text = readFileSync(page, "utf8");
  return [...text.matchAll(/^```(\w+)\n(.*?)^```$/gms)].flatMap(([, kind, body]) =>
    kind === language && body !== undefined ? [body] : [],
  );
}

function check(path: string, text: string): readonly Diagnostic[] {
  return checkWithRepairs([{ path, text }], openPackage(".").host).diagnostics;
}

describe.each(["README.md", "docs/language/README.md"])("%s", (page) => {
  test.each(blocks(page, "dl").map((text, i) => [i + 1, text] as const))(
    "program %i checks",
    (_, text) => {
      expect(renderText(check("page.dl", text))).toBe("");
    },
  );
});

test("the diagnostic of the README is real", () => {
  const [shown = ""] = blocks("README.md", "text");
  const program =
    "fn dense(x: [B, T, D], w1: [H, D]) -> [B, T, H] {\n  let h = x @ w1\n  relu(h)\n}\n";
  expect(renderText(check("dense.dl", program)).trim()).toBe(shown.trim());
});
