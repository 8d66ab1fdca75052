// Kernels of convolutions and their transposes.
import {
  computed,
  dl,
  expression,
  nextNumber,
  shapeText,
  type Expression,
  type Text,
} from "../expressions.js";
import type { Tf, WindowInfo } from "../tf.js";
import type { Arguments, Kernel, Kernels } from "./kernel.js";
import { cast, transposed } from "./shapes.js";
import { allEqual, bordered, inFormat, slidesOf, spatial, unfolded, type Slide } from "./slides.js";

/** The text of a convolution of `[b c …]` with `[o c …]`: the library's where its one stride and dilation will do. */
function correlated(x: Expression, w: Expression, slides: readonly Slide[], groups: number): Text {
  const [first] = slides;
  const isLibrary = [slides.map((s) => s.stride), slides.map((s) => s.dilation)].every(allEqual);
  if (!isLibrary || !first) return product(x, w, slides, groups);
  const pads = slides.flatMap(({ pads: both }) => both);
  const inside = allEqual(pads) ? x : bordered(x, slides, 0);
  const padding = allEqual(pads) ? (pads[0] ?? 0) : 0;
  return dl`conv${slides.length}d(${inside}, ${w}, stride = ${first.stride}, padding = ${padding}, dilation = ${first.dilation}, groups = ${groups})`;
}

/** Windows times kernels, where each axis has a stride of its own. */
function product(x: Expression, w: Expression, slides: readonly Slide[], groups: number): Text {
  const windows = unfolded(bordered(x, slides, 0), slides);
  const space = slides.map((_, i) => `s${String(i)}`).join(" ");
  const kernel = slides.map((_, i) => `k${String(i)}`).join(" ");
  const parts = dl`rearrange(${windows}, [b (g c) ${space} ${kernel} -> b g c ${space} ${kernel}], g = ${groups})`;
  const kernels = dl`rearrange(${w}, [(g o) c ${kernel} -> g o c ${kernel}], g = ${groups})`;
  const sum = dl`einsum(${parts}, ${kernels}, [b g c ${space} ${kernel}, g o c ${kernel} -> b g o ${space}])`;
  return dl`rearrange(${sum}, [b g o ${space} -> b (g o) ${space}])`;
}

const isChannelsFirst = ({ word }: Arguments): boolean => word("dataFormat").startsWith("NC");

function conv2dInfo(
  args: Arguments,
  tf: Tf,
  inShape: readonly number[],
  isDepthwise: boolean,
): WindowInfo {
  const { attrs } = args;
  const format = tf.backend_util.convertConv2DDataFormat(attrs["dataFormat"] ?? "NHWC");
  const dilations = attrs["dilations"] ?? 1;
  const shape = args.tensor("filter").shape;
  return tf.backend_util.computeConv2DInfo(
    inShape,
    shape,
    attrs["strides"],
    dilations,
    attrs["pad"],
    attrs["dimRoundingMode"],
    isDepthwise,
    format,
  );
}

/** `filter` with its axes as `[out, in, …]`. */
function kernelOf(filter: Expression): Expression {
  const rank = filter.shape.length;
  return transposed(filter, [rank - 1, rank - 2, ...Array.from({ length: rank - 2 }, (_, i) => i)]);
}

function convolved(
  x: Expression,
  w: Expression,
  info: WindowInfo,
  isFirst: boolean,
  groups: number,
): Expression {
  return inFormat(cast(x, "f32"), isFirst, (y) =>
    computed(
      "f32",
      [info.batchSize, w.shape[0] ?? 1, ...spatial(info, isFirst)],
      correlated(y, w, slidesOf(info), groups),
    ),
  );
}

/** A convolution of two dimensions. */
export function convolution(args: Arguments, tf: Tf): Expression {
  const [x, filter] = [args.tensor("x"), cast(args.tensor("filter"), "f32")];
  return convolved(
    x,
    kernelOf(filter),
    conv2dInfo(args, tf, x.shape, false),
    isChannelsFirst(args),
    1,
  );
}

/** A convolution of each channel by itself, with several results for each. */
export function depthwise(args: Arguments, tf: Tf): Expression {
  const [x, filter] = [args.tensor("x"), cast(args.tensor("filter"), "f32")];
  const info = conv2dInfo(args, tf, x.shape, true);
  const [i = 1, j = 1, c = 1, m = 1] = filter.shape;
  const w = computed("f32", [c * m, 1, i, j], dl`rearrange(${filter}, [i j c m -> (c m) 1 i j])`);
  return convolved(x, w, info, isChannelsFirst(args), c);
}

