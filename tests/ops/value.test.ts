// One example by hand for each primitive: what it computes, apart from its gradient.
import { describe, expect, test } from "vitest";
import { Graph } from "../../compiler/ir/graph.js";
import type { Value } from "../../compiler/ir/op.js";
import * as build from "../../compiler/ops/build.js";
import { running } from "../../compiler/ops/running.js";
import * as ops from "../../compiler/ops/index.js";
import { sortLast, topK } from "../../compiler/ops/order.js";
import { tensorOf, type Tensor } from "../../compiler/reference/tensor.js";
import { int } from "../../compiler/types/dim.js";
import { inputOf, run } from "../harness/numeric.js";

const f32 = (shape: readonly number[], ...numbers: readonly number[]): Tensor =>
  tensorOf("f32", shape, numbers);
const i32 = (shape: readonly number[], ...numbers: readonly number[]): Tensor =>
  tensorOf("i32", shape, numbers);
const u32 = (shape: readonly number[], ...numbers: readonly number[]): Tensor =>
  tensorOf("u32", shape, numbers);
const bool = (...numbers: readonly number[]): Tensor => tensorOf("bool", [numbers.length], numbers);

/** What a function of inputs gives for tensors. */
function valueOf(f: (graph: Graph, ...x: Value[]) => Value, tensors: readonly Tensor[]): Tensor {
  const graph = new Graph();
  const inputs = tensors.map(({ dtype, shape }, i) =>
    inputOf(graph, `x${String(i)}`, { dtype, shape: shape.map(int) }),
  );
  const [result] = run(
    graph,
    [f(graph, ...inputs)],
    new Map(tensors.map((t, i) => [`x${String(i)}`, t])),
  );
  if (!result) throw new Error("no result");
  return result;
}

type Make = (graph: Graph, ...x: Value[]) => Value;
const unary =
  (f: (x: Value) => Value): Make =>
  (_, ...[x]) =>
    f(x as Value);
const binary =
  (f: (a: Value, b: Value) => Value): Make =>
  (_, ...[a, b]) =>
    f(a as Value, b as Value);
const ternary =
  (f: (a: Value, b: Value, c: Value) => Value): Make =>
  (_, ...[a, b, c]) =>
    f(a as Value, b as Value, c as Value);

const matrix = f32([2, 3], 1, 2, 3, 4, 5, 6);
const windowing = { axis: 0, stride: int(2), padding: int(1), dilation: int(1) };

/** The first query sees the first key only, the second weighs both 1 to 3. */
const keyed = [f32([2, 1], 7, 1), f32([2, 1], 0, Math.log(3)), f32([2, 1], 8, 4)];
/** With a cotangent of ones, what the forward pass saved, and the sums of cotangents times results. */
const pulled = [...keyed, f32([2, 1], 1, 1), f32([2], 0, Math.log(4)), f32([2], 8, 5)];
const attended =
  (f: typeof ops.attention): Make =>
  (_, ...operands) =>
    f(...operands, { causal: true, bias: false, mask: false });

