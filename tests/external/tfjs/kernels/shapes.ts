// Shapes of results, broadcasting as tfjs does it, and names of axes in patterns.
import {
  computed,
  dl,
  shapeText,
  type ElementType,
  type Expression,
  type Text,
} from "../expressions.js";

/** The shape that shapes broadcast to. */
export function broadcastShape(shapes: readonly (readonly number[])[]): number[] {
  const rank = Math.max(...shapes.map((s) => s.length));
  return Array.from({ length: rank }, (_, i) =>
    Math.max(...shapes.map((s) => s[i - rank + s.length] ?? 1)),
  );
}

/** A reshaped expression; itself where nothing changes. */
export function reshaped(x: Expression, shape: readonly number[]): Expression {
  if (String(x.shape) === String(shape) && x.shape.length === shape.length) return x;
  return computed(x.dtype, shape, dl`reshape(${x}, [${shape.join(", ")}])`);
}

/** Operands of equal rank: where ranks differ the language stretches only the shorter one. */
export function aligned(xs: readonly Expression[]): readonly Expression[] {
  const rank = Math.max(...xs.map((x) => x.shape.length));
  const needs = xs.some((x) => x.shape.length !== rank && x.shape.length > 0);
  if (!needs) return xs;
  return xs.map((x) =>
    x.shape.length === 0
      ? x
      : reshaped(x, [...Array<number>(rank - x.shape.length).fill(1), ...x.shape]),
  );
}

/** An elementwise result of operands that broadcast. */
export function elementwise(
  dtype: ElementType,
  xs: readonly Expression[],
  text: (...operands: Expression[]) => Text,
): Expression {
  const shape = broadcastShape(xs.map((x) => x.shape));
  return computed(dtype, shape, text(...aligned(xs)));
}

/** The result of a function of one operand that keeps its type. */
export const like = (x: Expression, text: Text, dtype: ElementType = x.dtype): Expression =>
  computed(dtype, x.shape, text);

/** An operand of another element type. */
export function cast(x: Expression, dtype: ElementType): Expression {
  if (x.dtype === dtype) return x;
  if (dtype === "bool") return like(x, dl`${x} != 0`, "bool");
  return like(x, dl`cast(${x}, ${dtype})`, dtype);
}

/** An operand repeated to a shape that it broadcasts to. */
export function broadcast(x: Expression, shape: readonly number[]): Expression {
  if (String(x.shape) === String(shape) && x.shape.length === shape.length) return x;
  const of = shapeText(shape, x.dtype);
  const text = x.dtype === "bool" ? dl`${x} and full(${of}, true)` : dl`${x} + zeros(${of})`;
  return computed(x.dtype, shape, text);
}

/** Different names for the axes of patterns; `start` leaves out those in use. */
export const axisNames = (count: number, start = 0): string[] =>
  Array.from({ length: count }, (_, i) => `n${String(start + i)}`);

/** Axes counted from the front, in order. */
export const frontAxes = (axes: readonly number[], rank: number): number[] =>
  [...new Set(axes.map((axis) => (axis < 0 && axis >= -rank ? axis + rank : axis)))].sort(
    (a, b) => a - b,
  );

/** An axis order as a pattern. */
export function transposed(x: Expression, perm: readonly number[]): Expression {
  if (perm.every((axis, i) => axis === i)) return x;
  const names = axisNames(perm.length);
  const shape = perm.map((axis) => x.shape[axis] ?? 1);
  const after = perm.map((axis) => names[axis] ?? "").join(" ");
  return computed(x.dtype, shape, dl`rearrange(${x}, [${names.join(" ")} -> ${after}])`);
}

/** Part of one axis: `count` elements from `start` in steps. */
export function cut(
  x: Expression,
  axis: number,
  start: number,
  count: number,
  step = 1,
): Expression {
  const size = x.shape[axis] ?? 1;
  if (start === 0 && step === 1 && count === size) return x;
  const shape = x.shape.map((n, i) => (i === axis ? count : n));
  const before = ":, ".repeat(axis);
  const range = `${String(start)}:${String(start + (count - 1) * step + 1)}${step === 1 ? "" : `:${String(step)}`}`;
  const after = ", :".repeat(x.shape.length - axis - 1);
  return computed(x.dtype, shape, dl`${x}[${before}${range}${after}]`);
}

/** An axis in reverse order, or several. */
export function flipped(x: Expression, axes: readonly number[]): Expression {
  if (axes.length === 0) return x;
  return like(
    x,
    dl`flip(${x}, axis = ${axes.length === 1 ? String(axes[0]) : `(${axes.join(", ")})`})`,
  );
}

/** Operands one after the other along an axis. */
export function concatenated(xs: readonly Expression[], axis: number): Expression {
  const [first, ...others] = xs;
  if (!first) throw new Error("nothing to concatenate");
  if (others.length === 0) return first;
  const size = xs.reduce((sum, x) => sum + (x.shape[axis] ?? 1), 0);
  const shape = first.shape.map((n, i) => (i === axis ? size : n));
  const list = others.reduce<Text>((all, x) => dl`${all}, ${x}`, dl`${first}`);
  return computed(first.dtype, shape, dl`concat(${list}, axis = ${axis})`);
}

/** One axis with elements of one value before and after. */
export function padded(
  x: Expression,
  axis: number,
  [before, after]: readonly [number, number],
  value = 0,
): Expression {
  if (before === 0 && after === 0) return x;
  const shape = x.shape.map((n, i) => (i === axis ? n + before + after : n));
  if (x.dtype === "bool") return cast(padded(cast(x, "i32"), axis, [before, after], value), "bool");
  return computed(
    x.dtype,
    shape,
    dl`pad(${x}, axis = ${axis}, before = ${before}, after = ${after}, value = ${value})`,
  );
}
