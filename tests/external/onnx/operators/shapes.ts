// Operators that move elements and make tensors: reshaping, joining, cutting, repeating, padding, filling.
import { tensorOf, dtypes } from "../model.js";
import {
  axesText,
  concatText,
  letters,
  list,
  Miss,
  num,
  product,
  range,
  typeText,
  type Call,
  type Family,
  type Given,
  type Translate,
} from "../writer.js";

/** The result has the sizes that the graph says. */
const reshape: Translate = (call) => `reshape(${call.x()}, ${list(call.out().shape)})`;

function newShape(call: Call): string {
  const shape = call.shape();
  const isZeroKept = call.int("allowzero", 0) === 1;
  const sizes = call.numbers(1).map((size, i) => (size === 0 && !isZeroKept ? shape[i] : size));
  const open = sizes.indexOf(-1);
  const rest = product(sizes.map((size) => (size === -1 ? 1 : (size ?? 1))));
  const settled = sizes.map((size, i) => (i === open ? product(shape) / rest : (size ?? 1)));
  return `reshape(${call.x()}, ${list(settled)})`;
}

function flatten(call: Call): string {
  const axis = call.axis("axis", 1);
  const shape = call.shape();
  return `reshape(${call.x()}, ${list([product(shape.slice(0, axis)), product(shape.slice(axis))])})`;
}

function transpose(call: Call): string {
  const names = letters(call.rank());
  const perm = call.ints("perm") ?? range(call.rank()).toReversed();
  return `rearrange(${call.x()}, [${names.join(" ")} -> ${perm.map((i) => names[i]).join(" ")}])`;
}

function split(call: Call): readonly string[] {
  const axis = call.axis("axis", 0);
  const sizes = call.ints("split") ?? (call.has(1) ? call.numbers(1) : undefined);
  const count = call.node.outputs.length;
  const parts = sizes ? list(sizes) : String(count);
  return call.writer.parts(count, `split(${call.x()}, ${parts}, axis = ${String(axis)})`);
}

/** One axis of a slice as NumPy reads it: a range counted from the front, and whether it runs backwards. */
interface Cut {
  readonly isFlipped: boolean;
  readonly text: string;
  readonly size: number;
}

function cutOf(size: number, start: number, end: number, step: number): Cut {
  const [low, high] = step > 0 ? [0, size] : [-1, size - 1];
  const settle = (at: number): number => Math.min(Math.max(at < 0 ? at + size : at, low), high);
  const [from, to] = [settle(start), settle(end)];
  const isFlipped = step < 0;
  const [first, last] = isFlipped ? [size - 1 - from, size - 1 - to] : [from, to];
  const by = Math.abs(step);
  const text = `${String(first)}:${String(last)}${by === 1 ? "" : `:${String(by)}`}`;
  return { isFlipped, text, size: Math.max(Math.ceil((last - first) / by), 0) };
}

function slice(call: Call): readonly Given[] {
  const given = (name: string, index: number): readonly number[] | undefined =>
    call.ints(name) ?? (call.has(index) ? call.numbers(index) : undefined);
  const starts = given("starts", 1) ?? [];
  const ends = given("ends", 2) ?? [];
  const rank = call.rank();
  const axes = (given("axes", 3) ?? range(starts.length)).map((a) => (a < 0 ? a + rank : a));
  const steps = call.has(4) ? call.numbers(4) : [];
  const cuts = call.shape().map((size, axis) => {
    const i = axes.indexOf(axis);
    return i < 0 ? undefined : cutOf(size, starts[i] ?? 0, ends[i] ?? size, steps[i] ?? 1);
  });
  const flipped = range(rank).filter((axis) => cuts[axis]?.isFlipped);
  const x =
    flipped.length > 0 ? call.let(`flip(${call.x()}, axis = ${axesText(flipped)})`) : call.x();
  const shape = call.shape().map((size, axis) => cuts[axis]?.size ?? size);
  const type = { dtype: call.operand(0).type.dtype, shape };
  return [{ text: `${x}[${cuts.map((cut) => cut?.text ?? ":").join(", ")}]`, type }];
}

/** Repeats along new axes in front and along axes of size 1. */
export function expanded(x: string, from: readonly number[], to: readonly number[]): string {
  const lead = to.length - from.length;
  const names = letters(to.length);
  const left = from.map((size, i) => (size === to[lead + i] ? names[lead + i] : "1"));
  const isNew = names.map((_, i) => i < lead || from[i - lead] !== to[i]);
  const sizes = names
    .filter((_, i) => isNew[i])
    .map((name) => `${name} = ${String(to[names.indexOf(name)])}`);
  if (sizes.length === 0) return x;
  if (from.length === 0) return `${x} + zeros(${list(to)})`;
  return `repeat(${x}, [${left.join(" ")} -> ${names.join(" ")}], ${sizes.join(", ")})`;
}

function expand(call: Call): string {
  const from = call.shape();
  const wanted = call.numbers(1);
  const rank = Math.max(from.length, wanted.length);
  const to = range(rank).map((i) =>
    Math.max(from[i - rank + from.length] ?? 1, wanted[i - rank + wanted.length] ?? 1),
  );
  return expanded(call.x(), from, to);
}

