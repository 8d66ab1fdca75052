// Random models of one operator that is no layer: arithmetic, reductions, movement, indices, resizing.
import type { Tensor } from "../model.js";
import { product, range } from "../writer.js";
import type { Draw } from "./draw.js";
import type { Kind } from "./layers.js";
import { ints, single } from "./sketch.js";

const shapeOf = (d: Draw, least = 1, most = 4): readonly number[] =>
  d.many(d.int(least, most), () => d.size());

/** Two shapes of which one or the other stretches. */
function pair(d: Draw): readonly [readonly number[], readonly number[]] {
  const shape = shapeOf(d);
  const thin = shape.map((size) => (d.int(0, 2) === 0 ? 1 : size));
  return d.pick<readonly [readonly number[], readonly number[]]>([
    [shape, shape],
    [shape, thin],
    [thin, shape],
    [shape, thin.slice(d.int(0, thin.length))],
  ]);
}

const unary =
  (op: string, low = -3, high = 3): Kind =>
  (d) =>
    single(op, [d.floats(shapeOf(d), low, high)]);

const binary =
  (op: string, low = -3, high = 3): Kind =>
  (d) => {
    const [a, b] = pair(d);
    return single(op, [d.floats(a, low, high), d.floats(b, low, high)]);
  };

const reduce =
  (op: string): Kind =>
  (d) => {
    const shape = shapeOf(d);
    const axes = d.shuffled(shape.length).slice(0, d.int(1, shape.length));
    const keepdims = d.int(0, 1);
    // Products stay near 1, logarithms above 0.
    const x = d.floats(shape, 0.6, 1.5);
    return op === "ReduceSum"
      ? single(op, [x, ints(...axes)], { keepdims })
      : single(op, [x], { axes, keepdims });
  };

const axisOf = (d: Draw, rank: number): number => d.int(-rank, rank - 1);

const along =
  (op: string): Kind =>
  (d) => {
    const shape = shapeOf(d);
    return single(op, [d.floats(shape, -9, 9)], { axis: axisOf(d, shape.length) });
  };

const unaries: Readonly<Record<string, readonly [low: number, high: number]>> = {
  ...Object.fromEntries(
    [
      "Abs",
      "Atan",
      "Asinh",
      "Ceil",
      "Cos",
      "Cosh",
      "Erf",
      "Exp",
      "Floor",
      "Neg",
      "Round",
      "Sign",
    ].map((op) => [op, [-5, 5]]),
  ),
  ...Object.fromEntries(
    ["Sigmoid", "Sin", "Sinh", "Softplus", "Softsign", "Tanh", "Relu", "HardSwish", "Elu"].map(
      (op) => [op, [-20, 5]],
    ),
  ),
  Acos: [-1, 1],
  Asin: [-1, 1],
  Atanh: [-0.99, 0.99],
  Acosh: [1, 30],
  Log: [1e-3, 50],
  Sqrt: [0, 50],
  Reciprocal: [0.1, 9],
  Tan: [-1.5, 1.5],
};