function conv3dInfo(args: Arguments, tf: Tf, inShape: readonly number[]): WindowInfo {
  const { attrs } = args;
  return tf.backend_util.computeConv3DInfo(
    inShape,
    args.tensor("filter").shape,
    attrs["strides"],
    attrs["dilations"] ?? 1,
    attrs["pad"],
  );
}

const convolution3d: Kernel = (args, tf) => {
  const [x, filter] = [args.tensor("x"), args.tensor("filter")];
  return convolved(x, kernelOf(filter), conv3dInfo(args, tf, x.shape), false, 1);
};

/** The transpose of a linear map: its pullback at zero. */
function transposeOf(
  f: (x: Expression) => Expression,
  shape: readonly number[],
  cotangent: Expression,
): Expression {
  const at = computed("f32", shape, dl`zeros(${shapeText(shape)})`);
  const since = nextNumber();
  const pullback = { output: f(at), wrt: [at], cotangent, since };
  const of = expression("f32", [], { kind: "pullback", pullback });
  return expression("f32", shape, { kind: "member", of, index: 0 });
}

/** Stride, border and what is added at the end, where the library's transposed convolution has them for both axes. */
function libraryTransposed(
  slides: readonly Slide[],
  from: readonly number[],
  to: readonly number[],
): Text | undefined {
  const [first] = slides;
  const extra = slides.map(({ size, stride, dilation, pads }, i) => {
    const least = ((to[i] ?? 1) - 1) * stride + dilation * (size - 1) + 1 - 2 * pads[0];
    return (from[i] ?? 1) - least;
  });
  const [more = -1] = extra;
  const settings = [
    slides.map((s) => s.stride),
    slides.map((s) => s.dilation),
    slides.map((s) => s.pads[0]),
    extra,
  ];
  if (!first || !settings.every(allEqual) || more < 0 || more >= first.stride) return undefined;
  return dl`stride = ${first.stride}, padding = ${first.pads[0]}, output_padding = ${more}, dilation = ${first.dilation}`;
}

/** The transposed convolution: the library's where its borders allow, else the pullback of the convolution. */
const transposed2d: Kernel = (args, tf) => {
  const dy = cast(args.tensor("dy"), "f32");
  const inShape = args.numbers("inputShape");
  const info = conv2dInfo(args, tf, inShape, false);
  const isFirst = isChannelsFirst(args);
  const size = isFirst ? inShape.slice(2) : inShape.slice(1, -1);
  const w = kernelOf(args.tensor("filter"));
  const settings = libraryTransposed(slidesOf(info), size, spatial(info, isFirst));
  if (!settings) return transposeOf((x) => convolved(x, w, info, isFirst, 1), inShape, dy);
  const shape = [inShape[0] ?? 1, (isFirst ? inShape[1] : inShape[3]) ?? 1, ...size];
  return inFormat(dy, isFirst, (y) =>
    computed("f32", shape, dl`conv_transpose2d(${y}, ${w}, ${settings})`),
  );
};

const transposed3d: Kernel = (args, tf) => {
  const inShape = args.numbers("inputShape");
  const info = conv3dInfo(args, tf, inShape);
  const w = kernelOf(args.tensor("filter"));
  return transposeOf((x) => convolved(x, w, info, false, 1), inShape, args.tensor("dy"));
};

/** The pullback to the filter. */
const filterGradient =
  (isDepthwise: boolean): Kernel =>
  (args, tf) => {
    const [x, dy] = [args.tensor("x"), args.tensor("dy")];
    const shape = args.numbers("filterShape");
    const make = (filter: Expression): Expression => {
      const inner = { ...args, tensor: (name: string) => (name === "filter" ? filter : x) };
      return isDepthwise ? depthwise(inner, tf) : convolution(inner, tf);
    };
    return transposeOf(make, shape, dy);
  };

const depthwiseInput: Kernel = (args, tf) => {
  const make = (x: Expression): Expression =>
    depthwise({ ...args, tensor: (name: string) => (name === "x" ? x : args.tensor(name)) }, tf);
  return transposeOf(make, args.numbers("inputShape"), args.tensor("dy"));
};

/** Kernels by tfjs's names. */
export const convolutions: Kernels = {
  Conv2D: convolution,
  Conv2DBackpropInput: transposed2d,
  Conv2DBackpropFilter: filterGradient(false),
  Conv3D: convolution3d,
  Conv3DBackpropInputV2: transposed3d,
  DepthwiseConv2dNative: depthwise,
  DepthwiseConv2dNativeBackpropInput: depthwiseInput,
  DepthwiseConv2dNativeBackpropFilter: filterGradient(true),
};
