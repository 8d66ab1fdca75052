// The token table: one row per token, with the words that messages and the grammar page use for it.
import { createToken, Lexer, type TokenType } from "chevrotain";
import type { BinaryOperator } from "./ast.js";

/** What a token is coloured as in an editor. */
export type TokenClass =
  "keyword" | "name" | "number" | "string" | "operator" | "bracket" | "comment";

/** What may follow a contextual word on its line for it to be a keyword there. */
export type Follow = "name" | "brace" | "string" | "selector";

const category = (name: string, label: string): TokenType =>
  createToken({ name, label, pattern: Lexer.NA });

// Categories: a rule that consumes one accepts every token below it.
/** A name, whatever stands behind it. */
export const Name = category("Name", "a name");
/** A name that an expression may hold. */
export const OperandName = createToken({
  name: "OperandName",
  label: "a name",
  pattern: Lexer.NA,
  categories: [Name],
});
/** A name with a single `=` behind it. */
export const AssignedName = category("AssignedName", "a name");
/** `(` wherever it stands in its line. */
export const LParenAny = category("LParenAny", "`(`");
/** `[` wherever it stands in its line. */
export const LSquareAny = category("LSquareAny", "`[`");
/** What stands before an operand. */
export const PrefixOperator = category("PrefixOperator", "`-` or `not`");
/** What stands between two operands. */
export const InfixOperator = category("InfixOperator", "an operator");
/** `*` in a selector, wherever it stands in its line. */
export const StarAny = category("StarAny", "`*`");
/** `**` in a selector, wherever it stands in its line. */
export const PowerAny = category("PowerAny", "`**`");
/** What separates lines besides the line break. */
export const Separator = category("Separator", "`;` or `,`");

const punctuation = (name: string, text: string, ...categories: TokenType[]): TokenType =>
  createToken({ name, pattern: text, label: `\`${text}\``, categories });

/** A token that the lexer never makes: `layout` puts it in the place of another one. */
const retagged = (name: string, label: string, ...categories: TokenType[]): TokenType =>
  createToken({ name, label, pattern: Lexer.NA, categories });

export const Identifier = createToken({
  name: "Identifier",
  label: "a name",
  pattern: /[A-Za-z_][A-Za-z0-9_]*/,
  categories: [OperandName],
});
/** A name with a single `=` behind it: an argument, a setting, a field. */
export const NameBeforeEquals = retagged("NameBeforeEquals", "a name", OperandName, AssignedName);
/** The same as the first token of a line: it begins that line and never ends an expression. */
export const NameFirstBeforeEquals = retagged(
  "NameFirstBeforeEquals",
  "a name",
  Name,
  AssignedName,
);
/** A name with `=>` behind it: the parameter of a lambda. */
export const NameBeforeArrow = retagged("NameBeforeArrow", "a name");
/** The name of a dtype with `[` behind it: a tensor type. */
export const DtypeName = retagged("DtypeName", "a dtype");

/** Deliberately wide, so that `12ab` is one wrong number instead of two odd tokens. */
export const NumberLiteral = createToken({
  name: "NumberLiteral",
  label: "a number",
  pattern: /\d[\d_]*(?:\.\d[\d_]*)?(?:[eE][+-]?\d[\d_]*)?[A-Za-z0-9_]*/,
});
export const StringLiteral = createToken({
  name: "StringLiteral",
  label: "a string",
  pattern: /"[^"\n\r]*"/,
});
/** A string without its closing quote; becomes a StringLiteral once it is reported. */
export const OpenString = createToken({
  name: "OpenString",
  label: "a string",
  pattern: /"[^"\n\r]*/,
});
/** Stands for text that was refused as a whole; an expression, a type and a line in one. */
export const Hole = retagged("Hole", "an expression");

/** The names that make `f16[…]` a tensor type instead of an index. */
export const dtypeNames: ReadonlySet<string> = new Set(["f16", "f32", "f64", "i32", "u32", "bool"]);

/** A word that is a keyword somewhere. */
export interface KeywordRow {
  readonly word: string;
  readonly token: TokenType;
  /** Absent: reserved wherever a name could stand. */
  readonly follow?: readonly Follow[];
  /** True if the word is a keyword only as the first of its line. */
  readonly leads?: boolean;
}

const keywordRows: KeywordRow[] = [];

function keyword(
  word: string,
  row: Omit<KeywordRow, "word" | "token"> = {},
  ...categories: TokenType[]
): TokenType {
  const name = `${word[0]?.toUpperCase() ?? ""}${word.slice(1)}`;
  const token = createToken({ name, pattern: Lexer.NA, label: `\`${word}\``, categories });
  keywordRows.push({ word, token, ...row });
  return token;
}

