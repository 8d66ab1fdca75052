// Kernels that reduce axes, run along them, or put their elements in order.
import { axesText, computed, dl, type Expression, type Text } from "../expressions.js";
import type { Arguments, Kernel, Kernels } from "./kernel.js";
import { cast, cut, flipped, frontAxes, like, padded, reshaped } from "./shapes.js";

/** The axes of a reduction and the shape that it leaves. */
function reducedShape(x: Expression, args: Arguments): readonly [number[], boolean, number[]] {
  const given = args.attrs["axis"] ?? args.attrs["reductionIndices"];
  const rank = x.shape.length;
  const axes =
    given === undefined || given === null
      ? x.shape.map((_, i) => i)
      : frontAxes([given].flat().map(Number), rank);
  const keep = args.attrs["keepDims"] === true;
  const shape = x.shape.flatMap((n, i) => (axes.includes(i) ? (keep ? [1] : []) : [n]));
  return [axes, keep, shape];
}

const reduction =
  (name: string): Kernel =>
  (args) => {
    const x = args.tensor("x");
    const [axes, keep, shape] = reducedShape(x, args);
    if (axes.length === 0) return like(x, dl`${x}`);
    const operand = name === "mean" ? cast(x, "f32") : x.dtype === "bool" ? cast(x, "i32") : x;
    const kept = keep ? ", keep = true" : "";
    const out = computed(
      operand.dtype,
      shape,
      dl`${name}(${operand}, axis = ${axesText(axes)}${kept})`,
    );
    return x.dtype === "bool" && name !== "sum" && name !== "mean" ? cast(out, "bool") : out;
  };

/** Whether all elements hold, or any: the least or the greatest as whole numbers. */
const argument =
  (name: string): Kernel =>
  (args) => {
    const x = args.tensor("x");
    const [axes, , shape] = reducedShape(x, args);
    const axis = axes[0] ?? 0;
    if (x.shape.length === 0) return computed("i32", [], dl`0 * cast(${x}, i32)`);
    const operand = x.dtype === "bool" ? cast(x, "i32") : x;
    return computed("i32", shape, dl`${name}(${operand}, axis = ${axis})`);
  };

/** A running sum or product; reversed by reversing the axis, exclusive by a shift. */
const running =
  (name: "cumsum" | "cumprod"): Kernel =>
  ({ tensor, attrs, number }) => {
    const x = tensor("x");
    const [axis] = frontAxes([number("axis")], x.shape.length);
    const at = axis ?? 0;
    const float = cast(x, "f32");
    const turned = attrs["reverse"] === true ? flipped(float, [at]) : float;
    const sums = like(turned, dl`${name}(${turned}, axis = ${at})`);
    const size = x.shape[at] ?? 1;
    const shifted =
      attrs["exclusive"] === true
        ? padded(cutOr(sums, at, size - 1), at, [size === 1 ? 0 : 1, 0], name === "cumsum" ? 0 : 1)
        : sums;
    const alone =
      attrs["exclusive"] === true && size === 1
        ? like(float, dl`${name === "cumsum" ? "zeros_like" : "ones_like"}(${float})`)
        : shifted;
    const back = attrs["reverse"] === true ? flipped(alone, [at]) : alone;
    return x.dtype === "f32" ? back : cast(back, x.dtype);
  };

const cutOr = (x: Expression, axis: number, count: number): Expression =>
  count === 0 ? x : cut(x, axis, 0, count);

const topK: Kernel = ({ tensor, number }) => {
  const x = tensor("x");
  const k = number("k");
  const shape = [...x.shape.slice(0, -1), k];
  const text = (index: number, dtype: "i32" | Expression["dtype"]): Expression =>
    computed(
      dtype,
      shape,
      index === 0
        ? dl`{ let (v, i) = top_k(${x}, ${k})\n    v }`
        : dl`{ let (v, i) = top_k(${x}, ${k})\n    i }`,
    );
  return [text(0, x.dtype), text(1, "i32")];
};

/** Where a value belongs in sorted rows: how many elements come before it. */
const search =
  (operator: string): Kernel =>
  ({ tensor }) => {
    const [sorted, values] = [tensor("sortedSequence"), tensor("values")];
    const [batch = 1, length = 1] = sorted.shape;
    const [, count = 1] = values.shape;
    const rows = reshaped(sorted, [batch, 1, length]);
    const each = reshaped(values, [batch, count, 1]);
    return computed(
      "i32",
      [batch, count],
      dl`sum(cast(${rows} ${operator} ${each}, i32), axis = 2)`,
    );
  };

const along =
  (name: string): Kernel =>
  ({ tensors }) => {
    const [x] = tensors;
    if (!x) throw new Error("the kernel has no input");
    const float = cast(x, "f32");
    return like(float, dl`${name}(${float}, axis = -1)`);
  };

/** How often each number below a size occurs, weighted where weights are given. */
const bincount: Kernel = ({ tensor, number, attrs }) => {
  const [x, weights] = [tensor("x"), tensor("weights")];
  const size = number("size");
  const hot = computed("f32", [...x.shape, size], dl`one_hot(${x}, ${size})`);
  const axis = x.shape.length - 1;
  const isWeighted = String(weights.shape) === String(x.shape);
  const binary = attrs["binaryOutput"] === true;
  const counted: Text =
    isWeighted && !binary
      ? dl`${hot} * ${reshaped(cast(weights, "f32"), [...x.shape, 1])}`
      : dl`${hot}`;
  const shape = [...x.shape.slice(0, -1), size];
  return cast(
    computed("f32", shape, dl`${binary ? "max" : "sum"}(${counted}, axis = ${axis})`),
    weights.dtype,
  );
};

/** Kernels by tfjs's names. */
export const reductions: Kernels = {
  Sum: reduction("sum"),
  Mean: reduction("mean"),
  Max: reduction("max"),
  Min: reduction("min"),
  Prod: reduction("prod"),
  All: reduction("min"),
  Any: reduction("max"),
  ArgMax: argument("argmax"),
  ArgMin: argument("argmin"),
  Cumsum: running("cumsum"),
  Cumprod: running("cumprod"),
  TopK: topK,
  LowerBound: search("<"),
  UpperBound: search("<="),
  SearchSorted: (args, tf) => search(args.attrs["side"] === "left" ? "<" : "<=")(args, tf),
  Softmax: along("softmax"),
  LogSoftmax: along("log_softmax"),
  Bincount: bincount,
  DenseBincount: bincount,
};