const cases: readonly [
  name: string,
  f: Make,
  operands: readonly Tensor[],
  shape: readonly number[],
  numbers: readonly number[],
][] = [
  ["leaf", unary((x) => x), [f32([2], 1, 2)], [2], [1, 2]],
  ["constant", (g) => ops.constantOf(g, 2.5, "f32"), [], [], [2.5]],
  ["extent", (g) => ops.extentOf(g, int(7), "i32"), [], [], [7]],
  ["iota", (g) => ops.iotaOf(g, [int(2), int(3)], 1, "i32"), [], [2, 3], [0, 1, 2, 0, 1, 2]],
  [
    "random_uniform",
    binary((s, t) =>
      ops.mul(
        ops.randomUniform(s, t, { stream: 0 }),
        ops.fillLike(ops.randomUniform(s, t, { stream: 0 }), 0),
      ),
    ),
    [u32([1], 1), i32([1], 1)],
    [1],
    [0],
  ],
  [
    "random_normal",
    binary((s, t) =>
      ops.mul(
        ops.randomNormal(s, t, { stream: 0 }),
        ops.fillLike(ops.randomNormal(s, t, { stream: 0 }), 0),
      ),
    ),
    [u32([1], 1), i32([1], 1)],
    [1],
    [0],
  ],
  ["neg", unary(ops.neg), [f32([2], 1, -2)], [2], [-1, 2]],
  ["add", binary(ops.add), [i32([2], 2147483647, 1), i32([2], 1, 1)], [2], [-2147483648, 2]],
  ["sub", binary(ops.sub), [f32([2], 5, 1), f32([2], 2, 4)], [2], [3, -3]],
  ["mul", binary(ops.mul), [u32([1], 4294967295), u32([1], 2)], [1], [4294967294]],
  ["div", binary(ops.div), [i32([4], 7, -7, 5, 7), i32([4], 2, 2, 0, -2)], [4], [3, -4, 5, -4]],
  ["rem", binary(ops.rem), [f32([4], 7, -7, 7, -7), f32([4], 3, 3, -3, -3)], [4], [1, 2, -2, -1]],
  ["minimum", binary(ops.minimum), [f32([2], 1, 5), f32([2], 2, 4)], [2], [1, 4]],
  ["maximum", binary(ops.maximum), [f32([2], 1, 5), f32([2], 2, 4)], [2], [2, 5]],
  ["abs", unary(ops.abs), [f32([2], -1.5, 2)], [2], [1.5, 2]],
  ["sign", unary(ops.sign), [f32([3], -1.5, 0, 2)], [3], [-1, 0, 1]],
  ["floor", unary(ops.floor), [f32([2], -1.5, 1.5)], [2], [-2, 1]],
  ["ceil", unary(ops.ceil), [f32([2], -1.5, 1.5)], [2], [-1, 2]],
  ["round", unary(ops.round), [f32([5], -1.5, -0.5, 0.5, 1.5, 1.6)], [5], [-2, 0, 0, 2, 2]],
  ["cast", unary((x) => ops.cast(x, { dtype: "i32" })), [f32([3], -1.7, 0.9, 3)], [3], [-1, 0, 3]],
  ["stop_gradient", unary(ops.stopGradient), [f32([1], 4)], [1], [4]],
  ["exp", unary(ops.exp), [f32([2], 0, 1)], [2], [1, Math.E]],
  ["log", unary(ops.log), [f32([2], 1, Math.E)], [2], [0, 1]],
  ["sqrt", unary(ops.sqrt), [f32([2], 4, 2)], [2], [2, Math.SQRT2]],
  ["rsqrt", unary(ops.rsqrt), [f32([2], 4, 0.25)], [2], [0.5, 2]],
  ["sin", unary(ops.sin), [f32([2], 0, Math.PI / 2)], [2], [0, 1]],
  ["cos", unary(ops.cos), [f32([2], 0, Math.PI)], [2], [1, -1]],
  [
    "expm1",
    unary(ops.expm1),
    [f32([3], 0, 1e-10, 1)],
    [3],
    [0, Math.expm1(Math.fround(1e-10)), Math.E - 1],
  ],
  [
    "log1p",
    unary(ops.log1p),
    [f32([3], 0, 1e-10, 1)],
    [3],
    [0, Math.log1p(Math.fround(1e-10)), Math.LN2],
  ],
  ["asin", unary(ops.asin), [f32([3], 0, 1, -0.5)], [3], [0, Math.PI / 2, -Math.PI / 6]],
  ["atan", unary(ops.atan), [f32([3], 0, 1, -1)], [3], [0, Math.PI / 4, -Math.PI / 4]],
  ["tanh", unary(ops.tanh), [f32([2], 0, 100)], [2], [0, 1]],
  ["sigmoid", unary(ops.sigmoid), [f32([3], 0, 800, -800)], [3], [0.5, 1, 0]],
  [
    "erf",
    unary(ops.erf),
    [f32([4], 0, 0.5, -2, 4)],
    [4],
    [0, 0.5204998778130465, -0.9953222650189527, 0.9999999845827421],
  ],
  [
    "pow",
    binary(ops.pow),
    [f32([4], 2, -2, -2, 0), f32([4], 0.5, 2, 3, 0)],
    [4],
    [Math.SQRT2, 4, -8, 1],
  ],
  ["eq", binary(ops.eq), [f32([3], 1, 2, 3), f32([3], 2, 2, 2)], [3], [0, 1, 0]],
  ["ne", binary(ops.ne), [f32([3], 1, 2, 3), f32([3], 2, 2, 2)], [3], [1, 0, 1]],
  ["lt", binary(ops.lt), [f32([3], 1, 2, 3), f32([3], 2, 2, 2)], [3], [1, 0, 0]],
  ["le", binary(ops.le), [f32([3], 1, 2, 3), f32([3], 2, 2, 2)], [3], [1, 1, 0]],
  ["gt", binary(ops.gt), [f32([3], 1, 2, 3), f32([3], 2, 2, 2)], [3], [0, 0, 1]],
  ["ge", binary(ops.ge), [f32([3], 1, 2, 3), f32([3], 2, 2, 2)], [3], [0, 1, 1]],
  ["and", binary(ops.and), [bool(0, 0, 1, 1), bool(0, 1, 0, 1)], [4], [0, 0, 0, 1]],
  ["or", binary(ops.or), [bool(0, 0, 1, 1), bool(0, 1, 0, 1)], [4], [0, 1, 1, 1]],
  ["not", unary(ops.not), [bool(0, 1)], [2], [1, 0]],
  ["select", ternary(ops.select), [bool(0, 1), f32([2], 1, 2), f32([2], 3, 4)], [2], [3, 2]],
  [
    "broadcast",
    unary((x) => ops.broadcast(x, { shape: [int(2), int(2), int(2)], axes: [0, 2] })),
    [f32([2, 1], 1, 2)],
    [2, 2, 2],
    [1, 1, 1, 1, 2, 2, 2, 2],
  ],
  [
    "reshape",
    unary((x) => ops.reshape(x, { shape: [int(3), int(2)] })),
    [matrix],
    [3, 2],
    [1, 2, 3, 4, 5, 6],
  ],
  [
    "transpose",
    unary((x) => ops.transpose(x, { perm: [1, 0] })),
    [matrix],
    [3, 2],
    [1, 4, 2, 5, 3, 6],
  ],
  [
    "slice",
    unary((x) =>
      ops.slice(x, { starts: [int(1), int(2)], steps: [-1, -2], shape: [int(2), int(2)] }),
    ),
    [matrix],
    [2, 2],
    [6, 4, 3, 1],
  ],
  [
    "pad",
    unary((x) => ops.pad(x, { low: [int(1)], high: [int(2)], interior: [1], value: 9 })),
    [f32([2], 1, 2)],
    [6],
    [9, 1, 9, 2, 9, 9],
  ],
  [
    "concat",
    binary((a, b) => ops.concat(a, b, a, { axis: 1 })),
    [f32([2, 1], 1, 2), f32([2, 2], 3, 4, 5, 6)],
    [2, 4],
    [1, 3, 4, 1, 2, 5, 6, 2],
  ],
  [
    "windows",
    unary((x) => ops.unfold(x, { ...windowing, size: int(3) })),
    [f32([4], 1, 2, 3, 4)],
    [2, 3],
    [0, 1, 2, 2, 3, 4],
  ],
  [
    "places",
    unary((x) => ops.places(x, { ...windowing, length: int(4) })),
    [f32([2, 3], 9, 1, 2, 3, 4, 5)],
    [4, 3],
    [0, 1, 0, 3, 0, 2, 0, 4, 0, 0, 0, 5],
  ],
  ["gather", binary(ops.gather), [matrix, i32([3], 1, 0, 9)], [3, 3], [4, 5, 6, 1, 2, 3, 4, 5, 6]],
  [
    "scatter_add",
    binary((u, ids) => ops.scatterAdd(u, ids, { rows: int(3) })),
    [f32([3, 1], 1, 2, 4), i32([3], 2, 0, 2)],
    [3, 1],
    [2, 0, 5],
  ],
  [
    "scatter_add outside",
    binary((u, ids) => ops.scatterAdd(u, ids, { rows: int(3) })),
    [f32([4], 1, 2, 4, 8), i32([4], -7, -1, 3, 40)],
    [3],
    [3, 0, 12],
  ],
  ["gather outside", binary(ops.gather), [f32([3], 5, 6, 7), i32([3], -1, 3, 40)], [3], [5, 7, 7]],
  [
    "stretch",
    unary((x) => ops.stretch(x, { shape: [int(2), int(2)], each: 3 })),
    [f32([2], 7, 8)],
    [2, 2],
    [7, 7, 7, 8],
  ],
  [
    "code_in",
    unary((x) => ops.codeIn(x, { bits: 4 })),
    [u32([5], 0x4321, 0x4321, 0x4321, 0x4321, 0x50000)],
    [5],
    [2, 1, 4, 3, 0],
  ],
  [
    "code_in bytes",
    unary((x) => ops.codeIn(x, { bits: 8 })),
    [u32([5], 0xff804321, 0xff804321, 0xff804321, 0xff804321, 9)],
    [5],
    [0x21, 0x43, 0x80, 0xff, 9],
  ],
  [
    "level_of",
    unary((x) => ops.levelOf(x, { levels: [-1, 0, 0.5, 4], bits: 4 })),
    [u32([4], 3, 0, 2, 1)],
    [4],
    [4, -1, 0.5, 0],
  ],
  [
    "level_of integers",
    unary((x) => ops.levelOf(x, { levels: "integers", bits: 4 })),
    [u32([4], 7, 8, 15, 1)],
    [4],
    [7, -8, -1, 1],
  ],
  [
    "float_in",
    unary(ops.floatIn),
    [u32([3], 0x3f800000, 0xc0000000, 0x3e800000)],
    [3],
    [1, -2, 0.25],
  ],
  [
    "dynamic_slice",
    binary((x, s) => ops.dynamicSlice(x, s, { axis: 1, length: int(2) })),
    [matrix, i32([], 5)],
    [2, 2],
    [2, 3, 5, 6],
  ],
  [
    "dynamic_update",
    ternary((x, u, s) => ops.dynamicUpdate(x, u, s, { axis: 1 })),
    [matrix, f32([2, 1], 8, 9), i32([], 1)],
    [2, 3],
    [1, 8, 3, 4, 9, 6],
  ],
  ["after", binary(ops.after), [matrix, f32([1], 9)], [2, 3], [1, 2, 3, 4, 5, 6]],
  ["sum", unary((x) => ops.sum(x, { axes: [1] })), [matrix], [2], [6, 15]],
  ["prod", unary((x) => ops.prod(x, { axes: [0] })), [matrix], [3], [4, 10, 18]],
  ["max", unary((x) => ops.max(x, { axes: [0, 1] })), [matrix], [], [6]],
  ["min", unary((x) => ops.min(x, { axes: [1] })), [f32([2, 2], 3, -1, 5, 4)], [2], [-1, 4]],
  [
    "contract",
    binary((a, b) => ops.contract(a, b, { left: "mk", right: "nk", out: "nm" })),
    [matrix, f32([1, 3], 1, 0, 2)],
    [1, 2],
    [7, 16],
  ],
  ["attention", attended(ops.attention), keyed, [2, 1], [8, 5]],
  ["attention_norm", attended(ops.attentionNorm), keyed, [2], [0, Math.log(4)]],
  ["attention_queries", attended(ops.attentionQueries), pulled, [2, 1], [0, -0.75 * Math.log(3)]],
  ["attention_keys", attended(ops.attentionKeys), pulled, [2, 1], [0.75, -0.75]],
  ["attention_values", attended(ops.attentionValues), pulled, [2, 1], [1.25, 0.75]],
  [
    "scan",
    (graph, ...operands) => {
      const [sample] = ops.scan.op.samples;
      // The sample is `h' = a * h + x`.
      return graph.emit(ops.scan.op, operands, sample?.attrs ?? {});
    },
    [f32([3], 1, 2, 3), f32([5, 3], ...Array.from({ length: 15 }, (_, i) => i)), f32([3], 0, 1, 2)],
    [5, 3],
    [0, 3, 8, 3, 7, 21, 6, 14, 50, 9, 24, 111, 12, 37, 236],
  ],
];

