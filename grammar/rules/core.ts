// What all rules stand on: lists and lines that recover from mistakes, spans, names, the limit of nesting.
import { EmbeddedActionsParser, EOF } from "chevrotain";
import type { ConsumeMethodOpts, ParserMethod, TokenType } from "chevrotain";
import type { Expr, Ident, SyntaxProblem } from "../ast.js";
import { deepest } from "../brackets.js";
import { spanAt, type Token } from "../lexer.js";
import { describeType, expectedWords, expecting, mostProblems, problemAt } from "../problems.js";
import type { SourceFile, Span } from "../source.js";
import * as t from "../tokens.js";

/** A rule that yields a value, possibly from arguments. */
export type Rule<Result, Args extends unknown[] = []> = ParserMethod<Args, Result>;

/** Thrown to leave the rules up to the next place that recovers; its problem is already recorded. */
class Refusal extends Error {}

/** The one refusal: it says nothing, and making a stack trace for each would take most of the time. */
export const refusal = new Refusal();

/** Thrown to leave all rules: enough problems are known. */
class Enough extends Error {}

const noFile: SourceFile = { path: "", text: "" };

/** Tokens that carry on the line before them, so that recovery does not begin a line there. */
const continuing: ReadonlySet<TokenType> = new Set([
  ...t.infix.keys(),
  t.Dot,
  t.Arrow,
  t.Equals,
  t.Write,
  t.Where,
  t.By,
  t.As,
  t.Else,
  t.ElseBeforeIf,
  t.From,
  t.On,
  t.LCurly,
  t.RParen,
  t.RSquare,
  t.RCurly,
]);

/** Words that carry on an `if`, here or in other languages. */
export const elseWords: ReadonlySet<string> = new Set(["else", "elif", "elsif", "elseif"]);

/** The base of the rule classes. Every list in brackets and every line catches what goes wrong inside it. */
export abstract class CoreRules extends EmbeddedActionsParser {
  protected file: SourceFile = noFile;
  protected problems: SyntaxProblem[] = [];
  /** How deep the rules stand in brackets, prefix operators, powers and lambdas. */
  protected nesting = 0;
  /** First token of the line being read. */
  private lineStart: Token | undefined;
  private lastProblemAt = -1;

  /** With `isChecked` the rules are searched for ambiguities, which costs time and is for tests. */
  constructor(isChecked: boolean) {
    super(t.vocabulary, {
      maxLookahead: 1,
      recoveryEnabled: false,
      skipValidations: !isChecked,
    });
  }

  /** Defines a rule; unlike Chevrotain's own method it keeps the result's type as annotated. */
  protected rule<Result>(name: string, read: () => Result): Rule<Result> {
    return this.RULE(name, read);
  }

  /** Defines a rule with an argument, of which Chevrotain knows nothing while it records the rules. */
  protected ruleWith<Result, Arg>(name: string, read: (arg: Arg) => Result): Rule<Result, [Arg]> {
    return this.RULE(name, (arg?: Arg) => read(arg ?? ({} as Arg)));
  }

  /** Makes the parser ready for the tokens of a file. */
  protected begin(file: SourceFile, tokens: Token[], problems: SyntaxProblem[]): void {
    this.input = tokens;
    this.file = file;
    this.problems = problems;
    this.nesting = 0;
    this.lastProblemAt = -1;
  }

  /** Runs a rule that may throw `Enough`. */
  protected untilEnough(read: () => void): void {
    try {
      read();
    } catch (error) {
      if (!(error instanceof Enough)) throw error;
    }
  }

  // ------------------------------------------------------------------ tokens

  protected next(): Token {
    return this.LA(1) as Token;
  }

  protected last(): Token {
    return this.LA(0) as Token;
  }

  protected isAt(type: TokenType): boolean {
    return this.LA(1).tokenType === type;
  }

  protected skip(): void {
    this.consume(0, this.LA(1).tokenType);
  }

  private skipTo(token: Token | undefined): void {
    while (this.next() !== token && !this.isAt(EOF)) this.skip();
  }

  /** From the first character of a token to the last one consumed. */
  protected from(first: Token): Span {
    const end = this.last().end;
    return spanAt(this.file, first.startOffset, Math.max(first.end, end));
  }

  protected spanOf(token: Token): Span {
    return spanAt(this.file, token.startOffset, token.end);
  }

  protected ident(token: Token): Ident {
    return { span: this.spanOf(token), name: token.image };
  }

