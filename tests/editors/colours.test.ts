// Editors colour every file as the compiler reads it: the TextMate grammar and the parser for CodeMirror, token by token.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { StringStream } from "@codemirror/language";
import oniguruma from "vscode-oniguruma";
import textmate, { type IGrammar } from "vscode-textmate";
import { beforeAll, describe, expect, it } from "vitest";
import { format, resolveConfig } from "prettier";
import { adjointStream, colourOfTag } from "../../editors/codemirror/adjoint.js";
import { coloursOf } from "../../grammar/colour.js";
import type { SourceFile } from "../../grammar/source.js";
import { colourOfScope, textMateGrammar } from "../../grammar/textmate.js";
import { sources } from "../syntax/sources.js";

const printed = "editors/vscode/syntaxes/adjoint.tmLanguage.json";

/** What every character of a file is coloured as, blanks apart; one line of text for each line of the file. */
function painted(
  file: SourceFile,
  colours: Iterable<{ start: number; end: number; colour: string }>,
): string[] {
  // By UTF-16 units, as offsets are.
  const map = file.text.split("").map((c) => (/\s/.test(c) ? c : "?"));
  for (const { start, end, colour } of colours)
    for (let i = start; i < end; i++) if (!/\s/.test(map[i] ?? " ")) map[i] = colour[0] ?? "?";
  return map.join("").split("\n");
}

let grammar: IGrammar;

beforeAll(async () => {
  const path = createRequire(import.meta.url).resolve("vscode-oniguruma/release/onig.wasm");
  await oniguruma.loadWASM(readFileSync(path));
  const registry = new textmate.Registry({
    onigLib: Promise.resolve({
      createOnigScanner: (patterns) => new oniguruma.OnigScanner(patterns),
      createOnigString: (text) => new oniguruma.OnigString(text),
    }),
    loadGrammar: () =>
      Promise.resolve(textmate.parseRawGrammar(JSON.stringify(textMateGrammar()), "adjoint.json")),
  });
  const loaded = await registry.loadGrammar("source.adjoint");
  if (!loaded) throw new Error("the grammar does not load");
  grammar = loaded;
});

function* byTextMate({
  text,
}: SourceFile): Generator<{ start: number; end: number; colour: string }> {
  let stack = textmate.INITIAL;
  let offset = 0;
  for (const line of text.split("\n")) {
    const { tokens, ruleStack } = grammar.tokenizeLine(line, stack);
    for (const { startIndex, endIndex, scopes } of tokens)
      if (scopes.length > 1)
        yield {
          start: offset + startIndex,
          end: offset + Math.min(endIndex, line.length),
          colour: colourOfScope(scopes.at(-1) ?? ""),
        };
    stack = ruleStack;
    offset += line.length + 1;
  }
}

function* byStream({
  text,
}: SourceFile): Generator<{ start: number; end: number; colour: string }> {
  const state = adjointStream.startState?.(2) ?? { depth: 0 };
  let offset = 0;
  for (const line of text.split("\n")) {
    const stream = new StringStream(line, 2, 2);
    while (!stream.eol()) {
      stream.start = stream.pos;
      const tag = adjointStream.token(stream, state);
      const colour = tag === null ? undefined : colourOfTag(tag);
      if (colour) yield { start: offset + stream.start, end: offset + stream.pos, colour };
    }
    offset += line.length + 1;
  }
}

describe.each(sources)("$path", (file) => {
  it("is coloured by TextMate as it is read", () => {
    expect(painted(file, byTextMate(file))).toEqual(painted(file, coloursOf(file)));
  });

  it("is coloured by CodeMirror as it is read", () => {
    expect(painted(file, byStream(file))).toEqual(painted(file, coloursOf(file)));
  });
});

describe("the TextMate grammar", () => {
  it("is the one that the token table prints", async () => {
    const options = (await resolveConfig(printed)) ?? {};
    const text = await format(JSON.stringify(textMateGrammar()), { ...options, parser: "json" });
    if (process.env["UPDATE"] === "1") writeFileSync(printed, text);
    expect(existsSync(printed) && readFileSync(printed, "utf8")).toBe(text);
  });
});
