// Draws tensors, ordinary and adversarial ones, and gives simpler ones in the place of those that fail.
import type { InputSpec } from "../../compiler/ir/program.js";
import { constantOf } from "../../compiler/types/dim.js";
import { isFloat } from "../../compiler/types/dtype.js";
import { countOf, extentsOf, type DrawnTensor } from "./case.js";
import { below, normal, oneOf, type Randomness } from "./random.js";

/** How the elements of a tensor are drawn. */
export type Style = "ordinary" | "zeros" | "whole" | "equal" | "sorted" | "extreme" | "sparse";

/** All of them, the usual ones more than once. */
const styles: readonly [Style, ...Style[]] = [
  "ordinary",
  "ordinary",
  "ordinary",
  "ordinary",
  "whole",
  "whole",
  "zeros",
  "equal",
  "sorted",
  "extreme",
  "extreme",
  "sparse",
];

/** What tensors are drawn with. */
export interface Manner {
  /** Magnitude of large elements, by where they are computed: f32 holds products of what it is given there. */
  readonly large: number;
  /** The styles that are drawn; all where left out. */
  readonly styles?: readonly [Style, ...Style[]];
}

/** A subnormal number of f32. */
const subnormal = 1e-40;

/** A random tensor for an input, in a style of its own. */
export function drawTensor(spec: InputSpec, random: Randomness, manner: Manner): DrawnTensor {
  return drawStyled(spec, oneOf(random, manner.styles ?? styles), random, manner);
}

/** A random tensor in a style. */
export function drawStyled(
  spec: InputSpec,
  style: Style,
  random: Randomness,
  { large }: Manner,
): DrawnTensor {
  const shape = extentsOf(spec);
  const one = elementOf(spec, style, random, large);
  const equal = one();
  const data = Array.from({ length: countOf(shape) }, () => (style === "equal" ? equal : one()));
  if (style === "sorted") data.sort((a, b) => a - b);
  return { dtype: spec.dtype, shape, data: isFloat(spec.dtype) ? data.map(Math.fround) : data };
}

function elementOf(spec: InputSpec, style: Style, random: Randomness, large: number): () => number {
  if (isFloat(spec.dtype)) return floatOf(style, random, large);
  if (style === "zeros") return () => 0;
  if (spec.dtype === "bool") return () => below(random, 2);
  const bound = spec.below && constantOf(spec.below);
  if (bound !== undefined) {
    const edges = [0, Math.max(0, bound - 1)] as const;
    return style === "extreme"
      ? () => oneOf(random, edges)
      : () => below(random, Math.max(1, bound));
  }
  const lowest = spec.dtype === "i32" ? -4 : 0;
  const span = style === "extreme" ? 200 : 9;
  return () => below(random, span) + (style === "extreme" ? lowest * 25 : lowest);
}

function floatOf(style: Style, random: Randomness, large: number): () => number {
  switch (style) {
    case "zeros":
      return () => 0;
    case "whole":
      return () => below(random, 9) - 4;
    case "sparse":
      return () => (below(random, 4) === 0 ? normal(random) : 0);
    case "extreme":
      return () =>
        oneOf(random, [0, subnormal, -subnormal, large, -large, 1, -1, normal(random)] as const);
    default:
      return () => normal(random);
  }
}

/** The same tensor in another shape: what lies in both keeps its elements, counted from the front or from the back of each axis. */
export function fitted(
  spec: InputSpec,
  tensor: DrawnTensor | undefined,
  end: "front" | "back",
): DrawnTensor {
  const shape = extentsOf(spec);
  const old = tensor?.shape ?? [];
  const bound = spec.below && constantOf(spec.below);
  const isLike = old.length === shape.length;
  const data = Array.from({ length: countOf(shape) }, (_, place) => {
    const index = indexOf(shape, place).map((at, axis) => {
      const shift = (old[axis] ?? 0) - (shape[axis] ?? 0);
      return end === "front" ? at : at + shift;
    });
    const from = isLike ? placeIn(old, index) : place;
    const value = (from === undefined ? undefined : tensor?.data[from]) ?? 0;
    return bound === undefined ? value : Math.min(value, Math.max(0, bound - 1));
  });
  return { dtype: spec.dtype, shape, data };
}

/** The index along each axis of a row-major place. */
export function indexOf(shape: readonly number[], place: number): readonly number[] {
  const index: number[] = [];
  let rest = place;
  for (const extent of [...shape].reverse()) {
    index.unshift(rest % extent);
    rest = Math.floor(rest / extent);
  }
  return index;
}

function placeIn(shape: readonly number[], index: readonly number[]): number | undefined {
  let place = 0;
  for (const [axis, at] of index.entries()) {
    const extent = shape[axis] ?? 1;
    if (at < 0 || at >= extent) return undefined;
    place = place * extent + at;
  }
  return place;
}

/** How many elements are made simpler one by one. */
const mostElements = 48;

/** Simpler tensors of the same shape, the simplest first. */
export function* simplerTensors(tensor: DrawnTensor): Generator<DrawnTensor> {
  const { data } = tensor;
  const busy = data.flatMap((x, i) => (x === 0 ? [] : [i]));
  if (busy.length === 0) return;
  const changed = (at: readonly number[], to: (x: number) => number): DrawnTensor => {
    const chosen = new Set(at);
    return { ...tensor, data: data.map((x, i) => (chosen.has(i) ? to(x) : x)) };
  };
  yield changed(busy, () => 0);
  for (let parts = 2; parts <= 8 && parts <= busy.length; parts *= 2) {
    const size = Math.ceil(busy.length / parts);
    for (let at = 0; at < busy.length; at += size) {
      yield changed(busy.slice(at, at + size), () => 0);
    }
  }
  for (const place of busy.slice(0, mostElements)) yield changed([place], () => 0);
  if (tensor.dtype === "bool") return;
  const plain = (x: number): number => (Math.abs(x) > 1 ? Math.trunc(x) : Math.sign(x));
  const odd = busy.filter((i) => plain(data[i] ?? 0) !== data[i]);
  if (odd.length > 0) yield changed(odd, plain);
  for (const place of odd.slice(0, mostElements)) yield changed([place], plain);
  const big = busy.filter((i) => Math.abs(data[i] ?? 0) > 1);
  if (big.length > 0) yield changed(big, Math.sign);
  for (const place of big.slice(0, mostElements)) yield changed([place], Math.sign);
}
