// Random models of layers: convolutions, pooling, normalisations, products, recurrent networks, and small graphs of several nodes.
import type { Tensor } from "../model.js";
import { range } from "../writer.js";
import type { Draw } from "./draw.js";
import { single, sketch, type Sketch } from "./sketch.js";

/** Makes a model. */
export type Kind = (draw: Draw) => Sketch;

/** Windows that fit: sizes, strides, dilations and pads for `rank` axes, and an input that holds at least one. */
function windows(d: Draw, rank: number, padLimit: (size: number) => number) {
  const kernel = d.many(rank, () => d.int(1, 3));
  const strides = d.many(rank, () => d.int(1, 3));
  const dilations = d.many(rank, () => d.int(1, 2));
  const pads = [...kernel, ...kernel].map((size) => d.int(0, padLimit(size)));
  const spatial = kernel.map((size, i) => (size - 1) * (dilations[i] ?? 1) + 1 + d.int(0, 9));
  return { kernel, strides, dilations, pads, spatial };
}

const conv =
  (rank: number): Kind =>
  (d) => {
    const group = d.int(1, 3);
    const [inside, outside] = [d.int(1, 3), d.int(1, 5)];
    const { kernel, strides, dilations, pads, spatial } = windows(d, rank, (size) => size);
    const x = d.floats([d.int(1, 2), group * inside, ...spatial]);
    const weight = d.floats([group * outside, inside, ...kernel]);
    const bias = d.int(0, 1) === 1 ? [d.floats([group * outside])] : [];
    return single("Conv", [x, weight, ...bias], { strides, dilations, pads, group });
  };

const convTranspose =
  (rank: number): Kind =>
  (d) => {
    const group = d.int(1, 2);
    const [inside, outside] = [d.int(1, 3), d.int(1, 3)];
    const kernel = d.many(rank, () => d.int(1, 4));
    const strides = d.many(rank, () => d.int(1, 3));
    const pads = [...kernel, ...kernel].map((size) => d.int(0, Math.floor((size - 1) / 2)));
    const extra = strides.map((stride) => d.int(0, stride - 1));
    const x = d.floats([d.int(1, 2), group * inside, ...d.many(rank, () => d.int(2, 7))]);
    const weight = d.floats([group * inside, outside, ...kernel]);
    return single("ConvTranspose", [x, weight, d.floats([group * outside])], {
      ...{ strides, pads, group },
      output_padding: extra,
    });
  };

const pool =
  (op: "MaxPool" | "AveragePool"): Kind =>
  (d) => {
    const { kernel, strides, pads, spatial } = windows(d, d.int(1, 3), (size) => size - 1);
    const more = op === "AveragePool" ? { count_include_pad: d.int(0, 1) } : {};
    const x = d.floats([d.int(1, 2), d.int(1, 3), ...spatial]);
    return single(op, [x], { kernel_shape: kernel, strides, pads, ...more });
  };

const maps = (d: Draw): Tensor => d.floats([d.int(1, 3), d.size(), d.int(1, 9), d.int(1, 9)]);

const channels = (x: Tensor): number => x.shape[1] ?? 1;

const normalisations: Readonly<Record<string, Kind>> = {
  BatchNormalization: (d) => {
    const x = maps(d);
    const C = channels(x);
    const rest = [d.floats([C]), d.floats([C]), d.floats([C]), d.floats([C], 0.1, 2)];
    return single("BatchNormalization", [x, ...rest], { epsilon: { float: 1e-3 } });
  },
  InstanceNormalization: (d) => {
    const x = d.floats([d.int(1, 3), d.size(), d.int(2, 9), d.int(2, 9)]);
    return single("InstanceNormalization", [x, d.floats([channels(x)]), d.floats([channels(x)])]);
  },
  LayerNormalization: (d) => {
    const shape = [d.size(), d.size(), d.int(2, 33)];
    const axis = d.int(1, 2);
    const own = shape.slice(axis);
    return single("LayerNormalization", [d.floats(shape), d.floats(own), d.floats(own)], { axis });
  },
  LRN: (d) => single("LRN", [maps(d)], { size: d.pick([1, 3, 5]), alpha: { float: 0.01 } }),
};

