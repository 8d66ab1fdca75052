// Expressions as Prettier documents, with the blocks, statements and types inside them.
import type { Doc } from "prettier";
import { builders } from "prettier/doc";
import type {
  Arg,
  Block,
  DimItem,
  Expr,
  Ident,
  If,
  IndexItem,
  Pattern,
  PatternAxis,
  Statement,
  TypeExpr,
} from "../ast.js";
import { comparisonLevel, infix, prefixLevel, type InfixRow } from "../tokens.js";
import { unparen } from "../walk.js";
import type { Comments } from "./comments.js";
import { assigned, empty, list, stack } from "./layout.js";

const { group, hardline, indent, line, softline } = builders;

type Of<Kind extends Expr["kind"]> = Extract<Expr, { kind: Kind }>;

const rows: ReadonlyMap<string, InfixRow> = new Map(
  [...infix.values()].map((row) => [row.operator, row]),
);

const levelOf = (operator: string): number => rows.get(operator)?.level ?? 0;

const pipeLevel = levelOf("|>");
const powerLevel = levelOf("**");
/** Above all operators: calls, indices, members and what needs no parentheses at all. */
const tight = powerLevel + 1;

/** How tightly an expression holds together; the lower, the more places need parentheses around it. */
function level(expr: Expr): number {
  if (expr.kind === "binary") return levelOf(expr.operator);
  if (expr.kind === "pipe") return pipeLevel;
  if (expr.kind === "unary") return prefixLevel[expr.operator];
  if (
    expr.kind === "lambda" ||
    expr.kind === "range" ||
    expr.kind === "if" ||
    expr.kind === "block"
  )
    return 0;
  return tight;
}

const isOperation = (expr: Expr): boolean => level(expr) < tight;

/** An expression where a whole value stands: parentheses around it say nothing. */
export function printExpr(c: Comments, expr: Expr): Doc {
  const inner = unparen(expr);
  return c.with(inner, printBare(c, inner));
}

/** An expression in front of an opening brace: one that ends in braces itself stands in parentheses. */
export function printHead(c: Comments, expr: Expr, before: Doc = ""): Doc {
  const inner = unparen(expr);
  const doc = printBare(c, inner);
  const isWrapped = inner.kind !== "range" && level(inner) === 0;
  return c.with(inner, isWrapped ? ["(", doc, ")"] : doc, before);
}

/** An operand: in parentheses where they are needed, or where the author wrote them around an operation. */
function printOperand(c: Comments, expr: Expr, least: number): Doc {
  const inner = unparen(expr);
  const isNeeded = level(inner) < least;
  const isKept = expr.kind === "paren" && isOperation(inner);
  const doc = printExpr(c, inner);
  return isNeeded || isKept ? group(["(", indent([softline, doc]), softline, ")"]) : doc;
}

function printBare(c: Comments, expr: Expr): Doc {
  switch (expr.kind) {
    case "number":
      return expr.text;
    case "bool":
      return String(expr.value);
    case "name":
      return expr.name;
    case "string":
      return `"${expr.value}"`;
    case "error":
      return "";
    case "paren":
      return printExpr(c, expr.inner);
    case "member":
    case "call":
    case "index":
      return printPostfix(c, expr);
    case "unary":
      return [
        expr.operator === "not" ? "not " : "-",
        printOperand(c, expr.operand, prefixLevel[expr.operator]),
      ];
    case "binary":
      return printBinary(c, expr);
    case "pipe":
      return printPipe(c, expr);
    case "if":
      return printIf(c, expr);
    case "block":
      return group(printBlock(c, expr));
    case "lambda":
      return group([printNames(expr.params), " => ", printExpr(c, expr.body)]);
    case "tuple":
      return printTuple(c, expr);
    case "list":
      return printItems(c, ["[", "]"], expr.items, expr);
    case "comprehension":
      return printComprehension(c, expr);
    case "range":
      return [printHead(c, expr.start), "..", printHead(c, expr.end)];
    case "pattern":
      return printPattern(expr);
    case "type":
      return printType(c, expr.type);
  }
}

const printItems = (
  c: Comments,
  brackets: readonly [string, string],
  items: readonly Expr[],
  holder: Expr,
): Doc =>
  list(
    c,
    brackets,
    items.map((item) => ({ node: unparen(item), doc: printExpr(c, item) })),
    holder,
  );

