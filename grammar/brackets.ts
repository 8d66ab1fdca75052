// Brackets: matches them, and repairs a text where they do not match so that the rules always see balance.
import { createTokenInstance, type TokenType } from "chevrotain";
import type { SyntaxProblem } from "./ast.js";
import type { SourceFile } from "./source.js";
import { spanAt, type Token } from "./lexer.js";
import { describeToken, mostProblems } from "./problems.js";
import * as t from "./tokens.js";

/** How many brackets may stand inside each other. */
export const deepest = 128;

/**
 * Sets `depth` and `closer` of every token. Where brackets do not match it reports so, drops the stray
 * ones and inserts the missing ones where the indentation shows that they belong.
 */
export function balance(file: SourceFile, tokens: Token[], problems: SyntaxProblem[]): Token[] {
  if (match(tokens)) return tokens;
  const repaired = new Repair(file, problems).run(tokens);
  match(repaired);
  return repaired;
}

/** Pairs brackets; false if they do not pair or stand too deep. */
function match(tokens: readonly Token[]): boolean {
  const open: Token[] = [];
  for (const token of tokens) {
    const type = token.tokenType;
    if (type === t.RParen || type === t.RSquare || type === t.RCurly) {
      const opener = open.pop();
      if (!opener || t.closers.get(opener.tokenType) !== type) return false;
      opener.closer = token;
    }
    token.depth = open.length;
    if (type === t.LParen || type === t.LSquare || type === t.LCurly) {
      if (open.length >= deepest) return false;
      open.push(token);
    }
  }
  return open.length === 0;
}

/** What stands between the braces that a word announces. */
type Level = "top" | "members" | "lines" | "other";

const announced: ReadonlyMap<TokenType, Level> = new Map<TokenType, Level>([
  [t.Layer, "members"],
  [t.Model, "members"],
  [t.Adapter, "members"],
  [t.Optimizer, "members"],
  [t.Train, "lines"],
  [t.With, "lines"],
  [t.Fn, "other"],
]);

/** Where a word may stand at the start of a line; seeing it elsewhere shows that a bracket was left open. */
const homes: ReadonlyMap<TokenType, readonly Level[]> = new Map<TokenType, readonly Level[]>([
  ...[t.Import, t.Const, t.Layer, t.Model, t.Adapter, t.Optimizer, t.Train, t.Property].map(
    (type) => [type, ["top"]] as const,
  ),
  [t.Fn, ["top", "members"]],
  [t.Param, ["members"]],
  [t.State, ["members"]],
  [t.Init, ["members", "lines"]],
]);

interface Open {
  readonly token: Token;
  /** Where it stands in the output. */
  readonly index: number;
  readonly indent: number;
  readonly level: Level;
}

/** A word that announces a `{`. */
interface Announcement {
  readonly level: Level;
  /** Number of brackets around the word. */
  readonly height: number;
  /** Where the word stands in the output. */
  readonly index: number;
}

/** One repair of one file. */
class Repair {
  private readonly out: Token[] = [];
  private readonly open: Open[] = [];
  /** What the next `{` at a height will hold, as a word before it announced. */
  private announcement: Announcement | undefined;
  private indent = 0;
  private isTooDeep = false;
  private isCutShort = false;

  private readonly file: SourceFile;
  private readonly problems: SyntaxProblem[];

  constructor(file: SourceFile, problems: SyntaxProblem[]) {
    this.file = file;
    this.problems = problems;
  }

  run(tokens: readonly Token[]): Token[] {
    for (let i = 0; i < tokens.length; i++) {
      const token = tokens[i];
      if (!token) break;
      if (token.isFirstOnLine) this.startLine(token, tokens[i + 1]);
      if (t.closers.has(token.tokenType)) {
        if (this.open.length < deepest) this.enter(token);
        else i = this.refuseDepth(tokens, i);
      } else if (
        token.tokenType === t.RParen ||
        token.tokenType === t.RSquare ||
        token.tokenType === t.RCurly
      ) {
        this.leave(token, tokens[i + 1]);
      } else {
        this.announce(token.tokenType);
        this.out.push(token);
      }
    }
    if (!this.isCutShort) this.closeAbove(0, undefined);
    else this.closeSilently();
    return this.out;
  }

