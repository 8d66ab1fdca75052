// Kernels that move elements: shapes, orders of axes, parts, joins, borders.
import {
  computed,
  dl,
  listed,
  shapeText,
  sizeOf,
  type ElementType,
  type Expression,
} from "../expressions.js";
import { elementType } from "../backend.js";
import type { Kernel, Kernels } from "./kernel.js";
import {
  axisNames,
  broadcast,
  cast,
  concatenated,
  cut,
  flipped,
  frontAxes,
  like,
  padded,
  reshaped,
  transposed,
} from "./shapes.js";

const reshape: Kernel = ({ tensor, numbers }) => {
  const x = tensor("x");
  const wanted = numbers("shape").slice();
  const rest = sizeOf(x.shape) / wanted.filter((n) => n !== -1).reduce((a, b) => a * b, 1);
  const shape = wanted.map((n) => (n === -1 ? rest : n));
  return computed(x.dtype, shape, dl`reshape(${x}, [${shape.join(", ")}])`);
};

const expandDims: Kernel = ({ tensor, number }) => {
  const x = tensor("input");
  const dim = number("dim");
  const shape = [...x.shape];
  shape.splice(dim < 0 ? dim + shape.length + 1 : dim, 0, 1);
  return computed(x.dtype, shape, dl`reshape(${x}, [${shape.join(", ")}])`);
};

const concat: Kernel = ({ tensors, number }) => {
  const [axis = 0] = frontAxes([number("axis")], tensors[0]?.shape.length ?? 1);
  const bools = tensors.some((x) => x.dtype === "bool");
  const joined = concatenated(bools ? tensors.map((x) => cast(x, "i32")) : tensors, axis);
  return bools ? cast(joined, "bool") : joined;
};

const pack: Kernel = ({ tensors, number }) => {
  const [first] = tensors;
  if (!first) throw new Error("nothing to stack");
  const given = number("axis");
  const axis = given < 0 ? given + first.shape.length + 1 : given;
  const shape = [...first.shape];
  shape.splice(axis, 0, tensors.length);
  const bools = first.dtype === "bool";
  const parts = bools ? tensors.map((x) => cast(x, "i32")) : tensors;
  const stacked = computed(
    bools ? "i32" : first.dtype,
    shape,
    dl`stack(${listed(parts)}, axis = ${axis})`,
  );
  return bools ? cast(stacked, "bool") : stacked;
};

const unpack: Kernel = ({ tensor, number }) => {
  const x = tensor("value");
  const [axis = 0] = frontAxes([number("axis")], x.shape.length);
  const shape = x.shape.filter((_, i) => i !== axis);
  return Array.from({ length: x.shape[axis] ?? 0 }, (_, i) =>
    computed(x.dtype, shape, dl`${x}[${":, ".repeat(axis)}${i}]`),
  );
};

/** Parts of given sizes, as the tuple that `split` gives. */
const split: Kernel = ({ tensor, attrs, number }) => {
  const x = tensor("x");
  const [axis = 0] = frontAxes([number("axis")], x.shape.length);
  const size = x.shape[axis] ?? 1;
  const given = attrs["numOrSizeSplits"];
  const sizes = Array.isArray(given)
    ? given.map(Number)
    : Array<number>(Number(given)).fill(size / Number(given));
  const rest = size - sizes.filter((n) => n !== -1).reduce((a, b) => a + b, 0);
  let start = 0;
  return sizes.map((n) => {
    const count = n === -1 ? rest : n;
    const part = cut(x, axis, start, count);
    start += count;
    return part === x ? like(x, dl`${x}`) : part;
  });
};

const slice: Kernel = ({ tensor, attrs }, tf) => {
  const x = tensor("x");
  const [begin, size] = tf.slice_util.parseSliceParams(
    { shape: x.shape },
    attrs["begin"],
    attrs["size"],
  );
  const shape = size;
  const ranges = begin.map((b, i) => `${String(b)}:${String(b + (size[i] ?? 0))}`);
  return computed(x.dtype, shape, dl`${x}[${ranges.join(", ")}]`);
};

const stridedSlice: Kernel = ({ tensor, attrs }, tf) => {
  const x = tensor("x");
  const masks = ["beginMask", "endMask", "ellipsisMask", "newAxisMask", "shrinkAxisMask"].map(
    (name) => attrs[name],
  );
  const info = tf.slice_util.sliceInfo(
    x.shape,
    attrs["begin"],
    attrs["end"],
    attrs["strides"],
    ...masks,
  );
  let y = x;
  x.shape.forEach((_, axis) => {
    const [begin = 0, end = 0, step = 1] = [info.begin[axis], info.end[axis], info.strides[axis]];
    const count = Math.max(0, Math.ceil((end - begin) / step));
    y =
      step > 0
        ? cut(y, axis, begin, count, step)
        : flipped(cut(y, axis, begin + (count - 1) * step, count, -step), [axis]);
  });
  return reshaped(y, info.finalShape) === x ? like(x, dl`${x}`) : reshaped(y, info.finalShape);
};