const movement: Readonly<Record<string, Kind>> = {
  Transpose: (d) => {
    const shape = shapeOf(d);
    return single("Transpose", [d.floats(shape)], { perm: d.shuffled(shape.length) });
  },
  Slice: (d) => {
    const shape = shapeOf(d).map((size) => size + 2);
    const steps = shape.map(() => d.pick([1, 1, 2, 3, -1, -2]));
    const low = shape.map((size) => d.int(0, size - 2));
    const high = shape.map((size, i) => d.int((low[i] ?? 0) + 1, size));
    const isBack = (i: number): boolean => (steps[i] ?? 1) < 0;
    const starts = low.map((at, i) => (isBack(i) ? (high[i] ?? 0) - 1 : at));
    const ends = high.map((at, i) => (isBack(i) ? (low[i] === 0 ? -99 : (low[i] ?? 0) - 1) : at));
    const axes = range(shape.length);
    const rest = [starts, ends, axes, steps].map((list) => ints(...list));
    return single("Slice", [d.floats(shape), ...rest]);
  },
  Concat: (d) => {
    const shape = shapeOf(d);
    const axis = d.int(0, shape.length - 1);
    const parts = range(d.int(1, 4)).map(() =>
      d.floats(shape.map((size, i) => (i === axis ? d.size() : size))),
    );
    return single("Concat", parts, { axis });
  },
  Split: (d) => {
    const shape = [...shapeOf(d)];
    const axis = d.int(0, shape.length - 1);
    const sizes = range(d.int(2, 3)).map(() => d.size());
    shape[axis] = sizes.reduce((a, b) => a + b, 0);
    return single("Split", [d.floats(shape), ints(...sizes)], { axis }, sizes.length);
  },
  Pad: (d) => {
    const shape = shapeOf(d);
    const pads = d.many(2 * shape.length, () => d.int(0, 3));
    const value = { constant: { dtype: "f32", shape: [], data: [1.5] } } as const;
    return single("Pad", [d.floats(shape), ints(...pads), value]);
  },
  Tile: (d) => {
    const shape = shapeOf(d, 1, 3);
    return single("Tile", [d.floats(shape), ints(...shape.map(() => d.int(1, 3)))]);
  },
  Expand: (d) => {
    const shape = shapeOf(d);
    const thin = shape.map((size) => (d.int(0, 1) === 0 ? 1 : size));
    return single("Expand", [d.floats(thin.slice(d.int(0, thin.length - 1))), ints(...shape)]);
  },
  DepthToSpace: (d) => {
    const blocksize = d.int(1, 3);
    const x = d.floats([d.int(1, 2), d.int(1, 3) * blocksize ** 2, d.size(), d.size()]);
    return single("DepthToSpace", [x], { blocksize, mode: d.pick(["DCR", "CRD"]) });
  },
  SpaceToDepth: (d) => {
    const blocksize = d.int(1, 3);
    const [y, x] = [d.int(1, 4) * blocksize, d.int(1, 4) * blocksize];
    return single("SpaceToDepth", [d.floats([d.int(1, 2), d.int(1, 3), y, x])], { blocksize });
  },
  Flatten: along("Flatten"),
  Trilu: (d) => {
    const shift = { constant: { dtype: "i32", shape: [], data: [d.int(-3, 3)] } } as const;
    return single("Trilu", [d.floats([d.size(), d.size()]), shift], { upper: d.int(0, 1) });
  },
  Where: (d) => {
    const [a, b] = pair(d);
    const flags = d.indices(a, 2);
    return single("Where", [{ ...flags, dtype: "bool" }, d.floats(a), d.floats(b)]);
  },
};

