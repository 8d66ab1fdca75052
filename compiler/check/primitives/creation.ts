// Primitives that make tensors: filled, counted, drawn at random.
import type { Value } from "../../ir/op.js";
import * as ops from "../../ops/index.js";
import { alignedPair, broadcastTo, castTo, oneHot, takeAlong } from "../../ops/build.js";
import { int, type Dim } from "../../types/dim.js";
import { isFloat, type Dtype } from "../../types/dtype.js";
import type { TensorType } from "../../types/tensor.js";
import { shapes } from "../../diagnostics/index.js";
import type { Context } from "../context.js";
import { asTensor } from "../operators.js";
import type { Primitive, PrimitiveCall } from "../primitive.js";

const filled = (name: string, value: number): Primitive => ({
  name,
  doc: `A tensor of ${name} of the given shape.`,
  params: ["shape"],
  apply: (call) => {
    const { dtype, shape } = call.shape("shape");
    return call.result(() => ops.fill(call.ctx.graph, value, dtype, shape));
  },
});

const like = (name: string, value: number): Primitive => ({
  name: `${name}_like`,
  doc: `A tensor of ${name} with the type of another.`,
  params: ["x"],
  apply: (call) => call.result(() => ops.fillLike(call.tensor("x"), value)),
});

const full: Primitive = {
  name: "full",
  doc: "A tensor of one number.",
  params: ["shape", "value"],
  apply: (call) => {
    const { dtype, shape } = call.shape("shape");
    const meaning = call.meaning("value");
    const wanted: Dtype = meaning.kind === "bool" ? "bool" : dtype;
    const value = asTensor(call.ctx, meaning, wanted, call.spanOf("value"));
    return value ? call.result(() => broadcastTo(value, shape)) : { kind: "unknown" };
  },
};

const iota: Primitive = {
  name: "iota",
  doc: "The integers from 0 to `n - 1`, as `i32[n]`.",
  params: ["n"],
  apply: (call) => {
    const n = call.size("n");
    return call.result(() => ops.iotaOf(call.ctx.graph, [n], 0, "i32"));
  },
};

const oneHotPrimitive: Primitive = {
  name: "one_hot",
  doc: "1 where the last axis counts to the index, else 0, as floats.",
  params: ["indices", "n"],
  apply: (call) => {
    const ids = call.intTensor("indices");
    const n = call.size("n");
    return call.result(() => oneHot(ids, n, call.ctx.float));
  },
};

/** The scalars that key the generator: the run's seed and the number of the step. */
export function randomKey(ctx: Context): readonly [seed: Value, step: Value] {
  const seed = ctx.leaf({ name: "seed", role: "scalar", dtype: "u32", shape: [] });
  const step = ctx.leaf({ name: "step", role: "scalar", dtype: "i32", shape: [] });
  return [seed, step];
}

/** A draw of the given shape from the stream of this place in the program. */
export function draw(
  call: PrimitiveCall,
  emit: typeof ops.randomUniform,
  shape: readonly Dim[],
): Value {
  const { ctx } = call;
  const stream = ctx.streams++;
  const [key, step] = randomKey(ctx);
  const seed = ctx.rounds.reduce((mixed, round) => call.emit(() => mixIn(mixed, round)), key);
  return call.emit(() => emit(broadcastTo(seed, shape), broadcastTo(step, shape), { stream }));
}

/** As `draw`, in the float type that is asked for. */
function drawn(
  call: PrimitiveCall,
  emit: typeof ops.randomUniform,
  { dtype, shape }: TensorType,
): Value {
  const value = draw(call, emit, shape);
  return call.emit(() => castTo(value, isFloat(dtype) ? dtype : call.ctx.float));
}

/** A seed of its own for each round of a scan. */
const mixIn = (seed: Value, round: Value): Value =>
  ops.add(
    ops.mul(seed, ops.constantOf(seed.graph, 747796405, "u32")),
    ops.cast(round, { dtype: "u32" }),
  );

const scaled = (x: Value, factor: Value, shift: Value): Value =>
  ops.add(...alignedPair(ops.mul(...alignedPair(x, factor)), shift));

const uniform: Primitive = {
  name: "random_uniform",
  doc: "Numbers drawn evenly from [low, high), the same on every adapter.",
  params: ["shape", "low?", "high?"],
  apply: (call) => {
    const u = drawn(call, ops.randomUniform, call.shape("shape"));
    if (!call.has("low") && !call.has("high")) return { kind: "tensor", value: u };
    const low = call.has("low") ? call.tensor("low") : ops.constantOf(u.graph, 0, u.type.dtype);
    const high = call.has("high") ? call.tensor("high") : ops.constantOf(u.graph, 1, u.type.dtype);
    return call.result(() => scaled(u, ops.sub(...alignedPair(high, low)), low));
  },
};

