// Random numbers by counting: a number depends only on seed, step, stream and place, so every adapter draws the same.
import { op, type OpFn } from "../ir/graph.js";
import type { Sample, Value } from "../ir/op.js";
import type { ScalarBuilder, ScalarExpr } from "../scalar/expr.js";
import { all, equalShapes, item, refuse, typedIf, type Answer } from "./rules.js";
import { i32, u32 } from "./samples.js";
import type { TensorType } from "../types/tensor.js";

/** Which of the random tensors of a program it is. */
export interface RandomAttrs {
  readonly stream: number;
}

type Draw = OpFn<[seed: Value, step: Value], RandomAttrs>;

const samples: readonly Sample<RandomAttrs>[] = [
  { operands: [u32(3, 5), i32(3, 5)], attrs: { stream: 0 } },
  { operands: [u32(7), i32(7)], attrs: { stream: 12 } },
];

function drawn([seed, step]: readonly [TensorType, TensorType]): Answer {
  if (seed.dtype !== "u32")
    return refuse("wrong-dtype", [{ operand: 0 }], { found: seed.dtype, wanted: "u32" });
  if (step.dtype !== "i32")
    return refuse("wrong-dtype", [{ operand: 1 }], { found: step.dtype, wanted: "i32" });
  return typedIf("f32", seed.shape, all([equalShapes(0, seed, 1, step)]));
}

/** Uniform numbers in [0, 1): multiples of 2 ** -24. Operands have the shape of the result. */
export const randomUniform: Draw = op<[seed: Value, step: Value], RandomAttrs>({
  name: "random_uniform",
  doc: "Uniform random numbers in [0, 1), drawn by seed, step and place.",
  operands: ["seed", "step"],
  type: drawn,
  vjp: () => [null, null],
  lower: {
    kind: "pointwise",
    body: (s, args, { stream }) => fraction(s, item(bits(s, args, stream), 0), 0),
  },
  samples,
});

/** Standard normal numbers (Box and Muller 1958). Operands have the shape of the result. */
export const randomNormal: Draw = op<[seed: Value, step: Value], RandomAttrs>({
  name: "random_normal",
  doc: "Standard normal random numbers, drawn by seed, step and place.",
  operands: ["seed", "step"],
  type: drawn,
  vjp: () => [null, null],
  lower: {
    kind: "pointwise",
    body: (s, args, { stream }) => {
      const words = bits(s, args, stream);
      // One step up from [0, 1): the logarithm of 0 is not finite.
      const radius = s.call("mul", s.lit(-2, "f32"), s.call("log", fraction(s, item(words, 0), 1)));
      const angle = s.call("mul", fraction(s, item(words, 1), 0), s.lit(2 * Math.PI, "f32"));
      return s.call("mul", s.call("sqrt", radius), s.call("cos", angle));
    },
  },
  samples,
});

/** The upper 24 bits, plus `up`, as a fraction: exact in f32. */
const fraction = (s: ScalarBuilder, word: ScalarExpr, up: number): ScalarExpr => {
  const upper = s.call("shr", word, s.lit(8, "u32"));
  const counted = up === 0 ? upper : s.call("add", upper, s.lit(up, "u32"));
  return s.call("mul", s.convert(counted, "f32"), s.lit(2 ** -24, "f32"));
};

/**
 * Four words of random bits: pcg4d of M. Jarzynski and M. Olano, "Hash Functions for GPU Rendering",
 * Journal of Computer Graphics Techniques 9(3), 2020.
 */
function bits(
  s: ScalarBuilder,
  args: readonly ScalarExpr[],
  stream: number,
): readonly ScalarExpr[] {
  const [seed, step] = [item(args, 0), item(args, 1)];
  const key = [seed, s.convert(step, "u32"), s.passed(stream, "u32"), s.dim(s.linear, "u32")];
  const mixed = key.map((x) =>
    s.call("add", s.call("mul", x, s.lit(1664525, "u32")), s.lit(1013904223, "u32")),
  );
  const once = stir(s, mixed).map((x) => s.call("xor", x, s.call("shr", x, s.lit(16, "u32"))));
  return stir(s, once);
}

/** x += y w, y += z x, z += x y, w += y z, each with the new values of those before. */
function stir(s: ScalarBuilder, words: readonly ScalarExpr[]): ScalarExpr[] {
  const next = [...words];
  const rounds = [
    [0, 1, 3],
    [1, 2, 0],
    [2, 0, 1],
    [3, 1, 2],
  ] as const;
  for (const [to, a, b] of rounds) {
    next[to] = s.call("add", item(next, to), s.call("mul", item(next, a), item(next, b)));
  }
  return next;
}