const products: Readonly<Record<string, Kind>> = {
  Gemm: (d) => {
    const [m, k, n] = [d.size(), d.int(1, 40), d.size()];
    const [transA, transB] = [d.int(0, 1), d.int(0, 1)];
    const a = d.floats(transA === 1 ? [k, m] : [m, k]);
    const b = d.floats(transB === 1 ? [n, k] : [k, n]);
    const c = d.floats(d.pick<readonly number[]>([[m, n], [n], [1, n], [m, 1], []]));
    const scales = { alpha: { float: 0.5 }, beta: { float: 1.5 } };
    return single("Gemm", [a, b, c], { transA, transB, ...scales });
  },
  MatMul: (d) => {
    const [m, k, n, b] = [d.size(), d.int(1, 40), d.size(), d.int(2, 4)];
    const [left, right] = d.pick<readonly [readonly number[], readonly number[]]>([
      [
        [m, k],
        [k, n],
      ],
      [
        [b, m, k],
        [k, n],
      ],
      [
        [b, m, k],
        [b, k, n],
      ],
      [
        [b, 1, m, k],
        [b, k, n],
      ],
      [[k], [k, n]],
      [[b, m, k], [k]],
    ]);
    return single("MatMul", [d.floats(left), d.floats(right)]);
  },
  Einsum: (d) => {
    const [a, b, c, e] = [d.size(), d.size(), d.size(), d.size()];
    const [equation, ...shapes] = d.pick<readonly [string, ...(readonly number[])[]]>([
      ["ij,jk->ik", [a, b], [b, c]],
      ["bij,bjk->bki", [a, b, c], [a, c, e]],
      ["ij,kj->", [a, b], [c, b]],
      ["bhid,bhjd->bhij", [a, 2, b, c], [a, 2, e, c]],
      ["...ij->...ji", [a, b, c]],
      ["ij,ik,il->jkl", [a, b], [a, c], [a, e]],
    ]);
    return single(
      "Einsum",
      shapes.map((shape) => d.floats(shape)),
      { equation },
    );
  },
};

/** A recurrent network with biases and first states, in any direction. */
const recurrent =
  (op: "RNN" | "GRU" | "LSTM", gates: number): Kind =>
  (d) => {
    const direction = d.pick(["forward", "reverse", "bidirectional"]);
    const count = direction === "bidirectional" ? 2 : 1;
    const [T, B, I, H] = [d.int(1, 4), d.int(1, 3), d.int(1, 7), d.int(1, 7)];
    const state = (): Tensor => d.floats([count, B, H], -1, 1);
    const inputs = [
      d.floats([T, B, I], -1, 1),
      d.floats([count, gates * H, I], -1, 1),
      d.floats([count, gates * H, H], -1, 1),
      d.floats([count, 2 * gates * H], -1, 1),
      null,
      state(),
      ...(op === "LSTM" ? [state(), d.floats([count, 3 * H], -1, 1)] : []),
    ];
    const more = op === "GRU" ? { linear_before_reset: d.int(0, 1) } : {};
    const results = op === "LSTM" ? 3 : 2;
    return single(op, inputs, { hidden_size: H, direction, ...more }, results);
  };

/** Scaled dot-product attention with an additive mask. */
function attention(d: Draw): Sketch {
  const [B, H, T, S, K] = [d.int(1, 2), d.int(1, 3), d.size(), d.size(), d.size()];
  const scores = { dtype: "f32", shape: [B, H, T, S] } as const;
  return sketch({
    given: {
      q: d.floats([B, H, T, K]),
      k: d.floats([B, H, S, K]),
      v: d.floats([B, H, S, K]),
      mask: d.floats([T, S]),
    },
    constants: { scale: { dtype: "f32", shape: [], data: [1 / Math.sqrt(K)] } },
    steps: [
      { op: "Transpose", inputs: ["k"], outputs: ["kt"], attributes: { perm: [0, 1, 3, 2] } },
      { op: "MatMul", inputs: ["q", "kt"], outputs: ["raw"] },
      { op: "Mul", inputs: ["raw", "scale"], outputs: ["scaled"] },
      { op: "Add", inputs: ["scaled", "mask"], outputs: ["scores"] },
      { op: "Softmax", inputs: ["scores"], outputs: ["weights"], attributes: { axis: -1 } },
      { op: "MatMul", inputs: ["weights", "v"], outputs: ["y"] },
    ],
    results: ["y", "weights"],
    between: {
      kt: { dtype: "f32", shape: [B, H, K, S] },
      raw: scores,
      scaled: scores,
      scores,
      weights: scores,
    },
  });
}

