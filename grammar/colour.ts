// What each token of a file is coloured as, and the same in regular expressions for editors that colour line by line.
import type { TokenType } from "chevrotain";
import { balance } from "./brackets.js";
import { contextualize } from "./context.js";
import { scan } from "./lexer.js";
import type { SourceFile } from "./source.js";
import * as t from "./tokens.js";

/** A stretch of a file with its colour. */
export interface Coloured {
  readonly start: number;
  readonly end: number;
  readonly colour: t.TokenClass;
}

/** The colours of all tokens and comments of a file, in their order. */
export function coloursOf(file: SourceFile): readonly Coloured[] {
  const { tokens: raw, comments, problems } = scan(file);
  const tokens = balance(file, raw, problems);
  contextualize(tokens);
  const words = tokens
    .filter(({ startOffset, end }) => end > startOffset)
    .map(({ startOffset, end, tokenType }) => ({
      start: startOffset,
      end,
      colour: colourOf(tokenType),
    }));
  const remarks = comments.map(({ span }) => ({ ...span, colour: "comment" as const }));
  return [...words, ...remarks.map(({ start, end, colour }) => ({ start, end, colour }))].sort(
    (a, b) => a.start - b.start,
  );
}

const brackets: ReadonlySet<TokenType> = new Set([
  ...[...t.closers].flat(),
  t.LParenFirst,
  t.LSquareFirst,
  t.LambdaParen,
  t.PatternSquare,
]);

const names: ReadonlySet<TokenType> = new Set([
  t.Identifier,
  t.NameBeforeEquals,
  t.NameFirstBeforeEquals,
  t.NameBeforeArrow,
  t.DtypeName,
]);

/** What a token is coloured as. */
export function colourOf(type: TokenType): t.TokenClass {
  if (t.keywords.has(type) || type === t.ElseBeforeIf) return "keyword";
  if (names.has(type)) return "name";
  if (type === t.NumberLiteral) return "number";
  if (type === t.StringLiteral || type === t.OpenString) return "string";
  return brackets.has(type) ? "bracket" : "operator";
}

// ------------------------------------------------------------- line by line

/** A regular expression whose first group, or whole where it has none, is of one colour. */
export interface LineRule {
  readonly colour: t.TokenClass;
  readonly pattern: string;
  /** Whether it counts only as the first of its line, or behind a bracket or separator. */
  readonly leads?: true;
}

const words = (rows: readonly t.KeywordRow[]): string => rows.map(({ word }) => word).join("|");

const rows = [...t.keywords.values()];
const literal = new Set(["true", "false"]);
/** Words that name a kind where a type stands. */
const kinds = new Set(["fn", "layer"]);

/** Nothing that makes a word a label stands directly before it: `x.in`, `@state`; two dots are a range. */
const unlabelled = String.raw`(?<![\w@])(?<!(?<!\.)\.)`;
/** No type begins here, so that \`fn\` and \`layer\` are keywords. */
const untyped = "(?<!: )(?<!-> )(?<!:)(?<!->)";
/** No single \`=\` follows, and no colon that makes the word the name of a parameter. */
const unassigned = String.raw`(?!\s*=(?![=>]))`;
const unannotated = String.raw`(?!\s*:)`;

const ahead: Readonly<Record<t.Follow, string>> = {
  name: String.raw`[ \t]+[A-Za-z_]`,
  brace: String.raw`[ \t]*\{`,
  string: String.raw`[ \t]*"`,
  selector: String.raw`[ \t]*[*{]`,
};

/** The rules for keywords: one for each way in which context decides. */
function keywordRules(): readonly LineRule[] {
  const rules: LineRule[] = [];
  const add = (pattern: string): void => void rules.push({ colour: "keyword", pattern });
  const reserved = rows.filter(
    ({ follow, word }) => !follow && !literal.has(word) && !kinds.has(word),
  );
  add(`${unlabelled}(${[...literal].join("|")})\\b`);
  add(`${unlabelled}(${words(reserved)})\\b${unassigned}${unannotated}`);
  add(`${unlabelled}${untyped}(fn)\\b${unassigned}${unannotated}`);
  for (const { word, follow, leads } of rows) {
    if (!follow) continue;
    const next = follow.map((f) => ahead[f]).join("|");
    const type = kinds.has(word) ? untyped : "";
    const pattern = `${type}(${word})\\b(?=${next})`;
    if (leads === true) rules.push({ colour: "keyword", pattern, leads: true });
    else add(`${unlabelled}${pattern}`);
  }
  return rules;
}

/** The rules of a line, first match first; inside of axis patterns every word is a name. */
export const lineRules: readonly LineRule[] = [
  { colour: "comment", pattern: String.raw`//.*$` },
  { colour: "string", pattern: String.raw`"[^"\n\r]*"?` },
  {
    colour: "number",
    pattern: String.raw`(?<!\w)\d[\d_]*(?:\.\d[\d_]*)?(?:[eE][+-]?\d[\d_]*)?[A-Za-z0-9_]*`,
  },
  ...keywordRules(),
  { colour: "name", pattern: String.raw`[A-Za-z_][A-Za-z0-9_]*` },
  { colour: "bracket", pattern: String.raw`[()\[\]{}]` },
  {
    colour: "operator",
    pattern: String.raw`\.\.\.|\.\.|=>|->|<-|\|>|==|!=|<=|>=|\*\*|[-.<>*+/%@=,;:]`,
  },
];

/** An axis pattern on one line: from its bracket on, as far as an arrow says that it is one. */
export const axisPattern = { begin: String.raw`\[(?=[^\[\]"]*->)`, end: String.raw`\]` } as const;