const reverse: Kernel = ({ tensor, numbers, attrs }) => {
  const x = tensor("x");
  const axes =
    attrs["dims"] === undefined || attrs["dims"] === null
      ? x.shape.map((_, i) => i)
      : numbers("dims");
  return flipped(like(x, dl`${x}`), frontAxes(axes, x.shape.length));
};

const tile: Kernel = ({ tensor, numbers }) => {
  const x = tensor("x");
  const reps = numbers("reps");
  const before = axisNames(x.shape.length);
  const counts = reps.map((_, i) => `r${String(i)}`);
  const shape = x.shape.map((n, i) => n * (reps[i] ?? 1));
  const after = before.map((name, i) => `(${counts[i] ?? ""} ${name})`).join(" ");
  const args = reps.map((n, i) => `${counts[i] ?? ""} = ${String(n)}`).join(", ");
  if (x.shape.length === 0) return like(x, dl`${x}`);
  return computed(x.dtype, shape, dl`repeat(${x}, [${before.join(" ")} -> ${after}], ${args})`);
};

const pad: Kernel = ({ tensor, attrs, number }) => {
  const x = tensor("x");
  const paddings = attrs["paddings"] as readonly (readonly [number, number])[];
  return paddings.reduce(
    (y, amounts, axis) => padded(y, axis, amounts, number("constantValue")),
    like(x, dl`${x}`),
  );
};

/** Borders that repeat the inside mirrored, with the edge itself or without. */
const mirrorPad: Kernel = ({ tensor, attrs }) => {
  const x = tensor("x");
  const paddings = attrs["paddings"] as readonly (readonly [number, number])[];
  const skip = attrs["mode"] === "reflect" ? 1 : 0;
  return paddings.reduce(
    (y, [before, after], axis) => {
      const size = y.shape[axis] ?? 1;
      const head = before === 0 ? [] : [flipped(cut(y, axis, skip, before), [axis])];
      const tail = after === 0 ? [] : [flipped(cut(y, axis, size - after - skip, after), [axis])];
      return concatenated([...head, y, ...tail], axis);
    },
    like(x, dl`${x}`),
  );
};

/** Blocks of channels become blocks of pixels. */
const depthToSpace: Kernel = ({ tensor, number, attrs }) => {
  const x = tensor("x");
  const s = number("blockSize");
  const isFirst = attrs["dataFormat"] === "NCHW";
  const [b = 1, p = 1, q = 1, r = 1] = x.shape;
  const shape = isFirst ? [b, p / (s * s), q * s, r * s] : [b, p * s, q * s, r / (s * s)];
  const pattern = isFirst
    ? dl`[b (i j c) y x -> b c (y i) (x j)], i = ${s}, j = ${s}`
    : dl`[b y x (i j c) -> b (y i) (x j) c], i = ${s}, j = ${s}`;
  return computed(x.dtype, shape, dl`rearrange(${x}, ${pattern})`);
};

const spaceToBatch: Kernel = ({ tensor, attrs, numbers }) => {
  const x = tensor("x");
  const block = numbers("blockShape");
  const paddings = attrs["paddings"] as readonly (readonly [number, number])[];
  const wide = paddings.reduce((y, amounts, i) => padded(y, i + 1, amounts), like(x, dl`${x}`));
  const names = axisNames(block.length);
  const blocks = block.map((_, i) => `k${String(i)}`);
  const rest = axisNames(x.shape.length - 1 - block.length, block.length);
  const args = block.map((n, i) => `k${String(i)} = ${String(n)}`).join(", ");
  const before = ["b", ...names.map((name, i) => `(${name} ${blocks[i] ?? ""})`), ...rest].join(
    " ",
  );
  const after = [`(${blocks.join(" ")} b)`, ...names, ...rest].join(" ");
  const shape = [
    (x.shape[0] ?? 1) * sizeOf(block),
    ...block.map((n, i) => (wide.shape[i + 1] ?? 1) / n),
    ...x.shape.slice(1 + block.length),
  ];
  return computed(x.dtype, shape, dl`rearrange(${wide}, [${before} -> ${after}], ${args})`);
};

