// Sums, products and extremes of all elements up to each along an axis, by blocks, so that work grows with the axis and not with its square.
import type { Value } from "../ir/op.js";
import * as dims from "../types/dim.js";
import type { Dim } from "../types/dim.js";
import { fill, spread, sum } from "./broadcast.js";
import { labelsOf, squeeze, triangle } from "./build.js";
import { ge, select } from "./compare.js";
import { contract } from "./contract.js";
import { add, cast, maximum, minimum, mul } from "./elementwise.js";
import { iotaOf } from "./leaf.js";
import { reshape } from "./movement.js";
import { max, min, prod } from "./reduce.js";
import { item } from "./rules.js";
import { pad, sliceAxis } from "./slice.js";

const { int } = dims;

/** Each reduction with what joins two of its results. */
const combinations = {
  sum: { reduce: sum, join: add },
  prod: { reduce: prod, join: mul },
  max: { reduce: max, join: maximum },
  min: { reduce: min, join: minimum },
} as const;

/** How elements come together. */
export type Combination = keyof typeof combinations;

/** Elements of a block, inside of which each element meets all others. */
const block = 64;

/** What all elements up to each of an axis make together: `64 * n` steps for `n` elements, and `(n / 64) ** 2` where `n` is free. */
export const running = (x: Value, axis: number, how: Combination): Value =>
  byBlocks(x, axis, how, dims.constantOf(item(x.type.shape, axis)) === undefined ? 1 : Infinity);

/** In `levels` of blocks, where there are so many elements: inside of each block, then over what whole blocks make. */
function byBlocks(x: Value, axis: number, how: Combination, levels: number): Value {
  const { shape } = x.type;
  const size = item(shape, axis);
  if (levels === 0 || (dims.constantOf(size) ?? Infinity) <= block) return directly(x, axis, how);
  const count = dims.ceilDiv(size, int(block));
  const lack = dims.sub(dims.scale(count, block), size);
  const padded = padAxis(x, axis, [int(0), lack], how);
  const split = [...shape.slice(0, axis), count, int(block), ...shape.slice(axis + 1)];
  const inside = directly(reshape(padded, { shape: split }), axis + 1, how);
  const whole = squeeze(sliceAxis(inside, axis + 1, int(block - 1), int(1)), [axis + 1]);
  const upTo = byBlocks(whole, axis, how, levels - 1);
  const before = sliceAxis(padAxis(upTo, axis, [int(1), int(0)], how), axis, int(0), count);
  const all = combinations[how].join(spread(before, split, [axis + 1]), inside);
  return sliceAxis(reshape(all, { shape: padded.type.shape }), axis, int(0), size);
}

/** By a triangle that is never stored: `n * n` steps for `n` elements. */
function directly(x: Value, axis: number, how: Combination): Value {
  const { shape, dtype } = x.type;
  const size = item(shape, axis);
  if (how === "sum") {
    const mask = cast(triangle(x.graph, size, size, 0), { dtype });
    const labels = labelsOf(shape.length);
    const along = labels.charAt(axis);
    return contract(x, mask, { left: labels, right: `Z${along}`, out: labels.replace(along, "Z") });
  }
  const wide = [...shape.slice(0, axis), size, ...shape.slice(axis)];
  const each = spread(x, wide, [axis]);
  const last = iotaOf(x.graph, wide, axis, "i32");
  const isBefore = ge(last, iotaOf(x.graph, wide, axis + 1, "i32"));
  const parts = select(isBefore, each, fill(x.graph, neutralOf(how, x), dtype, wide));
  return combinations[how].reduce(parts, { axes: [axis + 1] });
}

/** What changes nothing that it is joined with. */
function neutralOf(how: Combination, x: Value): number {
  const { lower } = combinations[how].reduce.op;
  return lower.kind === "reduce" ? lower.monoid.identity(x.type.dtype) : 0;
}

function padAxis(
  x: Value,
  axis: number,
  [before, after]: readonly [Dim, Dim],
  how: Combination,
): Value {
  const zeros = x.type.shape.map(() => int(0));
  const sides = { low: zeros.with(axis, before), high: zeros.with(axis, after) };
  return pad(x, { ...sides, interior: zeros.map(() => 0), value: neutralOf(how, x) });
}