  private startLine(token: Token, next: Token | undefined): void {
    this.indent = this.indentOf(token);
    const levels = homes.get(token.tokenType);
    if (!levels || (next && (next.tokenType === t.Equals || next.tokenType === t.Dot))) return;
    let keep = this.open.length;
    while (keep > 0 && !levels.includes(this.open[keep - 1]?.level ?? "other")) keep--;
    if (keep === 0 && !levels.includes("top")) return;
    this.closeAbove(keep, token);
  }

  private indentOf(token: Token): number {
    return token.startOffset - (this.file.text.lastIndexOf("\n", token.startOffset - 1) + 1);
  }

  private announce(type: TokenType): void {
    const height = this.open.length;
    const level = announced.get(type);
    if (level !== undefined) this.announcement = { level, height, index: this.out.length };
    else if (
      type === t.Equals &&
      this.announcement?.height === height &&
      this.announcement.level === "other"
    ) {
      this.announcement = undefined;
    }
  }

  private enter(token: Token): void {
    let level: Level = "other";
    if (token.tokenType === t.LCurly && this.announcement) {
      // A body that is announced outside of the brackets around it shows that those were left open.
      this.closeAbove(Math.min(this.announcement.height, this.open.length), token);
      level = this.announcement.level;
      this.announcement = undefined;
    }
    this.open.push({ token, index: this.out.length, indent: this.indent, level });
    this.out.push(token);
  }

  private leave(token: Token, next: Token | undefined): void {
    const matching = (i: number): boolean => {
      const opener = this.open[i];
      return opener !== undefined && t.closers.get(opener.token.tokenType) === token.tokenType;
    };
    let found = this.open.length - 1;
    while (found >= 0 && !matching(found)) found--;
    if (found < 0) {
      this.leaveNothing(token, next);
      return;
    }
    if (token.isFirstOnLine && this.indent < (this.open[found]?.indent ?? 0)) {
      // The indentation belongs to an outer bracket: the inner one was left open.
      for (let i = found - 1; i >= 0; i--) {
        if (!matching(i) || this.open[i]?.indent !== this.indent) continue;
        found = i;
        break;
      }
    }
    this.closeAbove(found + 1, token);
    this.open.pop();
    this.out.push(token);
  }

  /** Takes a closing bracket that closes nothing: the wrong one, one whose opening is missing, or one too many. */
  private leaveNothing(token: Token, next: Token | undefined): void {
    const span = spanAt(this.file, token.startOffset, token.end);
    const top = this.open.at(-1);
    const isTooMuch = top && next && t.closers.get(top.token.tokenType) === next.tokenType;
    if (top && top.token.tokenType !== t.LCurly && !isTooMuch) {
      const closer = this.closing(top.token, token.startOffset);
      const opener = spanAt(this.file, top.token.startOffset, top.token.end);
      const expected = [closer.tokenType.LABEL ?? ""];
      this.report({
        code: "unexpected-token",
        span,
        found: describeToken(token),
        expected,
        opener,
      });
      this.open.pop();
      this.out.push(closer);
    } else if (!this.openBody(token)) {
      this.report({ code: "unexpected-token", span, found: describeToken(token), expected: [] });
    }
  }

  /** Puts the missing `{` of an announced body behind its head; false if none was announced. */
  private openBody(closer: Token): boolean {
    const { announcement } = this;
    if (closer.tokenType !== t.RCurly || announcement?.height !== this.open.length) return false;
    let at = announcement.index + 1;
    while (at < this.out.length && !this.out[at]?.isFirstOnLine) at++;
    const start = this.out[at - 1]?.end ?? 0;
    const span = spanAt(this.file, start, start);
    this.report({
      code: "unexpected-token",
      span,
      found: "the end of the line",
      expected: ["`{`"],
    });
    this.out.splice(at, 0, this.insertion(t.LCurly, start));
    this.out.push(closer);
    this.announcement = undefined;
    return true;
  }

