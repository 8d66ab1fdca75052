// Repairs of operators and calls: operands and arguments transposed, or in another order.
import { unparen, type Call, type Expr, type Module, type Node } from "../../grammar/index.js";
import { textOf, type Span } from "../../grammar/source.js";
import type { Proposal } from "../diagnostics/index.js";
import { draft, isKind, nodesAround, type Draft, type Surroundings } from "./surroundings.js";

/** Each operand of the expression, or the argument, with a transpose more or less. */
export function transposeDrafts(at: Span, { module }: Surroundings): readonly Draft[] {
  const { operands, own } = around(module, at);
  return (own ? [own] : operands.toReversed()).map((operand) => {
    const { file, start, end } = operand.span;
    const text = textOf(operand.span);
    const isTransposed = operand.kind === "member" && operand.name.name === "T";
    const bare = isTransposed ? textOf(operand.object.span) : text;
    const title = isTransposed ? "leave out the transpose of" : "transpose";
    return draft(
      `${title} \`${short(bare)}\``,
      file,
      [start, end],
      isTransposed ? bare : attached(operand, ".T"),
    );
  });
}

/** The two operands exchanged, or the argument exchanged with each other one that is given by its place. */
export function swapDrafts(at: Span, { module }: Surroundings): readonly Draft[] {
  const { operands, own } = around(module, at);
  const [first] = operands;
  const mine = own ?? (operands.length === 2 ? first : undefined);
  if (!mine) return [];
  return operands
    .filter((other) => other !== mine && textOf(other.span) !== textOf(mine.span))
    .map((other) => ({
      title: `exchange \`${short(textOf(mine.span))}\` and \`${short(textOf(other.span))}\``,
      edits: [
        { span: mine.span, text: textOf(other.span) },
        { span: other.span, text: textOf(mine.span) },
      ],
    }));
}

/** Something around one operand: the one that is written so. */
export function wrapDrafts(
  wrap: Proposal & { readonly kind: "wrap" },
  { module }: Surroundings,
): readonly Draft[] {
  const { title, at, operand: name, before, after, isAlternative } = wrap;
  const { operands, own } = around(module, at);
  const operand = [...operands, ...(own ? [own] : [])].find((o) => textOf(o.span) === name);
  if (!operand) return [];
  const { file, start, end } = operand.span;
  const text = before === "" ? attached(operand, after) : `${before}${name}${after}`;
  const made = draft(title, file, [start, end], text);
  return [isAlternative ? { ...made, isAlternative } : made];
}

/** The operands of an operator or the arguments of a call; `own` is the one that stands at the place itself. */
interface Operands {
  readonly operands: readonly Expr[];
  readonly own?: Expr;
}

function around(module: Module, at: Span): Operands {
  const nodes = nodesAround(module, at.start, at.end);
  const call = nodes
    .filter((n): n is Call => isKind(n, "call"))
    .findLast(({ args }) => args.some((a) => isAt(a, at) || isAt(a.value, at)));
  if (call) {
    const own = call.args.find((a) => isAt(a, at) || isAt(a.value, at))?.value;
    const operands = call.args.flatMap((a) => (a.name && a.value !== own ? [] : [a.value]));
    return { operands, ...(own ? { own } : {}) };
  }
  const whole = nodes.findLast((n) => isAt(n, at) && isKind(n, "binary", "call", "paren"));
  return { operands: whole ? operandsOf(whole as Expr) : [] };
}

function operandsOf(expr: Expr): readonly Expr[] {
  const inner = unparen(expr);
  if (inner.kind === "binary") return [inner.left, inner.right];
  return inner.kind === "call" ? inner.args.map((a) => a.value) : [];
}

const isAt = ({ span }: Node, at: Span): boolean => span.start === at.start && span.end === at.end;

/** An expression with a suffix: in parentheses unless it is one already. */
export function attached(expr: Expr, suffix: string): string {
  const isOne = ["name", "member", "call", "index", "paren"].includes(expr.kind);
  const text = textOf(expr.span);
  return isOne ? `${text}${suffix}` : `(${text})${suffix}`;
}

/** A piece of source as a message shows it. */
export const short = (text: string): string => {
  const line = text.replace(/\s+/g, " ");
  return line.length <= 32 ? line : `${line.slice(0, 29)}...`;
};