describe("primitives", () => {
  test.each(cases)("%s", (_, f, operands, shape, numbers) => {
    const result = valueOf(f, operands);
    expect(result.shape).toEqual(shape);
    numbers.forEach((want, i) => {
      expect(result.data[i]).toBeCloseTo(want, 12);
    });
  });

  test("each has its example", () => {
    // A second example of an op has a word behind its name.
    const named = cases.map(([name]) => name.split(" ")[0]);
    expect(new Set(named)).toEqual(new Set(ops.ops.map((o) => o.name)));
  });
});

const composites: readonly [
  name: string,
  f: Make,
  operands: readonly Tensor[],
  numbers: readonly number[],
][] = [
  ["mean", unary((x) => build.mean(x, [0])), [matrix], [2.5, 3.5, 4.5]],
  [
    "argmax, the first of equals",
    unary((x) => build.argmax(x, 1)),
    [f32([2, 3], 1, 5, 5, 7, 2, 7)],
    [1, 0],
  ],
  ["argmin", unary((x) => build.argmin(x, 0)), [f32([2, 2], 1, 5, 0, 5)], [1, 0]],
  ["oneHot", unary((x) => build.oneHot(x, int(3), "f32")), [i32([2], 2, 0)], [0, 0, 1, 1, 0, 0]],
  ["cumsum", unary((x) => running(x, 1, "sum")), [matrix], [1, 3, 6, 4, 9, 15]],
  [
    "stack",
    binary((a, b) => build.stack([a, b], 1)),
    [f32([2], 1, 2), f32([2], 3, 4)],
    [1, 3, 2, 4],
  ],
  [
    "topK values, equal ones in order",
    unary((x) => sortLast(x, int(2)).values),
    [f32([2, 4], 1, 9, 9, 3, -1, -2, -3, -4)],
    [9, 9, -1, -2],
  ],
  [
    "topK indices",
    unary((x) => topK(x, int(3)).indices),
    [f32([2, 4], 1, 9, 9, 3, -1, -2, -3, -4)],
    [1, 2, 3, 0, 1, 2],
  ],
  [
    "sorting upwards",
    unary((x) => sortLast(x, int(4), true).values),
    [f32([4], 3, -1, 2, 0)],
    [-1, 0, 2, 3],
  ],
  ["flip", unary((x) => ops.flip(x, 1)), [matrix], [3, 2, 1, 6, 5, 4]],
  ["wholePower", unary((x) => build.wholePower(x, 5)), [f32([2], 2, -3)], [32, -243]],
  [
    "wholePower, negative",
    unary((x) => build.wholePower(x, -2)),
    [f32([2], 2, -4)],
    [0.25, 0.0625],
  ],
  ["matmul", binary(build.matmul), [matrix, f32([3, 2], 1, 0, 0, 1, 1, 1)], [4, 5, 10, 11]],
  [
    "matmul, one batch for all",
    binary(build.matmul),
    [f32([2, 1, 2], 1, 2, 3, 4), f32([2, 1], 1, 10)],
    [21, 43],
  ],
  ["sumTo", unary((x) => build.sumTo(x, [int(2), int(1)])), [matrix], [6, 15]],
];

describe("composites", () => {
  test.each(composites)("%s", (_, f, operands, numbers) => {
    expect(Array.from(valueOf(f, operands).data)).toEqual(numbers);
  });
});