function printTuple(c: Comments, expr: Of<"tuple">): Doc {
  const [only] = expr.items;
  if (expr.items.length === 1 && only) return ["(", printExpr(c, only), ",)"];
  return printItems(c, ["(", ")"], expr.items, expr);
}

/** `(a, b)` of names that carry no comments. */
export const printNames = (names: readonly Ident[]): Doc => [
  "(",
  names.map(({ name }) => name).join(", "),
  ")",
];

function printComprehension(c: Comments, expr: Of<"comprehension">): Doc {
  const iterable = unparen(expr.iterable);
  c.startsLine(iterable);
  const loop = c.with(iterable, printBare(c, iterable), ["for ", expr.variable.name, " in "]);
  return group(["[", indent([softline, printExpr(c, expr.body), line, loop]), softline, "]"]);
}

/** Calls, indices and members, in a loop: such chains may be long. */
function printPostfix(c: Comments, expr: Expr): Doc {
  const parts: Doc[] = [];
  let base = expr;
  for (;;) {
    if (base.kind === "call") {
      parts.push(printArgs(c, base.args, base));
      base = base.callee;
    } else if (base.kind === "index") {
      const items = base.items.map((item) => ({ node: item, doc: printIndexItem(c, item) }));
      parts.push(list(c, ["[", "]"], items, base));
      base = base.object;
    } else if (base.kind === "member") {
      parts.push(["." + base.name.name]);
      base = base.object;
    } else if (base.kind === "paren" && !isOperation(unparen(base))) base = base.inner;
    else break;
  }
  return [printOperand(c, base, tight), ...parts.reverse()];
}

/** `(a, b, key = c)`. */
export function printArgs(c: Comments, args: readonly Arg[], holder: Expr | TypeExpr): Doc {
  return list(
    c,
    ["(", ")"],
    args.map((arg) => ({ node: arg, doc: printArg(c, arg) })),
    holder,
  );
}

function printArg(c: Comments, arg: Arg): Doc {
  const value = printExpr(c, arg.value);
  return c.with(arg, arg.name ? [arg.name.name, " = ", value] : value);
}

function printIndexItem(c: Comments, item: IndexItem): Doc {
  if (item.kind === "rest") return c.with(item, "...");
  if (item.kind === "at") return c.with(item, printExpr(c, item.value));
  const { start, stop, step } = item;
  const ends = [start, stop, step].filter((end) => end !== undefined);
  // As in `pos : pos + T`: blanks keep a sum from reading as if it were a bound of its own.
  const isAiry = ends.length > 1 && ends.some((end) => unparen(end).kind === "binary");
  const part = (end: Expr | undefined, isFirst: boolean): Doc => {
    if (!end) return "";
    const doc = printExpr(c, end);
    return isAiry && !isFirst ? [" ", doc] : doc;
  };
  const colon = isAiry && start ? " :" : ":";
  const tail = step ? [isAiry ? " :" : ":", part(step, false)] : "";
  return c.with(item, [part(start, true), colon, part(stop, false), tail]);
}

/** Operands of one binding level side by side, broken behind their operators. */
function printBinary(c: Comments, expr: Of<"binary">): Doc {
  const own = levelOf(expr.operator);
  if (expr.operator === "**") {
    const [base, power] = [
      printOperand(c, expr.left, tight),
      printOperand(c, expr.right, prefixLevel["-"]),
    ];
    return [base, " ** ", power];
  }
  const rest: Doc[] = [];
  let left: Expr = expr;
  while (left.kind === "binary" && levelOf(left.operator) === own) {
    c.startsLine(unparen(left.right));
    rest.push([" ", left.operator, line, printOperand(c, left.right, own + 1)]);
    if (own === comparisonLevel) {
      left = left.left;
      break;
    }
    left = left.left;
  }
  const first = printOperand(c, left, own === comparisonLevel ? own + 1 : own);
  return group([first, indent(rest.reverse())]);
}

/** `x |> f |> g`, one step a line if it does not fit on one. */
function printPipe(c: Comments, expr: Of<"pipe">): Doc {
  const rest: Doc[] = [];
  let left: Expr = expr;
  while (left.kind === "pipe") {
    const target = unparen(left.right);
    const isPlain =
      target.kind === "name" ||
      target.kind === "member" ||
      target.kind === "call" ||
      target.kind === "index";
    const doc = isPlain ? printBare(c, target) : ["(", printBare(c, target), ")"];
    c.startsLine(target);
    rest.push([line, c.with(target, doc, "|> ")]);
    left = left.left;
  }
  return group([printOperand(c, left, pipeLevel + 1), indent(rest.reverse())]);
}

