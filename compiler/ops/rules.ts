// Combinators for type rules: what operands must be like, as data.
import type { Place, Problem, Requirement, Typing } from "../ir/op.js";
import { constantOf, same, show, type Dim } from "../types/dim.js";
import { isFloat, isInteger, type Dtype } from "../types/dtype.js";
import { sameShape, showType, type TensorType } from "../types/tensor.js";

/** What a type rule answers. */
export type Answer = Typing | Problem;

/** A type with what must hold for it. */
export const typed = (
  dtype: Dtype,
  shape: readonly Dim[],
  requires: readonly Requirement[] = [],
): Typing => ({ type: { dtype, shape }, ...(requires.length > 0 ? { requires } : {}) });

/** A refusal at some operands or axes. */
export const refuse = (
  problem: string,
  at: readonly Place[],
  facts: Readonly<Record<string, string>> = {},
): Problem => ({ problem, at, facts });

const kinds = {
  float: { accepts: isFloat, text: "a float" },
  number: { accepts: (d: Dtype) => d !== "bool", text: "a number" },
  signed: { accepts: (d: Dtype) => isFloat(d) || d === "i32", text: "a signed number" },
  integer: { accepts: isInteger, text: "an integer" },
  bool: { accepts: (d: Dtype) => d === "bool", text: "a boolean" },
  any: { accepts: () => true, text: "anything" },
} as const;

/** A class of dtypes that an operand may have. */
export type DtypeClass = keyof typeof kinds;

/** Refuses an operand whose dtype is outside the class. */
export function wrongDtype(
  operand: number,
  type: TensorType,
  kind: DtypeClass,
): Problem | undefined {
  const { accepts, text } = kinds[kind];
  if (accepts(type.dtype)) return undefined;
  return refuse("wrong-dtype", [{ operand }], { found: type.dtype, wanted: text });
}

/** Refuses two operands of different dtypes. */
export function differentDtypes(
  left: number,
  a: TensorType,
  right: number,
  b: TensorType,
): Problem | undefined {
  if (a.dtype === b.dtype) return undefined;
  const facts = { left: showType(a), right: showType(b) };
  return refuse("dtype-mismatch", [{ operand: left }, { operand: right }], facts);
}

/** What makes two dims equal: nothing when they are, a refusal when they are different numbers, else a requirement. */
export function equal(
  code: string,
  left: Dim,
  right: Dim,
  at: readonly Place[],
): readonly Requirement[] | Problem {
  if (same(left, right)) return [];
  if (constantOf(left) !== undefined && constantOf(right) !== undefined) {
    return refuse(code, at, { left: show(left), right: show(right) });
  }
  return [{ code, relation: "==", left, right, at }];
}

/** What makes `left <= right`. */
export function atMost(
  code: string,
  left: Dim,
  right: Dim,
  at: readonly Place[],
): readonly Requirement[] | Problem {
  const [l, r] = [constantOf(left), constantOf(right)];
  if (same(left, right)) return [];
  if (l === undefined || r === undefined) return [{ code, relation: "<=", left, right, at }];
  return l <= r ? [] : refuse(code, at, { left: show(left), right: show(right) });
}

/** Puts requirements together; the first refusal wins. */
export function all(
  parts: readonly (readonly Requirement[] | Problem)[],
): readonly Requirement[] | Problem {
  const requires: Requirement[] = [];
  for (const part of parts) {
    if ("problem" in part) return part;
    requires.push(...part);
  }
  return requires;
}

/** The type, if its requirements are no refusal. */
export const typedIf = (
  dtype: Dtype,
  shape: readonly Dim[],
  requires: readonly Requirement[] | Problem,
): Answer => ("problem" in requires ? requires : typed(dtype, shape, requires));

/** What gives two operands the same shape. */
export function equalShapes(
  left: number,
  a: TensorType,
  right: number,
  b: TensorType,
): readonly Requirement[] | Problem {
  if (sameShape(a.shape, b.shape)) return [];
  if (a.shape.length !== b.shape.length) {
    const facts = { left: showType(a), right: showType(b) };
    return refuse("rank-mismatch", [{ operand: left }, { operand: right }], facts);
  }
  return all(
    a.shape.map((d, axis) => {
      const at = [
        { operand: left, axis },
        { operand: right, axis },
      ];
      return equal("shape-mismatch", d, b.shape[axis] ?? d, at);
    }),
  );
}

/** `f(x)` has the type of `x`, which must be of a class. */
export const likeOperand =
  (kind: DtypeClass) =>
  ([x]: readonly [TensorType]): Answer =>
    wrongDtype(0, x, kind) ?? { type: x };

/** `f(a, b)` has the type that both operands share, or a boolean of that shape. */
export const likeBoth =
  (kind: DtypeClass, result?: Dtype) =>
  ([a, b]: readonly [TensorType, TensorType]): Answer =>
    wrongDtype(0, a, kind) ??
    differentDtypes(0, a, 1, b) ??
    typedIf(result ?? a.dtype, a.shape, equalShapes(0, a, 1, b));

/** Refuses axes that are out of range or repeated. */
export function badAxes(
  operand: number,
  type: TensorType,
  axes: readonly number[],
): Problem | undefined {
  const rank = type.shape.length;
  const wrong = axes.find((axis, i) => !(axis >= 0 && axis < rank) || axes.indexOf(axis) !== i);
  if (wrong === undefined) return undefined;
  return refuse("axis-out-of-range", [{ operand }], { axis: String(wrong), type: showType(type) });
}

/** Refuses an operand of another rank. */
export function wrongRank(operand: number, type: TensorType, rank: number): Problem | undefined {
  if (type.shape.length === rank) return undefined;
  return refuse("rank-mismatch", [{ operand }], { wanted: String(rank), type: showType(type) });
}

/** The element at an index that exists. */
export function item<T>(list: readonly T[], index: number): T {
  const found = list[index];
  if (found === undefined)
    throw new RangeError(`no element ${String(index)} of ${String(list.length)}`);
  return found;
}

/** The list without the elements at some places. */
export const without = <T>(list: readonly T[], places: readonly number[]): T[] =>
  list.filter((_, i) => !places.includes(i));
