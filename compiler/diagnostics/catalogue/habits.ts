// What users of other languages write, and what stands for it here: rows that look at the place of a syntax problem.
import type { SyntaxProblem } from "../../../grammar/ast.js";
import { lineText, positionOf, type Span } from "../../../grammar/source.js";
import { nearest } from "../suggest.js";

/** The mistake itself, where that is not the place at which it was noticed, and what to write. */
export interface Habit {
  readonly at: Span;
  readonly hint: string;
}

/** A habit by the line before and behind the place of a problem; a group `at` in either moves the end of that side. */
interface Row {
  readonly before?: RegExp;
  readonly behind?: RegExp;
  /** Only where this was expected. */
  readonly expected?: string;
  /** Only while this was read. */
  readonly during?: string;
  readonly hint: string;
}

const block = "blocks stand in braces: `{ … }`";
const lambda = "functions without a name are written `(x) => x * x`";
const whole = "a `var` is assigned as a whole: `y = y + x`";
const result = "the type of a result stands behind `->`";
const importing = 'imports are written `import { Linear } from "std/nn"`';
const choice = "a choice is written `if c { a } else { b }`";
const equality = "equality is written `==`";
const tensorType = "tensor types are written `[B, D]`, with an element type `f16[B, D]`";

const declarations: readonly Row[] = [
  {
    behind: /^(?:def|func|function|fun|proc)\b/,
    expected: "a declaration",
    hint: "functions begin with `fn`",
  },
  {
    behind: /^(?:def|func|function|fun|proc)\b/,
    expected: "a member",
    hint: "functions begin with `fn`",
  },
  {
    before: /^\s*(?<at>def|func|function|fun|proc)\s+$/,
    during: "a field",
    hint: "functions begin with `fn`",
  },
  {
    behind: /^(?:class|struct|module|network)\b/,
    expected: "a declaration",
    hint: "layers begin with `layer`, what is built by itself with `model`",
  },
  {
    behind: /^(?:export|pub|public)\b/,
    expected: "a declaration",
    hint: "every top-level declaration can be imported; no word says so",
  },
  { behind: /^from\b/, expected: "a declaration", hint: importing },
  { before: /^\s*import\s+$/, behind: /^(?<at>\w+)/, hint: importing },
  {
    behind: /^(?:let|var)\b/,
    expected: "a declaration",
    hint: "a value at the top level begins with `const`",
  },
  {
    behind: /^(?:let|var|const)\b/,
    expected: "a member",
    hint: "a static value of a layer needs no keyword: `K = D / H`",
  },
  {
    behind: /^const\b/,
    expected: "a statement",
    hint: "a value inside of a block begins with `let`",
  },
  {
    before: /^\s*(?<at>\w+)\s*$/,
    behind: /^:/,
    during: "a field",
    hint: "a tensor of a layer begins with `param` if it is trained, else with `state`",
  },
  {
    before: /^\s*(?<at>\w+)\s*$/,
    behind: /^\(.*->/,
    during: "a field",
    hint: "a function of a layer begins with `fn`",
  },
  {
    before: /^\s*(?:param|state)\s.*:.*\S\s+$/,
    behind: /^\w/,
    expected: "the end of the line",
    hint: "the initialiser stands behind `=`",
  },
  { behind: /^:\s*(?:\/\/.*)?$/, hint: block },
  { behind: /^(?::|=>)/, expected: "`->`", hint: result },
  {
    before: /:\s*(?<at>[A-Za-z_][\w.]*)\s*$/,
    behind: /^[<[]/,
    during: "parameters",
    hint: tensorType,
  },
  {
    before: /->\s*(?<at>[A-Za-z_][\w.]*)\s*$/,
    behind: /^[<[]/,
    during: "a function",
    hint: tensorType,
  },
  {
    behind: /^\*{1,2}/,
    during: "a parameter",
    hint: "the number of arguments is fixed",
  },
];

const statements: readonly Row[] = [
  {
    before: /(?:^|[{;])\s*(?<at>return)\s+$/,
    hint: "the value of a block is its last expression, without `return`",
  },
  {
    before: /(?:^|[{;])\s*(?<at>while|loop)\s+$/,
    hint: "loops have a known number of steps: `for i in 0..n { … }`",
  },
  {
    before: /^\s*\w+\s*\[.*\]\s*$/,
    behind: /^=[^=]/,
    expected: "the end of the line",
    hint: "a part of a state is written with `<-`",
  },
  {
    before: /\b(?:let|var)\s+\w+\s*$/,
    behind: /^,/,
    hint: "several names stand in parentheses: `let (a, b) = f(x)`",
  },
  { before: /(?<at>[-+*/@])$/, behind: /^(?<at>=)/, hint: whole },
  { before: /(?<at>[-+])$/, behind: /^(?<at>[-+])/, hint: whole },
  { before: /\+(?<at>\+)\s*$/, hint: whole },
  { before: /\b(?:let|var)\s+\w+\s*$/, behind: /^==/, hint: "a value is given by a single `=`" },
  { before: /(?<at>:)$/, behind: /^(?<at>=)/, hint: "a value is given by `=`" },
  { behind: /^(?:elif|elsif|elseif)\b/, hint: "further cases begin with `else if`" },
  { before: /\bif\b[^{]*$/, behind: /^=(?!=)/, expected: "`{`", hint: equality },
  { before: /\bwhere\b[^=]*[^=<>!](?<at>=)[^=].*$/, behind: /^=/, hint: equality },
  {
    before: /\{\s*\w+\s*$/,
    behind: /^:/,
    during: "a block",
    hint: "braces hold the lines of a block",
  },
];

const expressions: readonly Row[] = [
  { behind: /^is\b/, hint: equality },
  { before: /\S\s+$/, behind: /^if\b.*\belse\b/, expected: "the end of the line", hint: choice },
  { before: /(?<at>\blambda)\s*$/, hint: lambda },
  { behind: /^->/, during: "the arguments of a call", hint: lambda },
  {
    before: /[(,]\s*\w+\s*$/,
    behind: /^:/,
    during: "the arguments of a call",
    hint: "named arguments are written `axis = 1`",
  },
  { before: /(?<at>@)$/, behind: /^(?<at>@)/, hint: "a matrix product is written `a @ b`" },
  {
    behind: /^,/,
    during: "an axis pattern",
    hint: "blanks separate the axes of a pattern: `[b t -> t b]`",
  },
  {
    before: /\[\s*\w+\s+$/,
    behind: /^\w[\w\s,]*\]/,
    during: "the arguments of a call",
    hint: "a pattern has an arrow, `[b t -> t b]`; commas separate sizes, `[B, T]`",
  },
  { before: /\d\.\d+(?<at>\.)$/, behind: /^\d/, hint: "a number has one decimal point" },
];

const marks: readonly Row[] = [
  { behind: /^&/, hint: "both together are written `a and b`" },
  { behind: /^\|/, hint: "one or the other is written `a or b`" },
  { behind: /^!/, hint: "the opposite is written `not a`" },
  { behind: /^\^/, hint: "powers are written `x ** 2`" },
  { behind: /^\?/, hint: choice },
  { behind: /^#/, hint: "comments begin with `//`" },
  { behind: /^\/\*/, hint: "comments begin with `//`, on every line" },
  {
    behind: /^"""/,
    hint: "documentation stands above a declaration, in lines that begin with `///`",
  },
  { behind: /^['‘’“”„]/, hint: 'strings stand in straight double quotes: `"std/nn"`' },
  { behind: /^[–—−]/, hint: "the minus sign is `-`" },
  { behind: /^[×·∗]/, hint: "multiplication is written `*`" },
  { behind: /^[≤≥≠]/, hint: "comparisons are written `<=`, `>=` and `!=`" },
  { behind: /^[→⇒]/, hint: "arrows are written `->` and `=>`" },
  { behind: /^\$/, hint: "names consist of letters, digits and `_`" },
];

const rows: readonly Row[] = [...declarations, ...statements, ...expressions];

/** The habit behind a syntax problem, if its place shows one. */
export function habitOf(problem: SyntaxProblem): Habit | undefined {
  const { code, span } = problem;
  const known = code === "illegal-character" ? marks : code === "unexpected-token" ? rows : [];
  if (known.length === 0) return undefined;
  const { line, column } = positionOf(span.file, span.start);
  const text = lineText(span.file, line);
  for (const row of known) {
    const at = placeOf(row, problem, text, column - 1);
    if (at) return { at, hint: row.hint };
  }
  return code === "unexpected-token" ? misspelt(problem, text, column - 1) : undefined;
}

function placeOf(row: Row, problem: SyntaxProblem, line: string, column: number): Span | undefined {
  const { span, expected, during } = problem;
  if (row.expected !== undefined && !expected.includes(row.expected)) return undefined;
  if (row.during !== undefined && row.during !== during) return undefined;
  const left = line.slice(0, column);
  const before = matched(row.before, left);
  const behind = matched(row.behind, line.slice(column));
  if (before === undefined || behind === undefined) return undefined;
  const offset = span.start - column;
  const start = before === "" ? span.start : offset + left.lastIndexOf(before);
  if (behind !== "") return { ...span, start, end: span.start + behind.length };
  return before === "" ? span : { ...span, start, end: start + before.length };
}

/** The group `at` of a match, empty where there is none; undefined where the text does not match. */
function matched(seen: RegExp | undefined, text: string): string | undefined {
  if (!seen) return "";
  const match = seen.exec(text);
  return match ? (match.groups?.["at"] ?? "") : undefined;
}

/** Words that begin a line, for those that were misspelt. */
const leading: readonly string[] = [
  ...["import", "const", "fn", "layer", "model", "adapter", "optimizer", "train", "property"],
  ...["param", "state", "init", "let", "var", "for", "assert"],
  ...["adapt", "quantize", "freeze", "group", "metrics"],
];

/** A first word that is nearly a keyword, noticed at that word or at the one behind it. */
function misspelt({ span }: SyntaxProblem, line: string, column: number): Habit | undefined {
  const first = /^(\s*)([A-Za-z_]\w*)\s+(?=[A-Za-z_"{(*])/.exec(line);
  const [all = "", indent = "", word = ""] = first ?? [];
  if (word === "" || leading.includes(word)) return undefined;
  if (column !== indent.length && column !== all.length) return undefined;
  const [near] = nearest(word, leading);
  if (near === undefined) return undefined;
  const start = span.start - column + indent.length;
  return {
    at: { ...span, start, end: start + word.length },
    hint: `the nearest keyword is \`${near}\``,
  };
}