export const Import = keyword("import", { follow: ["brace"], leads: true });
export const From = keyword("from", { follow: ["string"] });
export const As = keyword("as", { follow: ["name"] });
export const Fn = keyword("fn");
export const Layer = keyword("layer", { follow: ["name"] });
export const Model = keyword("model", { follow: ["name"] });
export const Adapter = keyword("adapter", { follow: ["name"] });
export const Optimizer = keyword("optimizer", { follow: ["name"] });
export const Train = keyword("train", { follow: ["name"] });
export const Property = keyword("property", { follow: ["string"], leads: true });
export const Const = keyword("const", { follow: ["name"] });
export const With = keyword("with", { follow: ["brace"] });
export const On = keyword("on", { follow: ["name"] });
export const Param = keyword("param", { follow: ["name"] });
export const State = keyword("state", { follow: ["name"] });
export const Like = keyword("like", { follow: ["name"] });
export const Init = keyword("init", { follow: ["brace"], leads: true });
export const Metrics = keyword("metrics", { follow: ["brace"], leads: true });
export const Adapt = keyword("adapt", { follow: ["name", "selector"], leads: true });
export const By = keyword("by", { follow: ["name"] });
export const Quantize = keyword("quantize", { follow: ["name", "selector"], leads: true });
export const Freeze = keyword("freeze", { follow: ["name", "selector"], leads: true });
export const Group = keyword("group", { follow: ["name", "selector"], leads: true });
export const SetWord = keyword("set", { follow: ["name"] });
export const Let = keyword("let");
export const Var = keyword("var");
export const For = keyword("for");
export const In = keyword("in");
export const Where = keyword("where");
export const If = keyword("if");
export const Else = keyword("else");
/** `else` with an `if` behind it. */
export const ElseBeforeIf = retagged("ElseBeforeIf", "`else`");
export const And = keyword("and", {}, InfixOperator);
export const Or = keyword("or", {}, InfixOperator);
export const Not = keyword("not", {}, PrefixOperator);
export const True = keyword("true");
export const False = keyword("false");
export const Assert = keyword("assert");

export const Ellipsis = punctuation("Ellipsis", "...");
export const DotDot = punctuation("DotDot", "..");
export const Dot = punctuation("Dot", ".");
export const FatArrow = punctuation("FatArrow", "=>");
export const Arrow = punctuation("Arrow", "->");
export const Write = punctuation("Write", "<-");
export const Pipe = punctuation("Pipe", "|>", InfixOperator);
export const EqualEqual = punctuation("EqualEqual", "==", InfixOperator);
export const NotEqual = punctuation("NotEqual", "!=", InfixOperator);
export const LessEqual = punctuation("LessEqual", "<=", InfixOperator);
export const GreaterEqual = punctuation("GreaterEqual", ">=", InfixOperator);
export const Less = punctuation("Less", "<", InfixOperator);
export const Greater = punctuation("Greater", ">", InfixOperator);
export const Power = punctuation("Power", "**", InfixOperator, PowerAny);
export const Star = punctuation("Star", "*", InfixOperator, StarAny);
export const Plus = punctuation("Plus", "+", InfixOperator);
export const Minus = punctuation("Minus", "-", InfixOperator, PrefixOperator);
export const Slash = punctuation("Slash", "/", InfixOperator);
export const Percent = punctuation("Percent", "%", InfixOperator);
export const At = punctuation("At", "@", InfixOperator);
export const Equals = punctuation("Equals", "=");
export const Comma = punctuation("Comma", ",", Separator);
export const Semicolon = punctuation("Semicolon", ";", Separator);
export const Colon = punctuation("Colon", ":");
export const LParen = punctuation("LParen", "(", LParenAny);
export const RParen = punctuation("RParen", ")");
export const LSquare = punctuation("LSquare", "[", LSquareAny);
export const RSquare = punctuation("RSquare", "]");
export const LCurly = punctuation("LCurly", "{");
export const RCurly = punctuation("RCurly", "}");

/** `(` as the first token of a line: never the arguments of a call. */
export const LParenFirst = retagged("LParenFirst", "`(`", LParenAny);
/** `[` as the first token of a line: never an index. */
export const LSquareFirst = retagged("LSquareFirst", "`[`", LSquareAny);
/** `-` as the first token of a line: never a difference. */
export const MinusFirst = retagged("MinusFirst", "`-`", PrefixOperator);
/** `*` as the first token of a line of `init`: a selector, never a product. */
export const StarFirst = retagged("StarFirst", "`*`", StarAny);
/** `**` as the first token of a line of `init`: a selector, never a power. */
export const PowerFirst = retagged("PowerFirst", "`**`", PowerAny);
/** `(` that opens the parameters of a lambda. */
export const LambdaParen = retagged("LambdaParen", "`(`");
/** `[` that opens an axis pattern. */
export const PatternSquare = retagged("PatternSquare", "`[`");
/** `@` that begins an attribute. */
export const AttributeAt = retagged("AttributeAt", "`@`");

