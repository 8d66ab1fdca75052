// Evaluates operators on static numbers, conditions and tensors.
import type { BinaryOperator, Expr } from "../../grammar/ast.js";
import type { Span } from "../../grammar/source.js";
import { names, dtypeFaults, limits, shapes } from "../diagnostics/index.js";
import { InternalError } from "../ir/internal-error.js";
import type { Value } from "../ir/op.js";
import * as ops from "../ops/index.js";
import type { TensorType } from "../types/tensor.js";
import { alignedPair, alignShapes, matmul, wholePower } from "../ops/build.js";
import type { Dim } from "../types/dim.js";
import { isFloat, type Dtype } from "../types/dtype.js";
import type { Context } from "./context.js";
import { exactly, powerExcess } from "./exact.js";
import {
  UNKNOWN,
  describe,
  floatOf,
  type Meaning,
  type NumberMeaning,
  type Scope,
} from "./meaning.js";
import { compareNumbers, isComparison, joined, negated as opposite } from "./conditions.js";
import { arithmetic, negated } from "./numbers.js";
import { refusesPackInProduct } from "./packs.js";

type Binary = Expr & { kind: "binary" };

/** A chain of operators is walked along its left spine in a loop: it may be longer than the stack is deep. */
export function evaluateBinary(ctx: Context, scope: Scope, expr: Binary): Meaning {
  const spine: Binary[] = [];
  let left: Expr = expr;
  while (left.kind === "binary") {
    spine.push(left);
    left = left.left;
  }
  let meaning = ctx.evaluate(scope, left);
  for (const node of spine.reverse()) {
    meaning = combine(ctx, node, meaning, ctx.evaluate(scope, node.right));
    if (node !== expr) ctx.note(scope, node, meaning);
  }
  return meaning;
}

export function evaluateUnary(ctx: Context, scope: Scope, expr: Expr & { kind: "unary" }): Meaning {
  const operand = ctx.evaluate(scope, expr.operand);
  if (operand.kind === "unknown") return UNKNOWN;
  if (expr.operator === "not") {
    if (operand.kind === "bool") return opposite(operand);
    if (operand.kind === "tensor") return ctx.emit(expr.span, () => ops.not(operand.value));
  } else {
    if (operand.kind === "number") {
      const result = negated(operand);
      const value =
        ctx.concrete && isOpen(result) && asTensor(ctx, operand, ctx.float, expr.operand.span);
      return value ? ctx.emit(expr.span, () => ops.neg(value)) : result;
    }
    if (operand.kind === "tensor") return ctx.emit(expr.span, () => ops.neg(operand.value));
  }
  const expected = expr.operator === "not" ? "a condition" : "a number or a tensor";
  return ctx.report(names.wrongKind({ at: expr.operand.span, expected, found: describe(operand) }));
}

function combine(ctx: Context, node: Binary, left: Meaning, right: Meaning): Meaning {
  if (left.kind === "unknown" || right.kind === "unknown") return UNKNOWN;
  if (left.kind === "tensor" || right.kind === "tensor") return tensors(ctx, node, left, right);
  return statics(ctx, node, left, right) ?? wrongOperand(ctx, node, left, right);
}

/** Numbers with numbers, conditions with conditions, dtypes compared; undefined for any other pair. */
function statics(ctx: Context, node: Binary, left: Meaning, right: Meaning): Meaning | undefined {
  if (left.kind === "number" && right.kind === "number") return numbers(ctx, node, left, right);
  if (left.kind === "bool" && right.kind === "bool") {
    return joined(node.operator, left, right);
  }
  if (left.kind === "dtype" && right.kind === "dtype" && isEquality(node.operator)) {
    return { kind: "bool", value: (left.dtype === right.dtype) === (node.operator === "==") };
  }
  return undefined;
}

function wrongOperand(ctx: Context, node: Binary, left: Meaning, right: Meaning): Meaning {
  const isLeftFine = left.kind === "number" || left.kind === "bool";
  const [found, expr] = isLeftFine ? [right, node.right] : [left, node.left];
  const expected = "a number or a tensor";
  return ctx.report(names.wrongKind({ at: expr.span, expected, found: describe(found) }));
}