function tile(call: Call): string {
  const names = letters(call.rank());
  const times = letters(call.rank(), call.rank());
  const counts = call.numbers(1).map((count, i) => `${String(times[i])} = ${String(count)}`);
  const right = names.map((name, i) => `(${String(times[i])} ${name})`);
  return `repeat(${call.x()}, [${names.join(" ")} -> ${right.join(" ")}], ${counts.join(", ")})`;
}

/** Pads each axis that needs it. */
export function padded(
  call: Call,
  x: string,
  before: readonly number[],
  after: readonly number[],
  value: string,
): string {
  return before.reduce((y, low, axis) => {
    const high = after[axis] ?? 0;
    if (low === 0 && high === 0) return y;
    const sizes = `before = ${String(low)}, after = ${String(high)}`;
    return call.let(`pad(${y}, axis = ${String(axis)}, ${sizes}, value = ${value})`);
  }, x);
}

function pad(call: Call): string {
  const mode = call.word("mode", "constant");
  if (mode !== "constant") throw new Miss(`padding of mode ${mode}`);
  const pads = call.ints("pads") ?? call.numbers(1);
  const value = call.has(2) ? call.numbers(2)[0] : call.float("value", 0);
  const rank = call.rank();
  return padded(call, call.x(), pads.slice(0, rank), pads.slice(rank), num(value ?? 0));
}

/** Sizes of an input, some of them, as whole numbers. */
function sizesOf(call: Call): string {
  const rank = call.rank();
  const settle = (at: number): number => Math.min(Math.max(at < 0 ? at + rank : at, 0), rank);
  const [from, to] = [settle(call.int("start", 0)), settle(call.int("end", rank))];
  const sizes = call.shape().slice(from, to);
  return concatText(
    sizes.map((size) => `full(i32[1], ${String(size)})`),
    0,
  );
}

const blockLayout = (isCrd: boolean): string =>
  isCrd ? "b (c m n) y x -> b c (y m) (x n)" : "b (m n c) y x -> b c (y m) (x n)";

function constant(call: Call): readonly { readonly known: ReturnType<typeof tensorOf> }[] {
  const proto = call.node.attributes.get("value")?.t;
  if (proto) return [{ known: tensorOf(proto) }];
  const float = call.node.attributes.get("value_float")?.f;
  const int = call.node.attributes.get("value_int")?.i;
  if (float === undefined && int === undefined) throw new Miss("a constant that is no tensor");
  const dtype = float === undefined ? "i32" : "f32";
  return [{ known: { dtype, shape: [], data: [float ?? int ?? 0] } }];
}

function filled(call: Call): string {
  const proto = call.node.attributes.get("value")?.t;
  const value = proto ? tensorOf(proto) : { dtype: "f32" as const, data: [0] };
  const shape = call.numbers(0);
  return `full(${typeText({ dtype: value.dtype, shape })}, ${num(value.data[0] ?? 0)})`;
}

/** A conversion; a number becomes a truth value by being other than 0. */
function cast(call: Call): string {
  const dtype = dtypes[call.int("to", 1)];
  if (!dtype) throw new Miss("a cast to a type that the language does not have");
  const x = call.x();
  if (dtype === "bool") return `${x} != 0`;
  return call.operand(0).type.dtype === dtype ? x : `cast(${x}, ${dtype})`;
}

function counted(call: Call): string {
  const [start = 0] = call.numbers(0);
  const [limit = 0] = call.numbers(1);
  const [delta = 1] = call.numbers(2);
  const count = Math.max(Math.ceil((limit - start) / delta), 0);
  const { dtype } = call.operand(0).type;
  const steps =
    dtype === "i32" ? `iota(${String(count)})` : `cast(iota(${String(count)}), ${dtype})`;
  return `${num(start)} + ${num(delta)} * ${steps}`;
}

function eye(call: Call): string {
  const [rows = 1, columns = 1] = call.shape();
  const shift = call.int("k", 0);
  const row = `reshape(iota(${String(rows)}), [${String(rows)}, 1])`;
  const column = `reshape(iota(${String(columns)}), [1, ${String(columns)}])`;
  return `cast(${column} - ${row} == ${num(shift)}, ${call.out().dtype})`;
}

/** Operators that move elements and make tensors. */
export const shapes: Family = {
  Reshape: newShape,
  Flatten: flatten,
  Squeeze: reshape,
  Unsqueeze: reshape,
  Transpose: transpose,
  Concat: (call) => concatText(call.xs(), call.axis("axis", 0)),
  Split: split,
  Slice: slice,
  Expand: expand,
  Tile: tile,
  Pad: pad,
  Shape: sizesOf,
  Size: (call) => `full(i32[], ${String(product(call.shape()))})`,
  DepthToSpace: (call) => {
    const size = String(call.int("blocksize", 1));
    const layout = blockLayout(call.word("mode", "DCR") === "CRD");
    return `rearrange(${call.x()}, [${layout}], m = ${size}, n = ${size})`;
  },
  SpaceToDepth: (call) => {
    const size = String(call.int("blocksize", 1));
    return `rearrange(${call.x()}, [b c (y m) (x n) -> b (m n c) y x], m = ${size}, n = ${size})`;
  },
  Constant: constant,
  ConstantOfShape: filled,
  EyeLike: eye,
  Range: counted,
  Cast: cast,
  Trilu: (call) => {
    const shift = call.has(1) ? (call.numbers(1)[0] ?? 0) : 0;
    return `${call.int("upper", 1) === 1 ? "triu" : "tril"}(${call.x()}, k = ${num(shift)})`;
  },
};
