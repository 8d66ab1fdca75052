// Products and extremes over axes; the sum lives with broadcasting, its adjoint.
import { op, type OpFn } from "../ir/graph.js";
import type { Monoid, Sample, Value } from "../ir/op.js";
import { constantOf as numberOf, numel } from "../types/dim.js";
import type { Dtype } from "../types/dtype.js";
import { fillLike, spread, sum, type ReduceAttrs } from "./broadcast.js";
import { eq, select } from "./compare.js";
import { cast, div, maximum, mul } from "./elementwise.js";
import { badAxes, refuse, typed, without, wrongDtype, type Answer } from "./rules.js";
import { apart, f32 } from "./samples.js";
import type { TensorType } from "../types/tensor.js";

const samples: readonly Sample<ReduceAttrs>[] = [
  { operands: [f32(2, 3)], attrs: { axes: [1] } },
  { operands: [f32(3, 5, 2)], attrs: { axes: [0, 2] } },
  { operands: [f32(7)], attrs: { axes: [0] } },
  { operands: [f32(2, 1, 3)], attrs: { axes: [1] } },
];

/** The same with operands in which no two elements are near each other. */
const distinct: readonly Sample<ReduceAttrs>[] = samples.map((sample) => ({
  ...sample,
  values: { 0: apart(numberOf(numel(sample.operands[0]?.shape ?? [])) ?? 0) },
}));

function reduced([x]: readonly [TensorType], { axes }: ReduceAttrs): Answer {
  if (axes.length === 0) return refuse("no-axes", [{ operand: 0 }]);
  return (
    wrongDtype(0, x, "number") ?? badAxes(0, x, axes) ?? typed(x.dtype, without(x.shape, axes))
  );
}

const multiplicative: Monoid = {
  name: "prod",
  identity: () => 1,
  combine: (s, acc, x) => s.call("mul", acc, x),
};

/** Product over axes, which disappear. Its gradient is right where one or more factors are zero. */
export const prod: OpFn<[x: Value], ReduceAttrs> = op<[x: Value], ReduceAttrs>({
  name: "prod",
  doc: "Product over axes, which disappear.",
  operands: ["x"],
  type: reduced,
  vjp: (g, [x], _, { axes }) => {
    const { shape, dtype } = x.type;
    const back = (y: Value): Value => spread(y, shape, axes);
    const one = fillLike(x, 1);
    const zero = fillLike(x, 0);
    const isZero = eq(x, zero);
    const safe = select(isZero, one, x);
    const product = back(prod(safe, { axes }));
    const zeros = back(sum(cast(isZero, { dtype }), { axes }));
    const others = select(
      eq(zeros, zero),
      div(product, safe),
      select(isZero, select(eq(zeros, one), product, zero), zero),
    );
    return [mul(back(g), others)];
  },
  lower: { kind: "reduce", monoid: multiplicative, axes: ({ axes }) => axes },
  samples: [
    ...samples,
    { operands: [f32(2, 3)], attrs: { axes: [1] }, values: { 0: [0, 2, 3, 0, 0, 4] } },
  ],
});

/** The smallest and largest finite number of each dtype: infinities are not safe in shaders. */
const lowest: Record<Dtype, number> = {
  f32: -3.4028234663852886e38,
  f16: -65504,
  i32: -2147483648,
  u32: 0,
  bool: 0,
};
const highest: Record<Dtype, number> = {
  f32: 3.4028234663852886e38,
  f16: 65504,
  i32: 2147483647,
  u32: 4294967295,
  bool: 1,
};

const larger: Monoid = {
  name: "max",
  identity: (dtype) => lowest[dtype],
  combine: (s, acc, x) => s.call("max", acc, x),
};
const smaller: Monoid = {
  name: "min",
  identity: (dtype) => highest[dtype],
  combine: (s, acc, x) => s.call("min", acc, x),
};

/**
 * Ties share the cotangent evenly, as `amax` and `amin` of PyTorch do. A device may compute `x` twice, in two kernels, and
 * not to the same bit: then none is the extreme, and the count must not be divided by as it is.
 */
function pullExtreme(g: Value, x: Value, out: Value, axes: readonly number[]): Value {
  const { shape, dtype } = x.type;
  const isExtreme = cast(eq(x, spread(out, shape, axes)), { dtype });
  const ties = sum(isExtreme, { axes });
  const share = div(g, maximum(ties, fillLike(ties, 1)));
  return mul(isExtreme, spread(share, shape, axes));
}

/** The largest over axes, which disappear. */
export const max: OpFn<[x: Value], ReduceAttrs> = op<[x: Value], ReduceAttrs>({
  name: "max",
  doc: "The largest element over axes, which disappear.",
  operands: ["x"],
  type: reduced,
  vjp: (g, [x], out, { axes }) => [pullExtreme(g, x, out, axes)],
  lower: { kind: "reduce", monoid: larger, axes: ({ axes }) => axes },
  samples: distinct,
});

/** The smallest over axes, which disappear. */
export const min: OpFn<[x: Value], ReduceAttrs> = op<[x: Value], ReduceAttrs>({
  name: "min",
  doc: "The smallest element over axes, which disappear.",
  operands: ["x"],
  type: reduced,
  vjp: (g, [x], out, { axes }) => [pullExtreme(g, x, out, axes)],
  lower: { kind: "reduce", monoid: smaller, axes: ({ axes }) => axes },
  samples: distinct,
});
