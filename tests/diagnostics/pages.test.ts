// The pages of docs/errors: one a code, each with a program that yields the code and one that is mended.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { openPackage } from "../../cli/host.js";
import { inspectPackage } from "../../compiler/compile.js";
import { codes, renderText } from "../../compiler/diagnostics/index.js";
import { root } from "../harness/sources.js";

const folder = join(root, "docs", "errors");
const pages = readdirSync(folder)
  .filter((name) => name.endsWith(".md"))
  .map((name) => ({
    code: name.slice(0, -".md".length),
    text: readFileSync(join(folder, name), "utf8"),
  }));

const { host } = openPackage(folder);
const check = (text: string) => inspectPackage([{ path: "page.dl", text }], host).diagnostics;

/** The programs of a page, in order: the wrong one, then the mended one. */
const programs = (text: string): readonly string[] =>
  [...text.matchAll(/```dl\n([\s\S]*?)```/g)].map((m) => m[1] ?? "");

describe("pages of codes", () => {
  test("codes and pages correspond", () => {
    expect(pages.map((p) => p.code).sort()).toEqual(Object.keys(codes).sort());
  });

  test.each(pages)("$code is headed by its code and title", ({ code, text }) => {
    const title = Object.entries(codes).find(([c]) => c === code)?.[1].title ?? "";
    expect(text.startsWith(`# ${code}\n\n${title}.\n`)).toBe(true);
    expect(title.split(" ").length).toBeLessThanOrEqual(6);
    expect([0, 2]).toContain(programs(text).length);
  });

  const shown = pages.filter((p) => programs(p.text).length === 2);
  test.each(shown)("$code: the first program yields exactly it", ({ code, text }) => {
    const found = check(programs(text)[0] ?? "");
    expect(
      found.map((d) => d.code),
      renderText(found),
    ).toEqual([code]);
  });

  test.each(shown)("$code: the mended program has no findings", ({ text }) => {
    expect(renderText(check(programs(text)[1] ?? ""))).toBe("");
  });
});
