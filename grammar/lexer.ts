// Text to tokens: the Chevrotain lexer, comments kept aside, and what no text may contain.
import { Lexer, type ILexingResult, type IToken, type TokenType } from "chevrotain";
import type { Comment, SyntaxProblem } from "./ast.js";
import { mayBeForeign, translate } from "./foreign.js";
import { lookalikeOf } from "./lookalikes.js";
import type { SourceFile, Span } from "./source.js";
import {
  Identifier,
  keywordTypes,
  lexedTokens,
  NumberLiteral,
  OpenString,
  StringLiteral,
} from "./tokens.js";

/** A token with what the rules need to know about its place; `brackets` and `context` fill in the rest. */
export interface Token extends IToken {
  /** Offset behind the last character. */
  end: number;
  /** True if a line break stands between this token and the one before it. */
  isFirstOnLine: boolean;
  /** True if, besides, that line break may separate two lines of a block. */
  startsLine: boolean;
  /** Number of brackets around the token; a bracket lies outside itself. */
  depth: number;
  /** The closing bracket of an opening one. */
  closer: Token | undefined;
  /** True where a problem is already reported: for what a repair put here, and behind a refused character. */
  isReported: boolean;
  /** Lines of the `///` comments directly before the token. */
  doc: string | undefined;
}

/** What the lexer makes of a file. */
export interface Scanned {
  readonly tokens: Token[];
  readonly comments: readonly Comment[];
  readonly problems: SyntaxProblem[];
}

const lexer = new Lexer([...lexedTokens], {
  positionTracking: "onlyOffset",
  skipValidations: true,
});

/** A span of a file, by offsets. */
export const spanAt = (file: SourceFile, start: number, end: number): Span => ({
  file,
  start,
  end,
});

/** Makes a token one of another type. */
export function retag(token: Token, type: TokenType): void {
  token.tokenType = type;
  token.tokenTypeIdx = type.tokenTypeIdx ?? 0;
}

/** Splits a file into tokens and comments; never throws. */
export function scan(file: SourceFile): Scanned {
  const { lexed, problems } = tokenize(file);
  const comments = (lexed.groups["comments"] ?? []).map((token) => commentOf(file, token));
  for (const error of lexed.errors.slice(0, searchLimit)) {
    const end = error.offset + error.length;
    problems.push(illegal(file, error.offset, end, describe(file.text.slice(error.offset, end))));
  }
  problems.push(...forbiddenCharacters(file));
  const tokens = place(file.text, lexed.tokens, comments);
  for (const token of tokens) checkLiteral(file, token, problems);
  markBehind(tokens, lexed.errors);
  return { tokens, comments, problems };
}

/** Runs the lexer; where foreign marks stand in its way, once more on a text without them. */
function tokenize(file: SourceFile): {
  readonly lexed: ILexingResult;
  readonly problems: SyntaxProblem[];
} {
  const lexed = lexer.tokenize(file.text);
  if (lexed.errors.length === 0 && !mayBeForeign(file.text)) return { lexed, problems: [] };
  const foreign = translate(file);
  if (!foreign) return { lexed, problems: [] };
  return {
    lexed: lexer.tokenize(foreign.text),
    problems: foreign.problems.slice(0, searchLimit),
  };
}

/** Marks the tokens directly behind refused characters. */
function markBehind(
  tokens: readonly Token[],
  errors: readonly { readonly offset: number }[],
): void {
  let i = 0;
  for (const { offset } of errors) {
    while (i < tokens.length && (tokens[i]?.startOffset ?? 0) < offset) i++;
    const behind = tokens[i];
    if (behind) behind.isReported = true;
  }
}

function commentOf(file: SourceFile, token: IToken): Comment {
  const text = token.image.trimEnd();
  const span = spanAt(file, token.startOffset, token.startOffset + text.length);
  return { span, doc: /^\/\/\/(?!\/)/.test(text), text };
}

/** Fills in where each token lies in its line and which doc comment stands above it. */
function place(text: string, lexed: readonly IToken[], comments: readonly Comment[]): Token[] {
  let nextBreak = text.indexOf("\n");
  let comment = 0;
  let isFirstOnLine = true;
  return lexed.map((bare) => {
    const start = bare.startOffset;
    while (nextBreak >= 0 && nextBreak < start) {
      isFirstOnLine = true;
      nextBreak = text.indexOf("\n", nextBreak + 1);
    }
    const token = tokenOf(bare, isFirstOnLine);
    isFirstOnLine = false;
    const first = comment;
    while (comment < comments.length && (comments[comment]?.span.start ?? 0) < start) comment++;
    if (comment > first) token.doc = docOf(text, comments.slice(first, comment));
    return token;
  });
}

