// The pages of docs/errors: one a code, with a program that yields the code, its message, and a program that is mended.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { openPackage } from "../../cli/host.js";
import { inspectPackage } from "../../compiler/compile.js";
import { codes, renderText } from "../../compiler/diagnostics/index.js";
import { root } from "../harness/sources.js";
import { pageCases } from "./page-cases.js";

const folder = join(root, "docs", "errors");
const updates = process.env["UPDATE"] === "1";
const pages = readdirSync(folder)
  .filter((name) => name.endsWith(".md") && name !== "README.md")
  .map((name) => ({
    code: name.slice(0, -".md".length),
    text: readFileSync(join(folder, name), "utf8"),
  }));

const { host } = openPackage(folder);
const check = (text: string) => inspectPackage([{ path: "page.dl", text }], host).diagnostics;

/** The programs of a page, in order: the wrong one, then the mended one. */
const programs = (text: string): readonly string[] =>
  [...text.matchAll(/```dl\n([\s\S]*?)```/g)].map((m) => m[1] ?? "");

/** The message that a page shows: the first block of text. */
const shownMessage = (text: string): string => /```text\n([\s\S]*?)```/.exec(text)?.[1] ?? "";

/** The page with another message, behind the wrong program or at the end. */
function withMessage(text: string, message: string): string {
  const block = `\`\`\`text\n${message}\`\`\`\n`;
  if (text.includes("```text\n")) return text.replace(/```text\n[\s\S]*?```\n/, () => block);
  const behind = /```dl\n[\s\S]*?```\n/.exec(text);
  const at = behind ? behind.index + behind[0].length : text.length;
  return `${text.slice(0, at)}\n${block}${text.slice(at)}`;
}

/** Holds the message of a page against what is said now, or records it. */
function holdMessage(code: string, text: string, message: string): void {
  const now = `${message.trimEnd()}\n`;
  if (updates) writeFileSync(join(folder, `${code}.md`), withMessage(text, now));
  else expect(shownMessage(text), "UPDATE=1 records the new text").toBe(now);
}

describe("pages of codes", () => {
  test("codes and pages correspond", () => {
    expect(pages.map((p) => p.code).sort()).toEqual(Object.keys(codes).sort());
  });

  test.each(pages)("$code is headed by its code and title, and explains it", ({ code, text }) => {
    const title = Object.entries(codes).find(([c]) => c === code)?.[1].title ?? "";
    expect(text.startsWith(`# ${code}\n\n${title}.\n`)).toBe(true);
    expect(title.split(" ").length).toBeLessThanOrEqual(6);
    const prose = text.slice(text.indexOf(".\n") + 2).split("```")[0] ?? "";
    expect(prose.trim().length, "says what the code means").toBeGreaterThan(40);
  });

  const shown = pages.filter((p) => !(p.code in pageCases));
  test.each(shown)("$code: the first program yields exactly it, as shown", ({ code, text }) => {
    expect(programs(text)).toHaveLength(2);
    const found = check(programs(text)[0] ?? "");
    expect(
      found.map((d) => d.code),
      renderText(found),
    ).toEqual([code]);
    holdMessage(code, text, renderText(found));
  });

  test.each(shown)("$code: the mended program has no findings", ({ text }) => {
    expect(renderText(check(programs(text)[1] ?? ""))).toBe("");
  });

  const others = pages.filter((p) => p.code in pageCases);
  test.each(others)("$code: the message is what its case says", async ({ code, text }) => {
    const said = (await pageCases[code]?.()) ?? "";
    expect(said).toContain(`[${code}]`);
    expect(programs(text), "such a page shows no program of its own").toHaveLength(0);
    holdMessage(code, text, said);
  });

  test("cases belong to codes", () => {
    expect(Object.keys(pageCases).filter((code) => !(code in codes))).toEqual([]);
  });
});

test("the index lists every page", () => {
  const rows = Object.entries(codes)
    .map(([code, row]) => ({ code, title: row.title, isWarning: "severity" in row }))
    .sort((a, b) => (a.code < b.code ? -1 : 1))
    .map(({ code, title, isWarning }) => {
      const severity = isWarning ? "warning" : "error";
      return `- [${code}](${code}.md): ${title} (${severity})`;
    });
  const index = `# Codes of errors and warnings

One page a code: what it means, a program that yields it with its message, and the program mended. \`dl explain CODE\` prints the
page in a terminal. This list is written by \`UPDATE=1 npx vitest run tests/diagnostics/pages.test.ts\`.

${rows.join("\n")}
`;
  const path = join(folder, "README.md");
  if (updates) writeFileSync(path, index);
  else expect(readFileSync(path, "utf8"), "UPDATE=1 writes it anew").toBe(index);
});