const normal: Primitive = {
  name: "random_normal",
  doc: "Numbers drawn from the normal distribution.",
  params: ["shape", "mean?", "std?"],
  apply: (call) => {
    const z = drawn(call, ops.randomNormal, call.shape("shape"));
    if (!call.has("mean") && !call.has("std")) return { kind: "tensor", value: z };
    const mean = call.has("mean") ? call.tensor("mean") : ops.constantOf(z.graph, 0, z.type.dtype);
    const std = call.has("std") ? call.tensor("std") : ops.constantOf(z.graph, 1, z.type.dtype);
    return call.result(() => scaled(z, std, mean));
  },
};

const bernoulli: Primitive = {
  name: "bernoulli",
  doc: "True with probability `p`, independently for each element; of the shape of `p` unless told otherwise.",
  params: ["p", "shape?"],
  apply: (call) => {
    const p = call.tensor("p");
    const { shape } = call.has("shape") ? call.shape("shape") : p.type;
    const u = draw(call, ops.randomUniform, shape);
    // Draws are finer than halves, which would round some up to 1.
    return call.result(() => ops.lt(...alignedPair(u, castTo(p, u.type.dtype))));
  },
};

/** Keeps one side of a diagonal of the last two axes. */
const triangle = (name: "triu" | "tril"): Primitive => ({
  name,
  doc: `The ${name === "tril" ? "lower" : "upper"} triangle of the last two axes; zero (or false) elsewhere.`,
  params: ["x", "k?"],
  apply: (call) => {
    const x = call.tensor("x");
    const rank = x.type.shape.length;
    if (rank < 2)
      call.refuse(
        shapes.rankTooSmall({ at: call.spanOf("x"), callee: name, least: 2, type: x.type }),
      );
    const k = call.dim("k", int(0));
    return call.result(() => {
      const { graph } = x;
      const { shape, dtype } = x.type;
      const row = ops.iotaOf(graph, shape, rank - 2, "i32");
      const column = ops.iotaOf(graph, shape, rank - 1, "i32");
      const edge = ops.add(...alignedPair(row, ops.extentOf(graph, k, "i32")));
      const inside = name === "tril" ? ops.le(column, edge) : ops.ge(column, edge);
      return ops.select(inside, x, ops.fill(graph, 0, dtype, shape));
    });
  },
});

const scatterAdd: Primitive = {
  name: "scatter_add",
  doc: "`out[ids[i]] = sum of updates[i]` over equal ids; `rows` rows, along the first axis unless told otherwise. A negative id means row 0, one too large the last row.",
  params: ["updates", "ids", "rows", "axis?"],
  apply: (call) => {
    const updates = call.tensor("updates");
    const axis = call.axis("axis", updates.type, 0);
    const perm = updates.type.shape.map((_, i) => (i === 0 ? axis : i <= axis ? i - 1 : i));
    const back = perm.map((_, i) => perm.indexOf(i));
    const attrs = { rows: call.size("rows") };
    return call.result(() => {
      const first = axis === 0 ? updates : ops.transpose(updates, { perm });
      const sums = ops.scatterAdd(first, call.intTensor("ids"), attrs);
      return axis === 0 ? sums : ops.transpose(sums, { perm: back });
    });
  },
};

const takeAlongAxis: Primitive = {
  name: "take_along_axis",
  doc: "Elements of an axis by index, one index for each place: `out[i, j] = x[ids[i, j], j]` along the first of two axes.",
  params: ["x", "ids", "axis?"],
  apply: (call) => {
    const [x, ids] = [call.tensor("x"), call.intTensor("ids")];
    const axis = call.axis("axis", x.type, -1);
    const others = (v: Value): readonly Dim[] => v.type.shape.filter((_, i) => i !== axis);
    const isAlike =
      x.type.shape.length === ids.type.shape.length && call.ctx.sameShape(others(x), others(ids));
    if (!isAlike) {
      const [first, other] = [call.named(x, "first"), call.named(ids, "this")];
      call.refuse(shapes.concat({ at: call.spanOf("ids"), callee: call.name, first, other, axis }));
    }
    return call.result(() => takeAlong(x, ids, axis));
  },
};

const gather: Primitive = {
  name: "gather",
  doc: "Rows of `x` along an axis, by index; the first axis unless told otherwise. A negative id means row 0, one too large the last row.",
  params: ["x", "ids", "axis?"],
  apply: (call) => {
    const x = call.tensor("x");
    const ids = call.intTensor("ids");
    const axis = call.axis("axis", x.type, 0);
    if (axis === 0) return call.result(() => ops.gather(x, ids));
    const rank = x.type.shape.length;
    const others = [...Array(rank).keys()].filter((a) => a !== axis);
    return call.result(() => {
      const rows = ops.gather(ops.transpose(x, { perm: [axis, ...others] }), ids);
      const n = ids.type.shape.length;
      const back = others.map((_, i) => n + i);
      return ops.transpose(rows, {
        perm: [...back.slice(0, axis), ...Array(n).keys(), ...back.slice(axis)],
      });
    });
  },
};

export const creation: readonly Primitive[] = [
  filled("zeros", 0),
  filled("ones", 1),
  like("zeros", 0),
  like("ones", 1),
  full,
  iota,
  oneHotPrimitive,
  uniform,
  normal,
  bernoulli,
  triangle("triu"),
  triangle("tril"),
  scatterAdd,
  gather,
  takeAlongAxis,
];