// ------------------------------------------------------------- blocks and conditions

/** `{ … }` without a group of its own; broken if the author broke it behind the brace. */
export function printBlock(c: Comments, block: Block): Doc {
  const count = block.statements.length + (block.value ? 1 : 0);
  if (count === 0) return empty(c, ["{", "}"], block);
  const isBroken = count > 1 || c.isBrokenAfter(block.span.start + 1);
  const gap = isBroken ? hardline : line;
  return ["{", indent([gap, printStatements(c, block)]), gap, "}"];
}

function printIf(c: Comments, expr: If): Doc {
  const parts: Doc[] = [];
  let link: If | Block | undefined = expr;
  while (link?.kind === "if") {
    const then = c.with(link.then, printBlock(c, link.then));
    parts.push("if ", printHead(c, link.condition), " ", then);
    if (link.otherwise) parts.push(" else ");
    link = link.otherwise;
  }
  if (link) parts.push(c.with(link, printBlock(c, link)));
  return group(parts);
}

// ------------------------------------------------------------------------ statements

/** What stands between the braces of a block. */
function printStatements(c: Comments, block: Block): Doc {
  const lines = block.statements.map((node) => ({ node, doc: printStatement(c, node) }));
  const value = block.value ? unparen(block.value) : undefined;
  return stack(c, value ? [...lines, { node: value, doc: printExpr(c, value) }] : lines);
}

/** One statement with its comments. */
export function printStatement(c: Comments, statement: Statement): Doc {
  return c.with(statement, printBareStatement(c, statement));
}

function printBareStatement(c: Comments, statement: Statement): Doc {
  switch (statement.kind) {
    case "let":
    case "var": {
      const { names, isTuple, annotation, value } = statement;
      const target = isTuple ? printNames(names) : (names[0]?.name ?? "");
      const type = annotation ? [": ", printType(c, annotation)] : "";
      return [statement.kind, " ", target, type, assigned(c, value, printExpr(c, value))];
    }
    case "assign":
      return [statement.name.name, assigned(c, statement.value, printExpr(c, statement.value))];
    case "write":
      return group([
        printExpr(c, statement.target),
        " <-",
        indent([line, printExpr(c, statement.value)]),
      ]);
    case "for": {
      const head = ["for ", statement.variable.name, " in ", printHead(c, statement.iterable), " "];
      return group([head, c.with(statement.body, printBlock(c, statement.body))]);
    }
    case "assert":
      return ["assert ", printExpr(c, statement.condition)];
    case "expression":
      return printExpr(c, statement.value);
  }
}

// -------------------------------------------------------------------- types and patterns

/** A type, as it stands behind a colon or an arrow. */
export function printType(c: Comments, type: TypeExpr): Doc {
  switch (type.kind) {
    case "kind":
      return type.name;
    case "like":
      return ["like ", type.of.name];
    case "layer-type":
      return [type.name.name, type.args ? printArgs(c, type.args, type) : ""];
    case "tuple-type": {
      const field = ({ name, type: of }: (typeof type.fields)[number]): Doc =>
        name ? [name.name, ": ", printType(c, of)] : printType(c, of);
      return list(
        c,
        ["(", ")"],
        type.fields.map((item) => ({ node: item.type, doc: c.with(item.type, field(item)) })),
        type,
      );
    }
    case "tensor-type": {
      const dims = type.dims.map((dim) => ({ node: anchorOf(dim), doc: printDim(c, dim) }));
      return [type.dtype?.name ?? "", list(c, ["[", "]"], dims, type)];
    }
  }
}

const anchorOf = (dim: DimItem): DimItem => (dim.kind === "pack" ? dim : unparen(dim));

function printDim(c: Comments, dim: DimItem): Doc {
  return dim.kind === "pack" ? c.with(dim, ["...", dim.name?.name ?? ""]) : printExpr(c, dim);
}

function printPattern({ inputs, output }: Pattern): Doc {
  const sides = [inputs.map(printAxes).join(", "), "->", printAxes(output)];
  return `[${sides.filter((side) => side !== "").join(" ")}]`;
}

const printAxes = (axes: readonly PatternAxis[]): string => axes.map(printAxis).join(" ");

function printAxis(axis: PatternAxis): string {
  switch (axis.kind) {
    case "axis":
      return axis.name;
    case "unit":
      return String(axis.size);
    case "rest":
      return "...";
    case "group":
      return `(${printAxes(axis.axes)})`;
  }
}
