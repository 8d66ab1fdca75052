// Words and signs that mean different things in different places get their own token type here, so that
// the rules can decide by one token what they read.
import type { TokenType } from "chevrotain";
import { retag, type Token } from "./lexer.js";
import * as t from "./tokens.js";

/** What stands between two brackets. Line breaks separate only in the braces that hold lines. */
type Kind = "top" | "round" | "square" | "names" | "members" | "rules" | "lines" | "block";

interface Frame {
  readonly kind: Kind;
  readonly index: number;
  /** What the next `{` will hold, as announced by a word before it. */
  announced: Kind | undefined;
  hasArrow: boolean;
  /** Between `where` and the body behind it, a line may begin with a name that the `=` of the body follows. */
  isInWhere: boolean;
}

const announcements: ReadonlyMap<TokenType, Kind> = new Map<TokenType, Kind>([
  [t.Layer, "members"],
  [t.Model, "members"],
  [t.Adapter, "members"],
  [t.Optimizer, "members"],
  [t.Train, "lines"],
  [t.With, "lines"],
  [t.Group, "lines"],
  [t.Metrics, "lines"],
  [t.Init, "rules"],
  [t.Import, "names"],
  [t.Fn, "block"],
  [t.Property, "block"],
  [t.If, "block"],
  [t.Else, "block"],
  [t.For, "block"],
  [t.FatArrow, "block"],
]);

const firstOfLine: ReadonlyMap<TokenType, TokenType> = new Map([
  [t.LParen, t.LParenFirst],
  [t.LSquare, t.LSquareFirst],
  [t.Minus, t.MinusFirst],
]);

const firstOfRule: ReadonlyMap<TokenType, TokenType> = new Map([
  ...firstOfLine,
  [t.Star, t.StarFirst],
  [t.Power, t.PowerFirst],
]);

/** Gives every token the type that its place asks for, and says which line breaks count. */
export function contextualize(tokens: readonly Token[]): void {
  const reader = new Reader(tokens);
  for (let i = 0; i < tokens.length; i++) reader.read(i);
}

/** Declaration words that name a kind where a type stands. */
const kindWords: ReadonlySet<TokenType> = new Set([t.Fn, t.Layer]);

/** Reserved words that an expression may begin with, so that a colon behind them makes no parameter. */
const expressive: ReadonlySet<TokenType> = new Set([t.True, t.False, t.Not, t.If]);

const isWord = (token: Token | undefined): boolean =>
  token !== undefined && (token.tokenType === t.Identifier || t.keywords.has(token.tokenType));

/** What holds lines that begin with a keyword or with `name =`. */
const wordy: ReadonlySet<Kind> = new Set<Kind>(["members", "lines"]);

const literals: ReadonlySet<TokenType> = new Set([t.True, t.False]);

/** True behind a sign that only a name can follow. */
const isLabel = (token: Token, before: TokenType | undefined): boolean =>
  before === t.AttributeAt || (before === t.Dot && !token.isFirstOnLine);

/** True for `fn` and `layer` where a type stands. */
const namesKind = (token: Token, before: TokenType | undefined): boolean =>
  kindWords.has(token.tokenType) && (before === t.Colon || before === t.Arrow);

/** True for a reserved word, unless it stands where a parameter has its name. */
function isReserved(
  token: Token,
  before: TokenType | undefined,
  next: TokenType | undefined,
): boolean {
  const isParameter = (before === t.LParen || before === t.Comma) && next === t.Colon;
  return expressive.has(token.tokenType) || !isParameter;
}

/** True if what a contextual word asks for follows it. */
function fits(follow: t.Follow, next: Token): boolean {
  const type = next.tokenType;
  switch (follow) {
    case "brace":
      return type === t.LCurly;
    case "string":
      return type === t.StringLiteral;
    case "name":
      return !next.isFirstOnLine && isWord(next);
    case "selector":
      return !next.isFirstOnLine && (type === t.Star || type === t.Power || type === t.LCurly);
  }
}

/** One walk over the tokens of a file. */
class Reader {
  private readonly frames: Frame[] = [];
  private frame: Frame = {
    kind: "top",
    index: -1,
    announced: undefined,
    hasArrow: false,
    isInWhere: false,
  };
  /** Index behind the last attribute, where another attribute or what it describes may begin. */
  private behindAttribute = -1;

  private readonly tokens: readonly Token[];

  constructor(tokens: readonly Token[]) {
    this.tokens = tokens;
  }

  read(i: number): void {
    const token = this.tokens[i];
    if (!token) return;
    const type = token.tokenType;
    const { kind } = this.frame;
    token.startsLine =
      token.isFirstOnLine && kind !== "round" && kind !== "square" && kind !== "names";
    if (t.keywords.has(type)) this.word(i, token);
    else if (type === t.Identifier) this.name(i, token);
    else this.sign(i, token);
  }

  private sign(i: number, token: Token): void {
    const type = token.tokenType;
    if (token.startsLine) retag(token, this.firstOfLine(type));
    if (t.closers.has(type)) this.enter(i, type);
    else if (t.closing.has(type)) this.leave(i);
    else if (type === t.Equals) this.frame.isInWhere = false;
    else if (type === t.Arrow) this.frame.hasArrow = true;
    else if (type === t.FatArrow) this.frame.announced = "block";
    else if (type === t.At && this.beginsAttribute(i, token)) this.attribute(i, token);
  }

