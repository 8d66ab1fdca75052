// The rules have no ambiguities, and the grammar page shows them as they are. UPDATE=1 rewrites the page.
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { parse } from "../../grammar/index.js";
import { grammarPage, keywordList, operatorTable } from "../../grammar/page.js";
import { Parser } from "../../grammar/parser.js";
import { sources } from "./sources.js";

const path = fileURLToPath(new URL("../../grammar/README.md", import.meta.url));

function between(text: string, open: string, close: string, inside: string): string {
  const start = text.indexOf(open) + open.length;
  return `${text.slice(0, start)}${inside}${text.slice(text.indexOf(close, start))}`;
}

function current(page: string): string {
  const words = between(
    page,
    "<!-- keywords -->",
    "<!-- /keywords -->",
    `\n\n${keywordList()}\n\n`,
  );
  const operators = between(
    words,
    "<!-- operators -->",
    "<!-- /operators -->",
    `\n\n${operatorTable()}\n\n`,
  );
  return between(operators, "```ebnf", "```", `\n${grammarPage()}\n`);
}

describe("the rules", () => {
  it("have no ambiguity that the parser can find", () => {
    expect(() => new Parser(true)).not.toThrow();
  });

  it("stand on the grammar page as they are", () => {
    const page = readFileSync(path, "utf8");
    if (process.env["UPDATE"] === "1") writeFileSync(path, current(page));
    else expect(current(page)).toBe(page);
  });

  it.each(sources)("read $path", (file) => {
    expect(parse(file).problems).toEqual([]);
  });
});
