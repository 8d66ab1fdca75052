// Kernels that multiply and sum: matrix products, Einstein sums, normalisation, and what tfjs fuses with them.
import { computed, dl, listed, OutsideLanguage, type Expression } from "../expressions.js";
import type { Arguments, Kernel, Kernels } from "./kernel.js";
import { aligned, axisNames, broadcastShape, cast, elementwise, like } from "./shapes.js";
import { convolution, depthwise } from "./convolutions.js";

/** The last two axes exchanged where a flag says so. */
function turned(x: Expression, flag: unknown): Expression {
  if (flag !== true) return x;
  const rank = x.shape.length;
  const shape = [...x.shape.slice(0, -2), x.shape[rank - 1] ?? 1, x.shape[rank - 2] ?? 1];
  return computed(x.dtype, shape, dl`${x}.T`);
}

function product({ tensor, attrs }: Arguments): Expression {
  const { dtype } = tensor("a");
  const [left, right] = [cast(tensor("a"), "f32"), cast(tensor("b"), "f32")];
  const [a, b] = [turned(left, attrs["transposeA"]), turned(right, attrs["transposeB"])];
  const [l, r] = aligned([a, b]);
  if (!l || !r) throw new Error("a product has two operands");
  const batch = broadcastShape([l.shape.slice(0, -2), r.shape.slice(0, -2)]);
  const shape = [...batch, l.shape.at(-2) ?? 1, r.shape.at(-1) ?? 1];
  return cast(computed("f32", shape, dl`${l} @ ${r}`), dtype);
}

const einsum: Kernel = ({ tensors, attrs }) => {
  const [left = "", right = ""] = String(attrs["equation"]).replaceAll(" ", "").split("->");
  const letters = left.split(",");
  const sizes = new Map(
    letters.flatMap((axes, i) => [...axes].map((l, j) => [l, tensors[i]?.shape[j] ?? 1] as const)),
  );
  const spelled = (axes: string): string => [...axes].map((l) => l.toLowerCase()).join(" ");
  const shape = [...right].map((l) => sizes.get(l) ?? 1);
  const floats = tensors.map((x) => cast(x, "f32"));
  const pattern = `[${letters.map(spelled).join(", ")} -> ${spelled(right)}]`;
  const sum = computed("f32", shape, dl`einsum(${listed(floats)}, ${pattern})`);
  return cast(sum, tensors[0]?.dtype ?? "f32");
};

/** What follows a product in one kernel: bias and activation. */
function finished(y: Expression, args: Arguments): Expression {
  const bias = args.optional("bias");
  const weights = args.optional("preluActivationWeights");
  const sum = bias
    ? elementwise(y.dtype, [y, channelsOf(bias, y, args)], (a, b) => dl`${a} + ${b}`)
    : y;
  const activation = args.word("activation");
  switch (activation) {
    case "":
    case "linear":
      return sum;
    case "relu":
    case "relu6":
    case "elu":
    case "sigmoid":
      return like(sum, dl`${activation}(${sum})`);
    case "leakyrelu":
      return like(sum, dl`leaky_relu(${sum}, slope = ${args.number("leakyreluAlpha")})`);
    case "prelu": {
      const slope = weights && channelsOf(weights, y, args);
      if (!slope) throw new Error("prelu has weights");
      return elementwise("f32", [sum, slope], (a, b) => dl`select(${a} >= 0, ${a}, ${b} * ${a})`);
    }
    default:
      throw new OutsideLanguage(`the fused activation ${activation}`);
  }
}

/** Numbers for channels, where channels are the second axis of four. */
function channelsOf(x: Expression, y: Expression, { attrs }: Arguments): Expression {
  if (attrs["dataFormat"] !== "NCHW" || x.shape.length === 0 || x.shape.length > 3) return x;
  const isWhole = x.shape.length === 3;
  const shape = isWhole ? x.shape : [x.shape.at(-1) ?? 1, 1, 1];
  if (shape[0] === 1 && y.shape.length === 4 && !isWhole)
    return computed(x.dtype, [1, 1, 1], dl`reshape(${x}, [1, 1, 1])`);
  return computed(x.dtype, shape, dl`reshape(${x}, [${shape.join(", ")}])`);
}

const batchNorm: Kernel = ({ tensor, optional, number }) => {
  const [x, mean, variance] = [tensor("x"), tensor("mean"), tensor("variance")];
  const [scale, offset] = [optional("scale"), optional("offset")];
  const rank = [mean, variance, scale, offset].filter((v) => v !== undefined);
  const operands = aligned([x, ...rank]);
  const [y, m, v] = operands;
  if (!y || !m || !v) throw new Error("a batch normalisation has statistics");
  const s = scale && operands[3];
  const o = offset && operands.at(-1);
  const level = dl`(${y} - ${m}) * rsqrt(${v} + ${number("varianceEpsilon")})`;
  const scaled = s ? dl`${level} * ${s}` : level;
  return computed("f32", x.shape, o ? dl`${scaled} + ${o}` : scaled);
};

/** Each element over a power of the squares of its neighbours along the channels. */
const localResponse: Kernel = ({ tensor, number }) => {
  const x = tensor("x");
  const [radius, bias, alpha, beta] = [
    number("depthRadius"),
    number("bias"),
    number("alpha"),
    number("beta"),
  ];
  const names = axisNames(x.shape.length);
  const squares = dl`sum(unfold(${x} * ${x}, axis = -1, size = ${2 * radius + 1}, padding = ${radius}), axis = ${names.length})`;
  return like(x, dl`${x} * pow(${bias} + ${alpha} * ${squares}, ${-beta})`);
};

/** Kernels by tfjs's names. */
export const products: Kernels = {
  BatchMatMul: product,
  _FusedMatMul: (args) => finished(product(args), args),
  FusedConv2D: (args, tf) => finished(convolution(args, tf), args),
  FusedDepthwiseConv2D: (args, tf) => finished(depthwise(args, tf), args),
  Einsum: einsum,
  FusedBatchNorm: batchNorm,
  LRN: localResponse,
};