const isEquality = (operator: BinaryOperator): boolean => operator === "==" || operator === "!=";

function numbers(ctx: Context, node: Binary, a: NumberMeaning, b: NumberMeaning): Meaning {
  const { operator } = node;
  if (isComparison(operator)) return compareNumbers(ctx, operator, a, b);
  if (operator === "and" || operator === "or" || operator === "@") {
    const expected = operator === "@" ? "a tensor" : "a condition";
    return ctx.report(names.wrongKind({ at: node.left.span, expected, found: "a number" }));
  }
  const excess = powerExcess(operator, a, b);
  if (excess) return ctx.report(limits.numberTooLarge({ at: node.span, what: excess }));
  const result = arithmetic(operator, a, b);
  if (result && ctx.concrete && isOpen(result)) {
    // A float that depends on a size known only at run time is computed there.
    const left = asTensor(ctx, a, ctx.float, node.left.span);
    return left ? tensors(ctx, node, { kind: "tensor", value: left }, b) : UNKNOWN;
  }
  if (result) return exactly(ctx, result, node.span);
  return ctx.report(shapes.divisionByZero({ at: node.span }));
}

/** Whether nothing says what a number is: neither its value nor the sizes it is made of. */
const isOpen = (n: NumberMeaning): boolean => !n.dim && !n.ratio && n.value === undefined;

const ELEMENTWISE = {
  "+": ops.add,
  "-": ops.sub,
  "*": ops.mul,
  "/": ops.div,
  "%": ops.rem,
  "==": ops.eq,
  "!=": ops.ne,
  "<": ops.lt,
  "<=": ops.le,
  ">": ops.gt,
  ">=": ops.ge,
  and: ops.and,
  or: ops.or,
} as const;

function tensors(ctx: Context, node: Binary, left: Meaning, right: Meaning): Meaning {
  const { operator } = node;
  if (operator === "**" && left.kind === "tensor" && right.kind === "number") {
    return power(ctx, node.span, left.value, right);
  }
  const pair = tensorPair(ctx, [left, node.left.span], [right, node.right.span]);
  if (!pair) return UNKNOWN;
  if (operator === "@") {
    return left.kind === right.kind ? product(ctx, node, pair) : wrongFactor(ctx, node, left);
  }
  const apply = operator === "**" ? ops.pow : ELEMENTWISE[operator];
  if (!alignedShape(ctx, node.span, ...pair)) return UNKNOWN;
  const result = ctx.emit(node.span, () => apply(...alignedPair(...pair)));
  if (isComparison(operator)) noteComparison(ctx, result, pair);
  return result;
}

function noteComparison(
  { asserted }: Context,
  result: Meaning,
  [left, right]: readonly [Value, Value],
): void {
  if (result.kind === "tensor") asserted?.compare({ result: result.value, left, right });
}

function product(ctx: Context, node: Binary, pair: readonly [Value, Value]): Meaning {
  if (refusesPackInProduct(ctx, pair, [node.left.span, node.right.span])) return UNKNOWN;
  return ctx.emit(node.span, () => matmul(...pair));
}

/** A number beside `@`, which sums over axes. */
function wrongFactor(ctx: Context, node: Binary, left: Meaning): Meaning {
  const at = left.kind === "tensor" ? node.right.span : node.left.span;
  return ctx.report(
    names.wrongKind({ at, expected: "a tensor with axes", found: "a number", wanted: "`@`" }),
  );
}

