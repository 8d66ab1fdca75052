// Colours `.dl` in CodeMirror 6, by the token table of the compiler.
import { LanguageSupport, StreamLanguage, type StreamParser } from "@codemirror/language";
import { axisPattern, lineRules } from "../../grammar/colour.js";
import type { TokenClass } from "../../grammar/tokens.js";

/** What the colours are called by highlighters of CodeMirror. */
const tags: Readonly<Record<TokenClass, string>> = {
  keyword: "keyword",
  name: "variableName",
  number: "number",
  string: "string",
  operator: "operator",
  bracket: "bracket",
  comment: "comment",
};

/** What a name of a highlighter means here; the inverse of what the parser says. */
export const colourOfTag = (tag: string): TokenClass | undefined =>
  (Object.keys(tags) as TokenClass[]).find((colour) => tags[colour] === tag);

/** What stands before a word that counts only as the first of its line. */
const leading = String.raw`(?<=(?:^|[{};,])[ \t]*)`;

const rules = lineRules.map(({ colour, pattern, leads }) => ({
  colour,
  expression: new RegExp(`${leads ? leading : ""}${pattern}`, "y"),
}));
const begin = new RegExp(axisPattern.begin, "y");

/** How many brackets are open in an axis pattern; 0 outside of one. */
interface State {
  depth: number;
}

/** Reads a line token by token. */
export const adjointStream: StreamParser<State> = {
  name: "adjoint",
  startState: () => ({ depth: 0 }),
  copyState: ({ depth }) => ({ depth }),
  token(stream, state) {
    if (stream.eatSpace()) return null;
    begin.lastIndex = stream.pos;
    if (state.depth === 0 && begin.test(stream.string)) {
      state.depth = 1;
      stream.pos++;
      return tags.bracket;
    }
    const found = tokenAt(stream.string, stream.pos, state.depth > 0);
    stream.pos = found.end;
    if (state.depth > 0) state.depth += depthOf(found.text);
    return found.colour && tags[found.colour];
  },
  languageData: {
    commentTokens: { line: "//" },
    closeBrackets: { brackets: ["(", "[", "{", '"'] },
  },
};

const depthOf = (text: string): number => (text === "[" ? 1 : text === "]" ? -1 : 0);

interface Found {
  readonly end: number;
  readonly text: string;
  readonly colour: TokenClass | null;
}

/** The token at a place of a line; one character without a colour where there is none. */
function tokenAt(line: string, at: number, isInPattern: boolean): Found {
  for (const { colour, expression } of rules) {
    if (isInPattern && colour === "keyword") continue;
    expression.lastIndex = at;
    const found = expression.exec(line);
    const text = found?.[0] ?? "";
    if (text !== "") return { end: at + text.length, text, colour };
  }
  return { end: at + 1, text: "", colour: null };
}

/** The language for an editor of CodeMirror. */
export const adjoint = (): LanguageSupport =>
  new LanguageSupport(StreamLanguage.define(adjointStream));