/** A pre-norm block of a transformer without attention: normalise, expand, bend by GELU, project, add. */
function feedForward(d: Draw): Sketch {
  const [B, T, D, F] = [d.int(1, 2), d.size(), d.int(2, 17), d.int(2, 33)];
  const narrow = { dtype: "f32", shape: [B, T, D] } as const;
  const wide = { dtype: "f32", shape: [B, T, F] } as const;
  const scalar = (value: number) => ({ dtype: "f32", shape: [], data: [value] }) as const;
  return sketch({
    given: {
      x: d.floats([B, T, D]),
      scale: d.floats([D]),
      shift: d.floats([D]),
      up: d.floats([D, F]),
      down: d.floats([F, D]),
    },
    constants: { root: scalar(Math.SQRT1_2), one: scalar(1), half: scalar(0.5) },
    steps: [
      { op: "LayerNormalization", inputs: ["x", "scale", "shift"], outputs: ["level"] },
      { op: "MatMul", inputs: ["level", "up"], outputs: ["h"] },
      { op: "Mul", inputs: ["h", "root"], outputs: ["a"] },
      { op: "Erf", inputs: ["a"], outputs: ["b"] },
      { op: "Add", inputs: ["b", "one"], outputs: ["c"] },
      { op: "Mul", inputs: ["h", "c"], outputs: ["e"] },
      { op: "Mul", inputs: ["e", "half"], outputs: ["g"] },
      { op: "MatMul", inputs: ["g", "down"], outputs: ["o"] },
      { op: "Add", inputs: ["x", "o"], outputs: ["y"] },
    ],
    results: ["y"],
    between: {
      level: narrow,
      o: narrow,
      y: narrow,
      h: wide,
      a: wide,
      b: wide,
      c: wide,
      e: wide,
      g: wide,
    },
  });
}

/** Squeeze and excitation: channels weighed by what their means say. */
function squeezeExcite(d: Draw): Sketch {
  const [B, C, R, Y, X] = [d.int(1, 2), d.size(), d.int(1, 4), d.int(1, 9), d.int(1, 9)];
  const type = (channel: number) => ({ dtype: "f32", shape: [B, channel, 1, 1] }) as const;
  return sketch({
    given: { x: d.floats([B, C, Y, X]), down: d.floats([R, C, 1, 1]), up: d.floats([C, R, 1, 1]) },
    steps: [
      { op: "GlobalAveragePool", inputs: ["x"], outputs: ["m"] },
      { op: "Conv", inputs: ["m", "down"], outputs: ["r"] },
      { op: "Relu", inputs: ["r"], outputs: ["a"] },
      { op: "Conv", inputs: ["a", "up"], outputs: ["u"] },
      { op: "Sigmoid", inputs: ["u"], outputs: ["s"] },
      { op: "Mul", inputs: ["x", "s"], outputs: ["y"] },
    ],
    results: ["y"],
    between: {
      m: type(C),
      r: type(R),
      a: type(R),
      u: type(C),
      s: type(C),
      y: { dtype: "f32", shape: [B, C, Y, X] },
    },
  });
}

/** Models of layers, by what they are. */
export const layers: Readonly<Record<string, Kind>> = {
  ...Object.fromEntries(range(3, 1).map((rank) => [`Conv of ${String(rank)} axes`, conv(rank)])),
  ...Object.fromEntries(
    range(2, 1).map((rank) => [`ConvTranspose of ${String(rank)} axes`, convTranspose(rank)]),
  ),
  MaxPool: pool("MaxPool"),
  AveragePool: pool("AveragePool"),
  ...normalisations,
  ...products,
  RNN: recurrent("RNN", 1),
  GRU: recurrent("GRU", 3),
  LSTM: recurrent("LSTM", 4),
  attention,
  "feed-forward block": feedForward,
  "squeeze and excitation": squeezeExcite,
};