  /** The empty expression that stands where something was refused: a place, not a text. */
  protected hole(): Expr {
    const at = this.RECORDING_PHASE ? 0 : this.last().end || 0;
    return { kind: "error", span: spanAt(this.file, at, at) };
  }

  // ---------------------------------------------------------------- problems

  /** Records a problem at the next token, unless that token is known to be wrong already. */
  protected report(expected: readonly string[], rule: string, opener?: Span): void {
    const token = this.next();
    this.recordAt(token, expected, [...this.rulesAbove(), rule], opener);
  }

  private recordAt(
    token: Token,
    expected: readonly string[],
    rules: readonly string[],
    opener?: Span,
  ): void {
    const problem = problemAt(this.file, token, expected, rules, opener);
    const isElsewhere = token.startsLine && token !== this.lineStart;
    this.record(isElsewhere ? this.atLineEnd(problem) : problem, token);
  }

  /** A problem found at the first token of a line lies at the end of the line that lacks something. */
  private atLineEnd(problem: SyntaxProblem): SyntaxProblem {
    const at = this.last().end || 0;
    return { ...problem, span: spanAt(this.file, at, at), found: "the end of the line" };
  }

  private rulesAbove(): string[] {
    return this.RECORDING_PHASE ? [] : (this as unknown as RuleStack).getHumanReadableRuleStack();
  }

  protected record(problem: SyntaxProblem, token: Token): void {
    const at = token.tokenType === EOF ? Number.MAX_SAFE_INTEGER : token.startOffset;
    if (at === this.lastProblemAt || token.isReported) return;
    this.lastProblemAt = at;
    this.problems.push(problem);
    if (this.problems.length > mostProblems) throw new Enough();
  }

  /** Records a problem at the next token and leaves the rules. */
  protected refuse(expected: readonly string[], rule: string, opener?: Span): never {
    this.report(expected, rule, opener);
    throw refusal;
  }

  /** Counts a level of nesting; refuses one too many. */
  protected descend(token: Token): void {
    this.nesting += 1;
    if (this.RECORDING_PHASE || this.nesting <= deepest) return;
    const found = `more than ${String(deepest)} levels`;
    this.record({ code: "nested-too-deep", span: this.spanOf(token), found, expected: [] }, token);
    throw refusal;
  }

  /** Runs a reader; if it refuses, records why and recovers. */
  protected guard<T>(read: () => T, recover: () => T): T {
    if (this.RECORDING_PHASE) return read();
    const nesting = this.nesting;
    try {
      return read();
    } catch (error) {
      this.note(error);
      this.nesting = nesting;
      return recover();
    }
  }

  private note(error: unknown): void {
    if (!(error instanceof Refusal)) throw error;
  }

  // Chevrotain calls the next three where it would build exceptions of its own. Those hold every path the
  // rules could have taken, which makes one mistake cost as much as parsing a page.

  /** Called where another token stands than a rule consumes. */
  protected consumeInternalError(
    type: TokenType,
    _next: Token,
    options?: ConsumeMethodOpts,
  ): never {
    this.refuse(
      options?.ERR_MSG === undefined ? [describeType(type)] : expectedWords(options.ERR_MSG),
      "",
    );
  }

  /** Called where no alternative of a choice begins with the next token. */
  protected raiseNoAltException(_occurrence: number, words: string | undefined): never {
    this.refuse(expectedWords(words ?? ""), "");
  }

  /** Called where a repetition that needs one item has none. */
  protected raiseEarlyExitException(
    _occurrence: number,
    _kind: unknown,
    words: string | undefined,
  ): never {
    this.refuse(expectedWords(words ?? ""), "");
  }

  // ---------------------------------------------------------- lists and lines

  /** Items between brackets, separated by commas, with an optional comma at the end. Returns the opener. */
  protected brackets(
    open: TokenType,
    close: TokenType,
    rule: string,
    read: () => void,
    recover?: () => void,
  ): Token {
    const opener = this.CONSUME(open) as Token;
    if (this.RECORDING_PHASE) {
      this.MANY_SEP({ SEP: t.Comma, DEF: read });
      this.CONSUME(close);
      return opener;
    }
    const nesting = this.nesting;
    this.descend(opener);
    try {
      this.items(opener, close, rule, read);
    } catch (error) {
      this.note(error);
      this.nesting = nesting;
      this.skipTo(opener.closer);
      recover?.();
    }
    this.nesting = nesting;
    this.CONSUME(close);
    return opener;
  }