/** The shape that two operands take together; reports the types of both where they do not align axis by axis. */
export function alignedShape(
  ctx: Context,
  at: Span,
  a: Value,
  b: Value,
): readonly Dim[] | undefined {
  const aligned = alignShapes(a.type.shape, b.type.shape);
  const operand = (
    v: Value,
    otherwise: string,
  ): { readonly name: string; readonly type: TensorType } => ({
    name: ctx.mentionOf(v)?.text ?? otherwise,
    type: v.type,
  });
  const sides = { at, left: operand(a, "left"), right: operand(b, "right") };
  if ("problem" in aligned) {
    ctx.reportAbout([a, b], shapes.broadcast(sides));
    return undefined;
  }
  if (aligned.requires.every((r) => ctx.accepts(ctx.prove(r)))) return aligned.shape;
  ctx.reportAbout([a, b], shapes.broadcast({ ...sides, facts: ctx.facts }));
  return undefined;
}

/** Both operands as tensors of one dtype: a static takes the dtype of the tensor it meets. */
export function tensorPair(
  ctx: Context,
  left: readonly [Meaning, Span],
  right: readonly [Meaning, Span],
): [Value, Value] | undefined {
  const like =
    left[0].kind === "tensor"
      ? left[0].value
      : right[0].kind === "tensor"
        ? right[0].value
        : undefined;
  if (!like) return undefined;
  const a = asTensor(ctx, left[0], like.type.dtype, left[1]);
  const b = asTensor(ctx, right[0], like.type.dtype, right[1]);
  if (!a || !b) return undefined;
  if (a.type.dtype === b.type.dtype) return [a, b];
  ctx.report(
    dtypeFaults.mismatch({
      at: { ...left[1], end: Math.max(left[1].end, right[1].end) },
      left: { name: ctx.mentionOf(a)?.text ?? "left", type: a.type },
      right: { name: ctx.mentionOf(b)?.text ?? "right", type: b.type },
    }),
  );
  return undefined;
}

/** A meaning as a tensor: static numbers and conditions become constants of the wanted dtype. */
export function asTensor(
  ctx: Context,
  meaning: Meaning,
  dtype: Dtype,
  span: Span,
): Value | undefined {
  if (meaning.kind === "tensor") return meaning.value;
  if (meaning.kind === "number") return numberTensor(ctx, meaning, dtype, span);
  if (meaning.kind === "bool" && dtype === "bool")
    return ops.constantOf(ctx.graph, Number(meaning.value ?? true), "bool");
  if (meaning.kind !== "unknown") {
    ctx.report(names.wrongKind({ at: span, expected: "a tensor", found: describe(meaning) }));
  }
  return undefined;
}

function numberTensor(ctx: Context, n: NumberMeaning, dtype: Dtype, span: Span): Value | undefined {
  const value = floatOf(n);
  const isWhole = n.dim !== undefined && !n.ratio;
  if (!isFloat(dtype) && !isWhole && (value === undefined || !Number.isInteger(value))) {
    ctx.report(
      dtypeFaults.literal({
        at: span,
        dtype,
        value: value === undefined ? "a float" : String(value),
      }),
    );
    return undefined;
  }
  const { graph } = ctx;
  if (value !== undefined) return ops.constantOf(graph, value, dtype);
  if (n.ratio) {
    const [num, den] = n.ratio;
    return ops.div(ops.extentOf(graph, num, dtype), ops.extentOf(graph, den, dtype));
  }
  if (n.dim) return ops.extentOf(graph, n.dim, dtype);
  // A float that only the use of the declaration will know; its value does not matter to types.
  if (ctx.concrete) throw new InternalError("a static number without a value", [span]);
  return ops.constantOf(graph, 0.5, dtype);
}

/** `x ** n`: small whole powers are products, because `pow` of a negative base is not to be trusted on devices. */
function power(ctx: Context, span: Span, base: Value, exponent: NumberMeaning): Meaning {
  const n = floatOf(exponent);
  if (n === 0.5) return ctx.emit(span, () => ops.sqrt(base));
  if (n !== undefined && Number.isInteger(n) && Math.abs(n) <= 64) {
    return ctx.emit(span, () => wholePower(base, n));
  }
  const right = numberTensor(ctx, exponent, base.type.dtype, span);
  return right ? ctx.emit(span, () => ops.pow(...alignedPair(base, right))) : UNKNOWN;
}