const indices: Readonly<Record<string, Kind>> = {
  Gather: (d) => {
    const shape = shapeOf(d, 1, 3);
    const axis = d.int(0, shape.length - 1);
    return single("Gather", [d.floats(shape), d.indices(shapeOf(d, 0, 2), shape[axis] ?? 1)], {
      axis,
    });
  },
  GatherElements: (d) => {
    const shape = shapeOf(d, 1, 3);
    const axis = d.int(0, shape.length - 1);
    const ids = shape.map((size, i) => (i === axis ? d.size() : size));
    return single("GatherElements", [d.floats(shape), d.indices(ids, shape[axis] ?? 1)], { axis });
  },
  GatherND: (d) => {
    const [a, b, c] = [d.size(), d.size(), d.size()];
    const rows = d.indices([d.size(), 2], Math.min(a, b));
    return single("GatherND", [d.floats([a, b, c]), rows]);
  },
  ScatterElements: (d) => {
    const shape = shapeOf(d, 1, 3);
    const axis = d.int(0, shape.length - 1);
    const ids = shape.map((size, i) => (i === axis ? d.int(1, 9) : size));
    const inputs = [d.floats(shape), d.indices(ids, shape[axis] ?? 1), d.floats(ids)];
    return single("ScatterElements", inputs, { axis, reduction: "add" });
  },
  ScatterND: (d) => {
    const [rows, width] = [d.int(2, 9), d.size()];
    const places = d.shuffled(rows).slice(0, d.int(1, rows));
    const ids: Tensor = { dtype: "i32", shape: [places.length, 1], data: places };
    return single("ScatterND", [d.floats([rows, width]), ids, d.floats([places.length, width])]);
  },
  OneHot: (d) => {
    const [shape, depth] = [shapeOf(d, 1, 2), d.size()];
    const size = { constant: { dtype: "i32", shape: [], data: [depth] } } as const;
    const values = { dtype: "f32", shape: [2], data: [-1, 3] } as const;
    return single("OneHot", [d.indices(shape, depth), size, values], {
      axis: axisOf(d, shape.length + 1),
    });
  },
  TopK: (d) => {
    const shape = shapeOf(d, 1, 3);
    const axis = d.int(0, shape.length - 1);
    // All different, so that the order of equals does not matter.
    const x: Tensor = { dtype: "f32", shape, data: d.shuffled(product(shape)) };
    const attributes = { axis, largest: d.int(0, 1) };
    return single("TopK", [x, ints(d.int(1, shape[axis] ?? 1))], attributes, 2);
  },
  CumSum: (d) => {
    const shape = shapeOf(d, 1, 3);
    const axis = {
      constant: { dtype: "i32", shape: [], data: [axisOf(d, shape.length)] },
    } as const;
    return single("CumSum", [d.floats(shape), axis], {
      exclusive: d.int(0, 1),
      reverse: d.int(0, 1),
    });
  },
  ReverseSequence: (d) => {
    const [time, batch, width] = [d.size(), d.size(), d.size()];
    const lengths = d.indices([batch], time);
    const data = lengths.data.map((length) => length + 1);
    const attributes = { time_axis: 0, batch_axis: 1 };
    return single(
      "ReverseSequence",
      [d.floats([time, batch, width]), { ...lengths, data }],
      attributes,
    );
  },
  Resize: (d) => {
    const [y, x] = [d.int(2, 9), d.int(2, 9)];
    const image = d.floats([1, d.int(1, 2), y, x]);
    const sizes = ints(1, image.shape[1] ?? 1, d.int(1, 17), d.int(1, 17));
    const mode = d.pick(["nearest", "linear", "cubic"]);
    const places = d.pick(["half_pixel", "align_corners", "asymmetric", "pytorch_half_pixel"]);
    const nearest_mode = d.pick(["floor", "ceil"]);
    const attributes = { mode, coordinate_transformation_mode: places, nearest_mode };
    return single("Resize", [image, null, null, sizes], attributes);
  },
  GridSample: (d) => {
    const [B, C, h, w] = [d.int(1, 2), d.int(1, 3), d.size(), d.size()];
    const x = d.floats([B, C, d.int(2, 9), d.int(2, 9)]);
    return single("GridSample", [x, d.floats([B, h, w, 2], -1.3, 1.3)], {
      mode: d.pick(["bilinear", "nearest"]),
      padding_mode: d.pick(["zeros", "border", "reflection"]),
      align_corners: d.int(0, 1),
    });
  },
};

/** Models of operators, by what they are. */
export const operators: Readonly<Record<string, Kind>> = {
  ...Object.fromEntries(
    Object.entries(unaries).map(([op, [low, high]]) => [op, unary(op, low, high)]),
  ),
  ...Object.fromEntries(
    ["Add", "Sub", "Mul", "PRelu", "Max", "Min", "Greater"].map((op) => [op, binary(op)]),
  ),
  Div: binary("Div", 0.5, 3),
  Pow: binary("Pow", 0.3, 2.5),
  ...Object.fromEntries(
    ["Sum", "Mean", "Max", "Min", "Prod", "L1", "L2", "SumSquare", "LogSum", "LogSumExp"].map(
      (name) => [`Reduce${name}`, reduce(`Reduce${name}`)],
    ),
  ),
  ...Object.fromEntries(
    ["Softmax", "LogSoftmax", "Hardmax", "ArgMax", "ArgMin", "LpNormalization"].map((op) => [
      op,
      along(op),
    ]),
  ),
  ...movement,
  ...indices,
};
