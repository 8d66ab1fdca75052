// Kernels that take the largest or the mean of each window.
import { axesText, computed, dl, shapeText, type Expression, type Text } from "../expressions.js";
import type { Tf, WindowInfo } from "../tf.js";
import type { Arguments, Kernel, Kernels } from "./kernel.js";
import { cast, transposed } from "./shapes.js";
import { bordered, inFormat, slidesOf, spatial, unfolded } from "./slides.js";

/** Largest or mean element of each window; borders count as nothing. */
const pool =
  (kind: "max" | "mean", dims: 2 | 3): Kernel =>
  (args, tf) => {
    const given = args.tensor("x");
    const info = poolInfo(args, tf, given, dims);
    const slides = slidesOf(info);
    const axes = axesText(slides.map((_, i) => i + 2 + dims));
    const isFirst = dims === 3 && args.attrs["dataFormat"] === "NCDHW";
    const out = inFormat(cast(given, "f32"), isFirst, (x) => {
      const shape = [info.batchSize, info.outChannels, ...spatial(info, isFirst)];
      if (kind === "max")
        return computed(
          "f32",
          shape,
          dl`max(${unfolded(bordered(x, slides, -3e38), slides)}, axis = ${axes})`,
        );
      const sums = dl`sum(${unfolded(bordered(x, slides, 0), slides)}, axis = ${axes})`;
      const ones = computed("f32", x.shape, dl`ones(${shapeText(x.shape)})`);
      const counts = dl`sum(${unfolded(bordered(ones, slides, 0), slides)}, axis = ${axes})`;
      return computed("f32", shape, dl`${sums} / max(${counts}, 1)`);
    });
    return cast(out, given.dtype);
  };

function poolInfo({ attrs }: Arguments, tf: Tf, x: Expression, dims: 2 | 3): WindowInfo {
  const [size, strides, pad, mode] = [
    attrs["filterSize"],
    attrs["strides"],
    attrs["pad"],
    attrs["dimRoundingMode"],
  ];
  const dilations = attrs["dilations"] ?? 1;
  return dims === 2
    ? tf.backend_util.computePool2DInfo(x.shape, size, strides, dilations, pad, mode)
    : tf.backend_util.computePool3DInfo(
        x.shape,
        size,
        strides,
        dilations,
        pad,
        mode,
        attrs["dataFormat"] ?? "NDHWC",
      );
}

/** The largest element of each window and its place in the image. */
const maxWithPlace: Kernel = (args, tf) => {
  const x = args.tensor("x");
  const { attrs } = args;
  const info = tf.backend_util.computePool2DInfo(
    x.shape,
    attrs["filterSize"],
    attrs["strides"],
    [1, 1],
    attrs["pad"],
  );
  const slides = slidesOf(info);
  const [, height = 1, width = 1, channels = 1] = x.shape;
  const [first] = x.shape;
  const count = slides.reduce((n, { size }) => n * size, 1);
  const shape = [first ?? 1, channels, ...info.outShape.slice(1, 3)];
  const value = transposed(x, [0, 3, 1, 2]);
  const flat = (text: Text): Text => dl`reshape(${text}, [${shape.join(", ")}, ${count}])`;
  const windows = computed(
    "f32",
    [...shape, count],
    flat(unfolded(bordered(value, slides, -3e38), slides)),
  );
  const batch =
    attrs["includeBatchInIndex"] === true
      ? dl`reshape(iota(${first ?? 1}), [${first ?? 1}, 1, 1, 1]) * ${height * width * channels} + `
      : dl``;
  const numbers = computed(
    "f32",
    value.shape,
    dl`cast(${batch}(reshape(iota(${height}), [1, 1, ${height}, 1]) * ${width} + reshape(iota(${width}), [1, 1, 1, ${width}])) * ${channels} + reshape(iota(${channels}), [1, ${channels}, 1, 1]) + zeros(i32[${value.shape.join(", ")}]), f32)`,
  );
  const places = computed(
    "f32",
    [...shape, count],
    flat(unfolded(bordered(numbers, slides, 0), slides)),
  );
  const best = dl`one_hot(argmax(${windows}, axis = -1), ${count})`;
  const place = computed("i32", shape, dl`cast(sum(${places} * ${best}, axis = -1), i32)`);
  const largest = computed("f32", shape, dl`max(${windows}, axis = -1)`);
  return [transposed(largest, [0, 2, 3, 1]), transposed(place, [0, 2, 3, 1])];
};

/** Morphological dilation: the largest sum of a window and a filter. */
const dilation: Kernel = (args, tf) => {
  const [x, filter] = [args.tensor("x"), args.tensor("filter")];
  const { attrs } = args;
  const info = tf.backend_util.computeDilation2DInfo(
    x.shape,
    filter.shape,
    attrs["strides"],
    attrs["pad"],
    "NHWC",
    attrs["dilations"],
  );
  const slides = slidesOf(info);
  const w = transposed(filter, [2, 0, 1]);
  const [c = 1, i = 1, j = 1] = w.shape;
  const float = cast(x, "f32");
  const out = inFormat(float, false, (y) => {
    const shape = [info.batchSize, info.outChannels, ...spatial(info, false)];
    const windows = unfolded(bordered(y, slides, -1e30), slides);
    return computed(
      "f32",
      shape,
      dl`max(${windows} + reshape(${cast(w, "f32")}, [${c}, 1, 1, ${i}, ${j}]), axis = (4, 5))`,
    );
  });
  return cast(out, x.dtype);
};

/** Kernels by tfjs's names. */
export const pooling: Kernels = {
  MaxPool: pool("max", 2),
  AvgPool: pool("mean", 2),
  MaxPool3D: pool("max", 3),
  AvgPool3D: pool("mean", 3),
  MaxPoolWithArgmax: maxWithPlace,
  Dilation2D: dilation,
};