export const LineComment = createToken({
  name: "LineComment",
  label: "a comment",
  pattern: /\/\/[^\n]*/,
  group: "comments",
});
/** Blanks; a lone carriage return is blank too, and reported apart. */
export const Blank = createToken({
  name: "Blank",
  pattern: /[ \t\r\n\uFEFF]+/,
  group: Lexer.SKIPPED,
  line_breaks: true,
});

/** The words that are keywords, by their token type. */
export const keywords: ReadonlyMap<TokenType, KeywordRow> = new Map(
  keywordRows.map((row) => [row.token, row]),
);

/** The token types of the keywords by their spelling; the lexer sees names and looks them up here. */
export const keywordTypes: ReadonlyMap<string, TokenType> = new Map(
  keywordRows.map((row) => [row.word, row.token]),
);

/** The spelling of every keyword, for editors and for suggestions. */
export const keywordWords: readonly string[] = [...keywordTypes.keys()];

/** How an infix operator binds: a higher level binds tighter. */
export interface InfixRow {
  readonly operator: BinaryOperator | "|>";
  readonly level: number;
  readonly isRightToLeft?: boolean;
}

/** Binding levels of the prefix operators, on the scale of `infix`. */
export const prefixLevel = { "-": 8, not: 4 } as const;

/** Level of the comparisons, which do not chain. */
export const comparisonLevel = 5;

/** Every infix operator with its binding, by its token type. */
export const infix: ReadonlyMap<TokenType, InfixRow> = new Map<TokenType, InfixRow>([
  [Power, { operator: "**", level: 9, isRightToLeft: true }],
  [At, { operator: "@", level: 7 }],
  [Star, { operator: "*", level: 7 }],
  [Slash, { operator: "/", level: 7 }],
  [Percent, { operator: "%", level: 7 }],
  [Plus, { operator: "+", level: 6 }],
  [Minus, { operator: "-", level: 6 }],
  [EqualEqual, { operator: "==", level: comparisonLevel }],
  [NotEqual, { operator: "!=", level: comparisonLevel }],
  [Less, { operator: "<", level: comparisonLevel }],
  [LessEqual, { operator: "<=", level: comparisonLevel }],
  [Greater, { operator: ">", level: comparisonLevel }],
  [GreaterEqual, { operator: ">=", level: comparisonLevel }],
  [And, { operator: "and", level: 3 }],
  [Or, { operator: "or", level: 2 }],
  [Pipe, { operator: "|>", level: 1 }],
]);

/** Opening brackets with the closing ones that belong to them. */
export const closers: ReadonlyMap<TokenType, TokenType> = new Map([
  [LParen, RParen],
  [LSquare, RSquare],
  [LCurly, RCurly],
]);

/** Closing brackets. */
export const closing: ReadonlySet<TokenType> = new Set(closers.values());

const written = [
  Blank,
  LineComment,
  StringLiteral,
  OpenString,
  NumberLiteral,
  Identifier,
  Ellipsis,
  DotDot,
  Dot,
  FatArrow,
  Arrow,
  Write,
  Pipe,
  EqualEqual,
  NotEqual,
  LessEqual,
  GreaterEqual,
  Less,
  Greater,
  Power,
  Star,
  Plus,
  Minus,
  Slash,
  Percent,
  At,
  Equals,
  Comma,
  Semicolon,
  Colon,
  LParen,
  RParen,
  LSquare,
  RSquare,
  LCurly,
  RCurly,
];

/** What the lexer looks for, first match first. */
export const lexedTokens: readonly TokenType[] = written;

/** Everything the rules of the parser may name. */
export const vocabulary: TokenType[] = [
  Name,
  OperandName,
  AssignedName,
  LParenAny,
  LSquareAny,
  PrefixOperator,
  InfixOperator,
  StarAny,
  PowerAny,
  Separator,
  ...written,
  ...keywordTypes.values(),
  NameBeforeEquals,
  NameFirstBeforeEquals,
  NameBeforeArrow,
  DtypeName,
  Hole,
  ElseBeforeIf,
  LParenFirst,
  LSquareFirst,
  MinusFirst,
  StarFirst,
  PowerFirst,
  LambdaParen,
  PatternSquare,
  AttributeAt,
];
