// Kernels that resize images: products with matrices of weights, and rows chosen by number.
import { computed, dl, type Expression, type Text } from "../expressions.js";
import type { Arguments, Kernel, Kernels } from "./kernel.js";
import { cast } from "./shapes.js";

/** How places of the result map to places of the image. */
interface Scale {
  readonly from: number;
  readonly to: number;
  readonly ratio: number;
  readonly isCentred: boolean;
}

function scaleOf({ attrs }: Arguments, from: number, to: number): Scale {
  const isAligned = attrs["alignCorners"] === true && to > 1;
  const ratio = isAligned ? (from - 1) / (to - 1) : from / to;
  return { from, to, ratio, isCentred: attrs["halfPixelCenters"] === true };
}

/** Rows of weights of the two nearest places. */
function weights({ from, to, ratio, isCentred }: Scale): Expression {
  const place: Text = isCentred
    ? dl`(cast(iota(${to}), f32) + 0.5) * ${ratio} - 0.5`
    : dl`cast(iota(${to}), f32) * ${ratio}`;
  const clamped = computed(
    "f32",
    [to, 1],
    dl`reshape(min(max(${place}, 0), ${from - 1}), [${to}, 1])`,
  );
  return computed(
    "f32",
    [to, from],
    dl`max(1 - abs(${clamped} - reshape(cast(iota(${from}), f32), [1, ${from}])), 0)`,
  );
}

const bilinear: Kernel = (args) => {
  const x = cast(args.tensor("images"), "f32");
  const [b = 1, h = 1, w = 1, c = 1] = x.shape;
  const [y2 = 1, x2 = 1] = args.numbers("size");
  const [down, across] = [weights(scaleOf(args, h, y2)), weights(scaleOf(args, w, x2))];
  return computed(
    "f32",
    [b, y2, x2, c],
    dl`einsum(${down}, ${x}, ${across}, [p y, b y x c, q x -> b p q c])`,
  );
};

/** The number of the nearest place for each place of the result. */
function nearest(scale: Scale, isAligned: boolean): Expression {
  const { from, to, ratio, isCentred } = scale;
  // Halves go up here, and no product of a ratio may fall short of a whole number.
  const half = isAligned ? 0.5 : 1e-5;
  const shift = isCentred ? 0.5 : 0;
  return computed(
    "i32",
    [to],
    dl`cast(min(floor((cast(iota(${to}), f32) + ${shift}) * ${ratio} + ${half}), ${from - 1}), i32)`,
  );
}

const nearestNeighbor: Kernel = (args) => {
  const x = args.tensor("images");
  const [b = 1, h = 1, w = 1, c = 1] = x.shape;
  const [y2 = 1, x2 = 1] = args.numbers("size");
  const isAligned = args.attrs["alignCorners"] === true;
  const [rows, columns] = [
    nearest(scaleOf(args, h, y2), isAligned),
    nearest(scaleOf(args, w, x2), isAligned),
  ];
  return computed(
    x.dtype,
    [b, y2, x2, c],
    dl`gather(gather(${x}, ${rows}, axis = 1), ${columns}, axis = 2)`,
  );
};

/** Kernels by tfjs's names. */
export const images: Kernels = {
  ResizeBilinear: bilinear,
  ResizeNearestNeighbor: nearestNeighbor,
};
