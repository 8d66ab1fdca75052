// What went wrong as problems, in the user's words.
import { EOF, type IToken, type TokenType } from "chevrotain";
import type { SyntaxProblem } from "./ast.js";
import { clip, type Token } from "./lexer.js";
import type { SourceFile, Span } from "./source.js";
import { keywords, NumberLiteral, StringLiteral } from "./tokens.js";

/** Most problems that one file reports. */
export const mostProblems = 100;

/** A token in the words of a message. */
export function describeToken(token: IToken): string {
  if (token.tokenType === EOF) return "the end of the file";
  if (token.tokenType === StringLiteral) return "a string";
  if (token.tokenType === NumberLiteral) return `the number \`${clip(token.image)}\``;
  if (keywords.has(token.tokenType)) return `the keyword \`${token.image}\``;
  return `\`${clip(token.image)}\``;
}

/** A token type in the words of a message. */
export const describeType = (type: TokenType): string => type.LABEL ?? type.name;

const separator = "\u0000";

/** Option of a rule's step: what a message should say was expected there. */
export const expecting = (...words: string[]): { readonly ERR_MSG: string } => ({
  ERR_MSG: words.join(separator),
});

/** The words of `expecting` again. */
export const expectedWords = (message: string): readonly string[] =>
  message === "" ? [] : message.split(separator);

/** What the rules were reading, by the innermost rule that has a word for it. */
const during: Readonly<Record<string, string>> = {
  attribute: "an attribute",
  importDeclaration: "an import",
  constDeclaration: "a constant",
  functionDeclaration: "a function",
  layerDeclaration: "a layer",
  modelDeclaration: "a model",
  adapterDeclaration: "an adapter",
  optimizerDeclaration: "an optimizer",
  trainDeclaration: "a train declaration",
  propertyDeclaration: "a property",
  propertyVariable: "a variable of a property",
  parameter: "a parameter",
  parameters: "parameters",
  paramMember: "a `param`",
  stateMember: "a `state`",
  fieldMember: "a field",
  initBlock: "an `init` block",
  initRule: "an initialiser",
  member: "a member",
  modelLine: "a line of a derived model",
  trainLine: "a line of a train declaration",
  setting: "a setting",
  selector: "a selector",
  type: "a type",
  tensorType: "a tensor type",
  dimensions: "dimensions",
  call: "the arguments of a call",
  index: "an index",
  pattern: "an axis pattern",
  lambda: "a function value",
  ifExpression: "an `if`",
  forStatement: "a `for`",
  letStatement: "a `let`",
  block: "a block",
};

/** A problem at a token. Behind the last token it lies at the end of the text. */
export function problemAt(
  file: SourceFile,
  token: Token,
  expected: readonly string[],
  rules: readonly string[],
  opener?: Span,
): SyntaxProblem {
  const isEnd = token.tokenType === EOF;
  const start = isEnd ? file.text.trimEnd().length : token.startOffset;
  const reading = rules.findLast((rule) => rule in during);
  const words = reading === undefined ? undefined : during[reading];
  return {
    code: "unexpected-token",
    span: { file, start, end: isEnd ? start : token.end },
    found: describeToken(token),
    expected,
    ...(words === undefined ? {} : { during: words }),
    ...(opener === undefined ? {} : { opener }),
  };
}

/** Problems in the order of the text, one for each place, cut off with a note when there are too many. */
export function limitProblems(problems: readonly SyntaxProblem[]): readonly SyntaxProblem[] {
  const sorted = problems
    .toSorted((a, b) => a.span.start - b.span.start)
    .filter(({ span }, i, all) => all[i - 1]?.span.start !== span.start);
  if (sorted.length <= mostProblems) return sorted;
  const kept = sorted.slice(0, mostProblems - 1);
  const last = sorted[mostProblems - 1];
  if (!last) return kept;
  const found = `${String(mostProblems)} or more`;
  return [...kept, { code: "too-many-errors", span: last.span, found, expected: [] }];
}
