// Windows that slide over axes: their geometry, their text, and the order of axes that they need.
import { dl, type Expression, type Text } from "../expressions.js";
import type { WindowInfo } from "../tf.js";
import { padded, transposed } from "./shapes.js";

/** One axis over which windows slide. */
export interface Slide {
  readonly size: number;
  readonly stride: number;
  readonly dilation: number;
  readonly pads: readonly [number, number];
}

/** The axes of a geometry, first to last. */
export function slidesOf(info: WindowInfo): readonly Slide[] {
  const { padInfo: pad } = info;
  const planes = [
    slide(
      info.filterHeight,
      info.strideHeight,
      info.dilationHeight,
      [pad.top, pad.bottom],
      info.inHeight,
      info.outHeight,
    ),
    slide(
      info.filterWidth,
      info.strideWidth,
      info.dilationWidth,
      [pad.left, pad.right],
      info.inWidth,
      info.outWidth,
    ),
  ];
  const { filterDepth, strideDepth = 1, dilationDepth = 1, inDepth = 1, outDepth = 1 } = info;
  if (filterDepth === undefined) return planes;
  return [
    slide(filterDepth, strideDepth, dilationDepth, [pad.front, pad.back], inDepth, outDepth),
    ...planes,
  ];
}

/** An axis whose border reaches as far as its last window does, where the number of windows was not rounded down. */
function slide(
  size: number,
  stride: number,
  dilation: number,
  [before, after]: readonly [number, number],
  from: number,
  to: number,
): Slide {
  const reach = (to - 1) * stride + dilation * (size - 1) + 1;
  return { size, stride, dilation, pads: [before, Math.max(after, reach - from - before)] };
}

/** Input with its borders. */
export function bordered(x: Expression, slides: readonly Slide[], value: number): Expression {
  return slides.reduce((y, { pads }, i) => padded(y, i + 2, pads, value), x);
}

/** Whether numbers are all the same. */
export const allEqual = (numbers: readonly number[]): boolean =>
  numbers.every((n) => n === numbers[0]);

/** Windows over the axes after the second, their places as last axes. */
export const unfolded = (x: Expression, slides: readonly Slide[]): Text =>
  slides.reduce<Text>(
    (text, { size, stride, dilation }, i) =>
      dl`unfold(${text}, axis = ${i + 2}, size = ${size}, stride = ${stride}, dilation = ${dilation})`,
    dl`${x}`,
  );

const channelsFirst = (rank: number): number[] => [
  0,
  rank - 1,
  ...Array.from({ length: rank - 2 }, (_, i) => i + 1),
];
const channelsLast = (rank: number): number[] => [
  0,
  ...Array.from({ length: rank - 2 }, (_, i) => i + 2),
  1,
];

/** A function of channels-first tensors, of an operand in the order of the format. */
export function inFormat(
  x: Expression,
  isFirst: boolean,
  f: (x: Expression) => Expression,
): Expression {
  if (isFirst) return f(x);
  return transposed(f(transposed(x, channelsFirst(x.shape.length))), channelsLast(x.shape.length));
}

/** The sizes of the axes over which windows slide. */
export const spatial = (info: WindowInfo, isFirst: boolean): number[] =>
  isFirst ? info.outShape.slice(2) : info.outShape.slice(1, -1);
