// Numbers stored as codes: what is read of a vector of words where a tensor is wanted, element by element.
import { codedLayout, type CodedLayout, type CodedStorage } from "../../runtime/format.js";
import { op, type OpFn } from "../ir/graph.js";
import type { Value } from "../ir/op.js";
import type { ScalarBuilder, ScalarExpr } from "../scalar/expr.js";
import * as dims from "../types/dim.js";
import type { Dim } from "../types/dim.js";
import { linearize } from "../types/place.js";
import { fill, sum } from "./broadcast.js";
import { add, mul } from "./elementwise.js";
import { gather } from "./gather.js";
import { reshape } from "./movement.js";
import { atMost, item, refuse, typed, typedIf, wrongRank } from "./rules.js";
import { f32, u32 } from "./samples.js";
import { pad, slice } from "./slice.js";
import type { TensorType } from "../types/tensor.js";

const { int } = dims;

/** The shape of the result, and how many of its elements in row-major order an element of the operand is for. */
export interface StretchAttrs {
  readonly shape: readonly Dim[];
  readonly each: number;
}

/** Each element of a vector for several neighbours: `stretch([7, 8], { shape: [2, 2], each: 3 })` is `[[7, 7], [7, 8]]`. */
export const stretch: OpFn<[x: Value], StretchAttrs> = op<[x: Value], StretchAttrs>({
  name: "stretch",
  doc: "Each element of a vector for so many neighbours in row-major order; the last may be for fewer.",
  operands: ["x"],
  type: ([x], { shape, each }) =>
    wrongRank(0, x, 1) ??
    typedIf(
      x.dtype,
      shape,
      atMost("out-of-range", dims.numel(shape), dims.mul(int(each), item(x.shape, 0)), [
        { operand: 0, axis: 0 },
      ]),
    ),
  vjp: (g, [x], _, { each }) => {
    const [count] = x.type.shape;
    const size = count ?? int(1);
    const total = dims.numel(g.type.shape);
    const flat = reshape(g, { shape: [total] });
    const missing = dims.sub(dims.mul(int(each), size), total);
    const whole = pad(flat, { low: [int(0)], high: [missing], interior: [0], value: 0 });
    return [sum(reshape(whole, { shape: [size, int(each)] }), { axes: [1] })];
  },
  lower: {
    kind: "view",
    pieces: (out, { result }, { each }) => [
      { operand: 0, index: [dims.floorDiv(linearize(out, result.shape), int(each))] },
    ],
  },
  samples: [
    { operands: [f32(2)], attrs: { shape: [int(2), int(3)], each: 3 } },
    { operands: [f32(3)], attrs: { shape: [int(5), int(7)], each: 16 } },
    { operands: [u32(2)], attrs: { shape: [int(9)], each: 8 } },
  ],
});

/** Bits of a code; a word holds as many codes as fit. */
export interface CodeAttrs {
  readonly bits: 4 | 8;
}

const onWords = ([word]: readonly [TensorType]) =>
  word.dtype === "u32"
    ? undefined
    : refuse("wrong-dtype", [{ operand: 0 }], { found: word.dtype, wanted: "u32" });

/**
 * The code of each element out of the word in which it lies: the next one for each element in row-major order, from the lowest byte
 * on, and of two codes in a byte the upper half first.
 */
export const codeIn: OpFn<[word: Value], CodeAttrs> = op<[word: Value], CodeAttrs>({
  name: "code_in",
  doc: "The code of each element out of its word, whose bytes are filled from the lowest on, each from its upper half.",
  operands: ["word"],
  type: ([word]) => onWords([word]) ?? typed("u32", word.shape),
  vjp: () => [null],
  isUnpacking: true,
  lower: {
    kind: "pointwise",
    body: (s, args, { bits }) => {
      const within = s.dim(dims.mul(int(bits), dims.mod(s.linear, int(32 / bits))), "u32");
      const shift = bits === 8 ? within : s.call("xor", within, s.lit(4, "u32"));
      return s.call("bitand", s.call("shr", item(args, 0), shift), s.lit(2 ** bits - 1, "u32"));
    },
  },
  samples: [
    { operands: [u32(2, 9)], attrs: { bits: 4 }, values: { 0: many(18, 0x9b4f3211) } },
    { operands: [u32(7)], attrs: { bits: 8 }, values: { 0: many(7, 0x7fe30180) } },
  ],
});

function many(count: number, word: number): number[] {
  return Array.from({ length: count }, (_, i) => (word + i * 0x01030507) >>> 0);
}