  private items(opener: Token, close: TokenType, rule: string, read: () => void): void {
    while (!this.isAt(close)) {
      read();
      if (this.isAt(t.Comma)) this.skip();
      else if (!this.isAt(close)) {
        if (opener.closer?.isReported) throw refusal;
        this.refuse(["`,`", describeType(close)], rule, this.spanOf(opener));
      }
    }
  }

  /** One thing between brackets, without commas. */
  protected bracketed(open: TokenType, close: TokenType, rule: string, read: () => void): void {
    const opener = this.CONSUME(open) as Token;
    const nesting = this.nesting;
    this.descend(opener);
    this.guard(
      () => {
        read();
        if (this.RECORDING_PHASE || this.isAt(close)) return;
        if (opener.closer?.isReported) throw refusal;
        this.refuse([describeType(close)], rule, this.spanOf(opener));
      },
      () => undefined,
    );
    this.nesting = nesting;
    if (!this.RECORDING_PHASE) this.skipTo(opener.closer);
    this.CONSUME(close);
  }

  /** Lines between braces, separated by line breaks, `;` or `,`. */
  protected lines(read: () => void): void {
    const opener = this.CONSUME(t.LCurly) as Token;
    if (this.RECORDING_PHASE) {
      this.MANY(() => {
        read();
        this.OPTION9(() => this.CONSUME9(t.Separator));
      });
      this.CONSUME(t.RCurly);
      return;
    }
    const nesting = this.nesting;
    this.descend(opener);
    this.readLines(opener.depth + 1, read);
    this.nesting = nesting;
    this.skipTo(opener.closer);
    this.CONSUME(t.RCurly);
  }

  /** Reads lines at a bracket depth up to its closing bracket or the end of the file. */
  protected readLines(depth: number, read: () => void): void {
    for (;;) {
      while (this.isAt(t.Semicolon) || this.isAt(t.Comma)) this.skip();
      const first = this.next();
      if (first.tokenType === EOF || first.depth < depth) return;
      this.lineStart = first;
      this.guard(read, () => undefined);
      this.endLine(first, depth);
    }
  }

  /** Checks that a line ends here; otherwise reports what is left of it and skips that. */
  private endLine(first: Token, depth: number): void {
    const next = this.next();
    if (next === first) this.skip();
    else if (next.startsLine || this.isLineEnd(next, depth)) {
      this.skipIndented(first, depth);
      return;
    } else
      this.guard(
        () => {
          this.report(["the end of the line"], "");
        },
        () => undefined,
      );
    this.skipLine(depth);
    this.skipIndented(first, depth);
  }

  /** Skips a block in Python's manner: behind a line that ends with `:` what is indented deeper, and its `else`. */
  private skipIndented(first: Token, depth: number): void {
    if (this.last().tokenType !== t.Colon) return;
    const indent = this.indentOf(first);
    for (let token = this.next(); !this.isEndOf(depth, token); token = this.next()) {
      const isElse = this.indentOf(token) === indent && elseWords.has(token.image);
      if (this.indentOf(token) <= indent && !isElse) return;
      this.skip();
      this.skipLine(depth);
    }
  }

  private isEndOf(depth: number, token: Token): boolean {
    return token.tokenType === EOF || token.depth < depth;
  }

  private indentOf(token: Token): number {
    return token.startOffset - (this.file.text.lastIndexOf("\n", token.startOffset - 1) + 1);
  }

  private isLineEnd(token: Token, depth: number): boolean {
    if (token.tokenType === EOF || token.depth < depth) return true;
    if (token.depth > depth || continuing.has(token.tokenType)) return false;
    return token.startsLine || token.tokenType === t.Semicolon || token.tokenType === t.Comma;
  }

  /** Goes to the end of a line that lies at a bracket depth. */
  protected skipLine(depth: number): void {
    while (!this.isLineEnd(this.next(), depth)) this.skip();
  }

  /** Goes to the body behind the head of a declaration, or to the end of the line. */
  protected skipHead(depth: number): void {
    for (let token = this.next(); !this.isLineEnd(token, depth); token = this.next()) {
      if (token.depth === depth && (token.tokenType === t.LCurly || token.tokenType === t.Equals))
        return;
      this.skip();
    }
  }

  /** Option of a step that may miss a closing bracket or a word. */
  protected readonly expecting = expecting;
}

/** The one method of Chevrotain's that its types do not show. */
interface RuleStack {
  getHumanReadableRuleStack(): string[];
}
