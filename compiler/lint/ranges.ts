// Between which numbers the elements of a value lie, for all inputs and parameters.
import type { Value } from "../ir/op.js";
import { scalarBuilder, variable, type ScalarExpr } from "../scalar/expr.js";
import { cover, everything, rangeOfScalar, type Range } from "../scalar/range.js";
import { int } from "../types/dim.js";
import { isFloat } from "../types/dtype.js";

/** How far operands are followed: beyond, nothing is known, which is always right. */
const farthest = 24;

/** The scalar function of a pointwise value; its variables are the numbers of its operands. */
export function bodyOf({ op, operands, attrs, type }: Value): ScalarExpr | undefined {
  if (op.lower.kind !== "pointwise") return undefined;
  const args = operands.map((o, i) => variable(String(i), o.type.dtype));
  const at = type.shape.map(() => int(0));
  return op.lower.body(scalarBuilder(at, int(0)), args, attrs);
}

/** An interval that contains every element of a value. */
export const rangeOf = (value: Value): Range => rangeAt(value, farthest, new Map());

function rangeAt(value: Value, depth: number, known: Map<Value, Range>): Range {
  const found = known.get(value);
  if (found) return found;
  const range = depth === 0 ? everything : computed(value, depth - 1, known);
  known.set(value, range);
  return range;
}

function computed(value: Value, depth: number, known: Map<Value, Range>): Range {
  const { op, operands, attrs, type } = value;
  if (type.dtype === "bool") return { low: 0, high: 1 };
  const under = (v: Value | undefined): Range => (v ? rangeAt(v, depth, known) : everything);
  switch (op.lower.kind) {
    case "pointwise": {
      const body = bodyOf(value);
      return body ? rangeOfScalar(body, (name) => under(operands[Number(name)])) : everything;
    }
    case "view": {
      const { fill } = op.lower;
      const filled = fill ? [{ low: fill(attrs), high: fill(attrs) }] : [];
      // Integer operands say where to look and are no part of the result.
      const sources = operands.filter((o) => o.type.dtype === type.dtype && isFloat(type.dtype));
      return sources.length === 0 ? everything : cover([...sources.map(under), ...filled]);
    }
    case "reduce":
      return reduced(op.lower.monoid.name, under(operands[0]));
    case "contract": {
      const isPositive = operands.every((o) => under(o).low >= 0);
      return isPositive ? { low: 0, high: Infinity } : everything;
    }
    default:
      return everything;
  }
}

function reduced(monoid: "sum" | "prod" | "max" | "min", x: Range): Range {
  if (monoid === "max" || monoid === "min") return x;
  const isUnit = monoid === "prod" && x.low >= 0 && x.high <= 1;
  if (isUnit) return { low: 0, high: 1 };
  if (monoid === "prod") return x.low >= 0 ? { low: 0, high: Infinity } : everything;
  return { low: x.low >= 0 ? 0 : -Infinity, high: x.high <= 0 ? 0 : Infinity };
}