/** What codes stand for. */
export type LevelAttrs = Pick<CodedStorage, "levels" | "bits">;

/** The number that each code stands for. */
export const levelOf: OpFn<[code: Value], LevelAttrs> = op<[code: Value], LevelAttrs>({
  name: "level_of",
  doc: "The number that each code stands for, by a table or as a whole number in two's complement.",
  operands: ["code"],
  type: ([code]) => onWords([code]) ?? typed("f32", code.shape),
  vjp: () => [null],
  lower: {
    kind: "pointwise",
    body: (s, args, { levels, bits }) =>
      levels === "integers" ? signed(s, item(args, 0), bits) : chosen(s, item(args, 0), levels),
  },
  samples: [
    {
      operands: [u32(2, 3)],
      attrs: { levels: "integers", bits: 4 },
      values: { 0: [0, 7, 8, 15, 1, 9] },
    },
    {
      operands: [u32(4)],
      attrs: { levels: "integers", bits: 8 },
      values: { 0: [0, 127, 129, 255] },
    },
    {
      operands: [u32(5)],
      attrs: { levels: [-1, -0.25, 0.5, 1], bits: 4 },
      values: { 0: [3, 1, 0, 2, 2] },
    },
  ],
});

/** A code as a whole number in two's complement. */
function signed(s: ScalarBuilder, code: ScalarExpr, bits: number): ScalarExpr {
  const half = 2 ** (bits - 1);
  const turned = s.convert(s.call("xor", code, s.lit(half, "u32")), "f32");
  return s.call("sub", turned, s.lit(half, "f32"));
}

/** One of some numbers, chosen bit by bit: a table in memory would be read for each element. */
function chosen(s: ScalarBuilder, code: ScalarExpr, levels: readonly number[]): ScalarExpr {
  let left = levels.map((x) => s.lit(x, "f32"));
  for (let bit = 1; left.length > 1; bit *= 2) {
    const isSet = s.call("ne", s.call("bitand", code, s.lit(bit, "u32")), s.lit(0, "u32"));
    left = left.flatMap((low, i) => {
      if (i % 2 === 1) return [];
      const high = left[i + 1];
      return [high ? s.call("select", isSet, high, low) : low];
    });
  }
  return item(left, 0);
}

/** The float32 whose bits each word holds. */
export const floatIn: OpFn<[word: Value], Record<never, never>> = op<[word: Value]>({
  name: "float_in",
  doc: "The float32 whose bits each word holds.",
  operands: ["word"],
  type: ([word]) => onWords([word]) ?? typed("f32", word.shape),
  vjp: () => [null],
  lower: { kind: "pointwise", body: (s, args) => s.call("float", item(args, 0)) },
  samples: [
    { operands: [u32(4)], attrs: {}, values: { 0: [0x3f800000, 0xc0490fdb, 0, 0x358637bd] } },
    { operands: [u32(1, 2)], attrs: {}, values: { 0: [0xbf000000, 0x42280000] } },
  ],
});

/** So many words from a place on. */
const part = (words: Value, from: number, count: number): Value =>
  slice(words, { starts: [int(from)], steps: [1], shape: [int(count)] });

/** The numbers of a coded tensor from its words: its codes' levels times the scales of their blocks. */
export function decoded(words: Value, storage: CodedStorage, shape: readonly number[]): Value {
  const { bits, levels, block } = storage;
  const count = shape.reduce((a, b) => a * b, 1);
  const axes = shape.map(int);
  if (count === 0) return fill(words.graph, 0, "f32", axes);
  const layout = codedLayout(storage, count);
  const codes = part(words, layout.codes, layout.scales - layout.codes);
  const own = codeIn(stretch(codes, { shape: axes, each: 32 / bits }), { bits });
  const scales = scalesOf(words, storage, layout);
  return mul(levelOf(own, { levels, bits }), stretch(scales, { shape: axes, each: block }));
}

/** The scale of each block. */
function scalesOf(words: Value, { scales }: CodedStorage, at: CodedLayout): Value {
  if (!scales) return floatIn(part(words, at.scales, at.blocks));
  const shape = [int(at.blocks)];
  const codes = part(words, at.scales, at.groups - at.scales);
  const table = floatIn(part(words, at.levels, scales.levels.length));
  const level = gather(table, codeIn(stretch(codes, { shape, each: 4 }), { bits: 8 }));
  const groups = floatIn(part(words, at.groups, at.mean - at.groups));
  const mean = stretch(floatIn(part(words, at.mean, 1)), { shape, each: at.blocks });
  return add(mul(level, stretch(groups, { shape, each: scales.block })), mean);
}