const batchToSpace: Kernel = ({ tensor, attrs, numbers }) => {
  const x = tensor("x");
  const block = numbers("blockShape");
  const crops = attrs["crops"] as readonly (readonly [number, number])[];
  const names = axisNames(block.length);
  const blocks = block.map((_, i) => `k${String(i)}`);
  const rest = axisNames(x.shape.length - 1 - block.length, block.length);
  const args = block.map((n, i) => `k${String(i)} = ${String(n)}`).join(", ");
  const before = [`(${blocks.join(" ")} b)`, ...names, ...rest].join(" ");
  const after = ["b", ...names.map((name, i) => `(${name} ${blocks[i] ?? ""})`), ...rest].join(" ");
  const shape = [
    (x.shape[0] ?? 1) / sizeOf(block),
    ...block.map((n, i) => (x.shape[i + 1] ?? 1) * n),
    ...x.shape.slice(1 + block.length),
  ];
  const wide = computed(x.dtype, shape, dl`rearrange(${x}, [${before} -> ${after}], ${args})`);
  return crops.reduce<Expression>(
    (y, [start, end], i) => cut(y, i + 1, start, (y.shape[i + 1] ?? 1) - start - end),
    wide,
  );
};

/** The element type that an attribute names; floats where none does. */
const dtypeNamed = (word: string): ElementType => (word === "" ? "f32" : elementType(word));

const fill: Kernel = ({ attrs, numbers, word }) => {
  const dtype =
    typeof attrs["value"] === "string" ? elementType("string") : dtypeNamed(word("dtype"));
  const shape = attrs["shape"] === undefined ? [] : numbers("shape");
  const value = Number(attrs["value"]);
  const text =
    dtype === "bool" ? dl`${value !== 0}` : dl`${dtype === "i32" ? Math.trunc(value) : value}`;
  return computed(dtype, shape, dl`full(${shapeText(shape, dtype)}, ${text})`);
};

const range: Kernel = ({ word, number }) => {
  const [start, stop, step] = [number("start"), number("stop"), number("step")];
  const dtype = dtypeNamed(word("dtype"));
  const count = Math.max(0, Math.ceil((stop - start) / step));
  const text =
    dtype === "f32"
      ? dl`cast(iota(${count}), f32) * ${step} + ${start}`
      : dl`iota(${count}) * ${step} + ${start}`;
  return computed(dtype, [count], text);
};

const linspace: Kernel = ({ number }) => {
  const [start, stop, num] = [number("start"), number("stop"), number("num")];
  const step = num === 1 ? 0 : (stop - start) / (num - 1);
  return computed("f32", [num], dl`cast(iota(${num}), f32) * ${step} + ${start}`);
};

const oneHot: Kernel = ({ tensor, number, word }) => {
  const ids = cast(tensor("indices"), "i32");
  const [n, on, off] = [number("depth"), number("onValue"), number("offValue")];
  const hot = computed("f32", [...ids.shape, n], dl`one_hot(${ids}, ${n}) * ${on - off} + ${off}`);
  return cast(hot, dtypeNamed(word("dtype")));
};

const diag: Kernel = ({ tensor }) => {
  const x = tensor("x");
  const n = sizeOf(x.shape);
  const flat = reshaped(x.dtype === "bool" ? cast(x, "i32") : x, [1, n]);
  const eye = computed(
    "bool",
    [n, n],
    dl`reshape(iota(${n}), [${n}, 1]) == reshape(iota(${n}), [1, ${n}])`,
  );
  const square = computed(flat.dtype, [n, n], dl`select(${eye}, ${flat}, 0)`);
  return cast(reshaped(square, [...x.shape, ...x.shape]), x.dtype);
};

/** Kernels by tfjs's names. */
export const movement: Kernels = {
  Reshape: reshape,
  ExpandDims: expandDims,
  Transpose: ({ tensor, numbers }) => {
    const x = tensor("x");
    return transposed(like(x, dl`${x}`), numbers("perm"));
  },
  Concat: concat,
  Pack: pack,
  Unpack: unpack,
  SplitV: split,
  Slice: slice,
  StridedSlice: stridedSlice,
  Reverse: reverse,
  FlipLeftRight: ({ tensor }) => flipped(tensor("image"), [2]),
  Tile: tile,
  BroadcastTo: ({ tensor, numbers }) => broadcast(tensor("x"), numbers("shape")),
  PadV2: pad,
  MirrorPad: mirrorPad,
  DepthToSpace: depthToSpace,
  SpaceToBatchND: spaceToBatch,
  BatchToSpaceND: batchToSpace,
  Fill: fill,
  Range: range,
  LinSpace: linspace,
  OneHot: oneHot,
  Diag: diag,
};