  /** Closes the brackets above a height; `before` is the token that made it necessary. */
  private closeAbove(height: number, before: Token | undefined): void {
    let least = 0;
    while (this.open.length > height) {
      const opener = this.open.pop();
      if (!opener) return;
      const at = Math.max(least, this.placeFor(opener));
      const isNewPlace = at !== least;
      least = at + 1;
      this.insert(opener.token, at, before, isNewPlace);
    }
  }

  /** Problems beyond what a file reports are not worth their memory. */
  private report(problem: SyntaxProblem): void {
    if (this.problems.length <= 2 * mostProblems) this.problems.push(problem);
  }

  private closeSilently(): void {
    for (let opener = this.open.pop(); opener; opener = this.open.pop()) {
      this.out.push(this.closing(opener.token, this.out.at(-1)?.end ?? 0));
    }
  }

  /** The first line behind an opening bracket that is indented no deeper than the line of the bracket. */
  private placeFor(opener: Open): number {
    let depth = 0;
    for (let i = opener.index + 1; i < this.out.length; i++) {
      const token = this.out[i];
      if (!token) break;
      if (depth === 0 && token.isFirstOnLine && this.indentOf(token) <= opener.indent) return i;
      if (t.closers.has(token.tokenType)) depth++;
      else if (t.closing.has(token.tokenType)) depth--;
    }
    return this.out.length;
  }

  private insert(opener: Token, at: number, before: Token | undefined, isNewPlace: boolean): void {
    const next = this.out[at] ?? before;
    const start = this.out[at - 1]?.end ?? 0;
    const closer = this.closing(opener, start);
    this.out.splice(at, 0, closer);
    if (!isNewPlace) return;
    this.report({
      code: "unexpected-token",
      span: spanAt(this.file, start, start),
      found: next
        ? next.isFirstOnLine
          ? "the end of the line"
          : describeToken(next)
        : "the end of the file",
      expected: [closer.tokenType.LABEL ?? ""],
      opener: spanAt(this.file, opener.startOffset, opener.end),
    });
  }

  private closing(opener: Token, start: number): Token {
    return this.insertion(t.closers.get(opener.tokenType) ?? t.RParen, start);
  }

  private insertion(type: TokenType, start: number): Token {
    const token = createTokenInstance(type, "", start, start, NaN, NaN, NaN, NaN);
    const place = { end: start, isFirstOnLine: false, startsLine: false, depth: 0 };
    return Object.assign(token, { ...place, closer: undefined, isReported: true, doc: undefined });
  }

  /** Puts a hole in the place of a bracket that stands too deep, with all it holds; returns its last index. */
  private refuseDepth(tokens: readonly Token[], first: number): number {
    const opener = tokens[first];
    const last = behindBracket(tokens, first);
    if (!opener) return last;
    if (last === tokens.length) this.isCutShort = true;
    const span = spanAt(this.file, opener.startOffset, opener.end);
    const found = `${String(deepest + 1)} brackets inside each other`;
    // What stands too deep often does so in several places; the first of them says it for all.
    if (!this.isTooDeep) this.report({ code: "nested-too-deep", span, found, expected: [] });
    this.isTooDeep = true;
    const end = tokens[Math.min(last, tokens.length - 1)]?.end ?? opener.end;
    this.out.push({
      ...opener,
      tokenType: t.Hole,
      tokenTypeIdx: t.Hole.tokenTypeIdx ?? 0,
      end,
      isReported: true,
    });
    return last;
  }
}

/** Index of the closing bracket that belongs to an opening one by count alone; the end if there is none. */
function behindBracket(tokens: readonly Token[], first: number): number {
  let depth = 0;
  for (let i = first; i < tokens.length; i++) {
    const type = tokens[i]?.tokenType;
    if (type && t.closers.has(type)) depth++;
    else if (type && t.closing.has(type)) depth--;
    if (depth === 0) return i;
  }
  return tokens.length;
}