  private firstOfLine(type: TokenType): TokenType {
    const row = this.frame.kind === "rules" ? firstOfRule : firstOfLine;
    return row.get(type) ?? type;
  }

  private enter(i: number, type: TokenType): void {
    const kind = type === t.LParen ? "round" : type === t.LSquare ? "square" : this.braceKind(i);
    if (type === t.LCurly) {
      this.frame.announced = undefined;
      this.frame.isInWhere = false;
    }
    this.frames.push(this.frame);
    this.frame = { kind, index: i, announced: undefined, hasArrow: false, isInWhere: false };
  }

  private braceKind(i: number): Kind {
    const before = this.tokens[i - 1]?.tokenType;
    if (before === t.Dot) return "names";
    return this.frame.announced ?? "block";
  }

  private leave(i: number): void {
    const { kind, index, hasArrow } = this.frame;
    const opener = this.tokens[index];
    this.frame = this.frames.pop() ?? this.frame;
    if (!opener) return;
    const isCallable = this.tokens[i + 1]?.tokenType === t.FatArrow;
    const isSignature = this.typeAt(index - 2) === t.Fn;
    if (kind === "round" && isCallable && !isSignature) retag(opener, t.LambdaParen);
    if (kind === "square" && hasArrow) {
      retag(opener, t.PatternSquare);
      this.forgetKeywords(index, i);
    }
  }

  /** Between these tokens every word is a name. */
  private forgetKeywords(from: number, to: number): void {
    for (let i = from + 1; i < to; i++) {
      const token = this.tokens[i];
      if (isWord(token) && token) retag(token, t.Identifier);
    }
  }

  /** `@name` without a blank, first on its line or behind another attribute, where members or lines stand. */
  private beginsAttribute(i: number, token: Token): boolean {
    const { kind } = this.frame;
    if (kind !== "top" && kind !== "members" && kind !== "lines") return false;
    const next = this.tokens[i + 1];
    if (!isWord(next) || next?.startOffset !== token.end) return false;
    return this.isLeading(i, token);
  }

  private isLeading(i: number, token: Token): boolean {
    if (token.startsLine || i === this.behindAttribute) return true;
    const before = this.tokens[i - 1]?.tokenType;
    return (
      before === undefined ||
      before === t.LCurly ||
      before === t.RCurly ||
      before === t.Semicolon ||
      before === t.Comma
    );
  }

  private attribute(i: number, token: Token): void {
    retag(token, t.AttributeAt);
    this.behindAttribute = i + 2;
    if (this.tokens[i + 2]?.tokenType !== t.LParen) return;
    const closer = this.tokens[i + 2]?.closer;
    let end = i + 3;
    while (end < this.tokens.length && this.tokens[end] !== closer) end++;
    this.forgetKeywords(i + 2, end);
    this.behindAttribute = end + 1;
  }

  private word(i: number, token: Token): void {
    const type = token.tokenType;
    if (!this.isKeyword(i, token)) {
      retag(token, t.Identifier);
      this.name(i, token);
      return;
    }
    const announced = announcements.get(type);
    if (announced !== undefined) this.frame.announced = announced;
    if (type === t.Where) this.frame.isInWhere = true;
    if (type === t.Else && this.tokens[i + 1]?.tokenType === t.If) retag(token, t.ElseBeforeIf);
  }

  private typeAt(i: number): TokenType | undefined {
    return this.tokens[i]?.tokenType;
  }

  private isKeyword(i: number, token: Token): boolean {
    const before = this.typeAt(i - 1);
    const row = t.keywords.get(token.tokenType);
    if (!row || isLabel(token, before)) return false;
    if (literals.has(token.tokenType)) return true;
    // Nothing else can begin a line here than such a word, or a name with `=` behind it.
    if (token.startsLine && this.frame.kind === "top") return true;
    if (this.typeAt(i + 1) === t.Equals || namesKind(token, before)) return false;
    if (token.startsLine && wordy.has(this.frame.kind)) return true;
    return row.follow
      ? this.isFollowed(i, token, row)
      : isReserved(token, before, this.typeAt(i + 1));
  }

  /** True if what stands behind a contextual word makes it a keyword. */
  private isFollowed(i: number, token: Token, row: t.KeywordRow): boolean {
    const next = this.tokens[i + 1];
    if (!next || (row.leads && !this.isLeading(i, token))) return false;
    return row.follow?.some((follow) => fits(follow, next)) === true;
  }

  private name(i: number, token: Token): void {
    const next = this.tokens[i + 1];
    if (!next) return;
    const type = next.tokenType;
    if (type === t.Equals) {
      const isLineStart = token.startsLine && !this.frame.isInWhere;
      retag(token, isLineStart ? t.NameFirstBeforeEquals : t.NameBeforeEquals);
    } else if (type === t.FatArrow) retag(token, t.NameBeforeArrow);
    else if (type === t.LSquare && !next.isFirstOnLine && t.dtypeNames.has(token.image)) {
      if (this.tokens[i - 1]?.tokenType !== t.Dot) retag(token, t.DtypeName);
    }
  }
}