/** A token of all fields at once: adding them one by one to the lexer's own takes a third of all reading. */
function tokenOf({ image, startOffset, tokenType }: IToken, isFirstOnLine: boolean): Token {
  const type = tokenType === Identifier ? (keywordTypes.get(image) ?? tokenType) : tokenType;
  return {
    image,
    startOffset,
    end: startOffset + image.length,
    tokenType: type,
    tokenTypeIdx: type.tokenTypeIdx ?? 0,
    isFirstOnLine,
    startsLine: false,
    depth: 0,
    closer: undefined,
    isReported: false,
    doc: undefined,
  };
}

/** The text of the doc comments among some comments; one behind other text on its line documents nothing. */
function docOf(text: string, comments: readonly Comment[]): string | undefined {
  const lines = comments
    .filter(({ doc, span }) => doc && isAloneBefore(text, span.start))
    .map((comment) => comment.text.slice(3).replace(/^ /, ""));
  return lines.length > 0 ? lines.join("\n") : undefined;
}

/** True if only blanks precede an offset on its line. */
export function isAloneBefore(text: string, offset: number): boolean {
  for (let i = offset - 1; i >= 0; i--) {
    const code = text.charCodeAt(i);
    if (code === 10) return true;
    if (code !== 32 && code !== 9 && code !== 13 && code !== 0xfeff) return false;
  }
  return true;
}

const number = /^\d+(?:_\d+)*(?:\.\d+(?:_\d+)*)?(?:[eE][+-]?\d+)?$/;

function checkLiteral(file: SourceFile, token: Token, problems: SyntaxProblem[]): void {
  const span = spanAt(file, token.startOffset, token.end);
  if (token.tokenType === NumberLiteral) {
    if (number.test(token.image) && Number.isFinite(Number(token.image.replaceAll("_", ""))))
      return;
    const found = `\`${clip(token.image)}\``;
    problems.push({ code: "bad-number", span, found, expected: ["a number"] });
  } else if (token.tokenType === OpenString) {
    problems.push({
      code: "unterminated-string",
      span,
      found: "the end of the line",
      expected: ['`"`'],
    });
    retag(token, StringLiteral);
  } else if (token.tokenType === StringLiteral && token.image !== token.image.normalize("NFC")) {
    problems.push(
      illegal(file, token.startOffset, token.end, "text that is not in Unicode normal form C"),
    );
  }
}

/** Shortens text that a message quotes. */
export const clip = (text: string): string => (text.length > 40 ? `${text.slice(0, 39)}…` : text);

function illegal(file: SourceFile, start: number, end: number, found: string): SyntaxProblem {
  return { code: "illegal-character", span: spanAt(file, start, end), found, expected: [] };
}

// Control characters, bidirectional controls, the line breaks that other languages see and we do not,
// byte order marks inside the text, and halves of surrogate pairs.
const forbidden =
  /[\0-\x08\v\f\x0E-\x1F\x7F-\x9F\u061C\u200B\u200E\u200F\u2028-\u202E\u2060\u2066-\u2069\uFEFF\uD800-\uDFFF]|\r(?!\n)/gu;

/** Most problems that one kind of search reports; the parser's own limit is lower. */
const searchLimit = 200;

function forbiddenCharacters(file: SourceFile): SyntaxProblem[] {
  const problems: SyntaxProblem[] = [];
  const { text } = file;
  for (const match of text.matchAll(forbidden)) {
    const start = match.index;
    if (start === 0 && match[0] === "\uFEFF") continue;
    problems.push(illegal(file, start, start + match[0].length, describe(match[0])));
    if (problems.length >= searchLimit) break;
  }
  return problems;
}

const characterNames: ReadonlyMap<number, string> = new Map([
  [0x00, "a NUL character"],
  [0x0d, "a carriage return without a line feed"],
  [0x85, "a next-line character"],
  [0x2028, "a line separator"],
  [0x2029, "a paragraph separator"],
  [0xa0, "a no-break space"],
  [0xfeff, "a byte order mark inside the text"],
  [0x200b, "a zero-width space"],
]);

const characterKinds: readonly (readonly [low: number, high: number, name: string])[] = [
  [0x00, 0x1f, "a control character"],
  [0x7f, 0x9f, "a control character"],
  [0x61c, 0x61c, "a text direction control"],
  [0x200e, 0x200f, "a text direction mark"],
  [0x202a, 0x202e, "a text direction control"],
  [0x2066, 0x2069, "a text direction control"],
  [0xd800, 0xdfff, "half of a surrogate pair"],
];

/** Names a stretch of text that no token begins with. */
function describe(text: string): string {
  const code = text.codePointAt(0) ?? 0;
  const hex = `U+${code.toString(16).toUpperCase().padStart(4, "0")}`;
  const known = characterNames.get(code);
  if (known !== undefined) return `${known} (${hex})`;
  const kind = characterKinds.find(([low, high]) => code >= low && code <= high)?.[2];
  if (kind !== undefined) return `${kind} (${hex})`;
  if (code < 0x7f) return `\`${clip(text)}\``;
  const plain = lookalikeOf(String.fromCodePoint(code));
  const likeness = plain === undefined ? "" : `, which looks like \`${plain}\`,`;
  return `\`${clip(text)}\` (${hex})${likeness}`;
}
