// Kernels that read and write at places given as numbers.
import { computed, dl, shapeText, sizeOf, type Expression } from "../expressions.js";
import type { Kernel, Kernels } from "./kernel.js";
import { broadcast, cast, frontAxes, like, reshaped } from "./shapes.js";

const gather: Kernel = ({ tensor, number, attrs }) => {
  const [x, ids] = [tensor("x"), cast(tensor("indices"), "i32")];
  const [axis = 0] = frontAxes([number("axis")], x.shape.length);
  const given = Number(attrs["batchDims"] ?? 0);
  const batch = given < 0 ? given + ids.shape.length : given;
  if (batch > 0) return gatherBatched(x, ids, axis, batch);
  const shape = [...x.shape.slice(0, axis), ...ids.shape, ...x.shape.slice(axis + 1)];
  const whole = x.dtype === "bool" ? cast(x, "i32") : x;
  return cast(computed(whole.dtype, shape, dl`gather(${whole}, ${ids}, axis = ${axis})`), x.dtype);
};

/** Each element of a batch has its own places: they are numbered through. */
function gatherBatched(x: Expression, ids: Expression, axis: number, batch: number): Expression {
  const b = sizeOf(x.shape.slice(0, batch));
  const n = x.shape[axis] ?? 1;
  const [outer, inner] = [x.shape.slice(batch, axis), x.shape.slice(axis + 1)];
  const [o, i] = [sizeOf(outer), sizeOf(inner)];
  const k = sizeOf(ids.shape.slice(batch));
  const rows = computed(
    x.dtype,
    [b * n, o, i],
    dl`rearrange(reshape(${x}, [${b}, ${o}, ${n}, ${i}]), [b o n i -> (b n) o i])`,
  );
  const flat = computed(
    "i32",
    [b, k],
    dl`reshape(${ids}, [${b}, ${k}]) + reshape(iota(${b}), [${b}, 1]) * ${n}`,
  );
  const found = computed(x.dtype, [b, k, o, i], dl`gather(${rows}, ${flat})`);
  const ordered = computed(x.dtype, [b, o, k, i], dl`rearrange(${found}, [b k o i -> b o k i])`);
  return reshaped(ordered, [
    ...x.shape.slice(0, batch),
    ...outer,
    ...ids.shape.slice(batch),
    ...inner,
  ]);
}

/** The number of a row from its index in each of the first axes. */
function rowNumbers(indices: Expression, shape: readonly number[]): Expression {
  const depth = indices.shape.at(-1) ?? 1;
  const steps = Array.from({ length: depth }, (_, i) => sizeOf(shape.slice(i + 1, depth)));
  const count = sizeOf(indices.shape) / depth;
  const flat = reshaped(cast(indices, "i32"), [count, depth]);
  const terms = steps.map((step, i) => dl`${flat}[:, ${i}] * ${step}`);
  return computed(
    "i32",
    [count],
    terms.reduce((sum, term) => dl`${sum} + ${term}`),
  );
}

const gatherNd: Kernel = ({ tensor }) => {
  const [x, indices] = [tensor("params"), tensor("indices")];
  const depth = indices.shape.at(-1) ?? 1;
  const rest = x.shape.slice(depth);
  const rows = reshaped(x, [sizeOf(x.shape.slice(0, depth)), ...rest]);
  const ids = rowNumbers(indices, x.shape);
  const found = computed(x.dtype, [...ids.shape, ...rest], dl`gather(${rows}, ${ids})`);
  return reshaped(found, [...indices.shape.slice(0, -1), ...rest]);
};

/** Rows added together by number, in the shape given. */
function scattered(updates: Expression, indices: Expression, shape: readonly number[]): Expression {
  const isFlat = indices.shape.length < 2;
  const depth = isFlat ? 1 : (indices.shape.at(-1) ?? 1);
  const rest = shape.slice(depth);
  const rows = sizeOf(shape.slice(0, depth));
  const ids = rowNumbers(isFlat ? reshaped(indices, [sizeOf(indices.shape), 1]) : indices, shape);
  const flat = reshaped(cast(updates, "f32"), [...ids.shape, ...rest]);
  const sum = computed("f32", [rows, ...rest], dl`scatter_add(${flat}, ${ids}, ${rows})`);
  return reshaped(cast(sum, updates.dtype), shape);
}

/** As `scattered`, but what no index names keeps its old element. */
function replaced(old: Expression, updates: Expression, indices: Expression): Expression {
  const sum = scattered(updates, indices, old.shape);
  const ones = like(updates, dl`ones(${shapeText(updates.shape)})`, "f32");
  const hits = scattered(ones, indices, old.shape);
  return computed(old.dtype, old.shape, dl`select(${hits} > 0, ${sum}, ${old})`);
}

const segmentSum: Kernel = ({ tensor, number }) => {
  const [x, ids] = [tensor("x"), cast(tensor("segmentIds"), "i32")];
  const rows = number("numSegments");
  const shape = [rows, ...x.shape.slice(1)];
  // Rows with a number outside are left out.
  const inside = [ids.shape[0] ?? 1, ...x.shape.slice(1).map(() => 1)].join(", ");
  const kept = computed(
    "f32",
    x.shape,
    dl`select(reshape(${ids} >= 0, [${inside}]), ${cast(x, "f32")}, 0)`,
  );
  return cast(computed("f32", shape, dl`scatter_add(${kept}, max(${ids}, 0), ${rows})`), x.dtype);
};

/** Kernels by tfjs's names. */
export const places: Kernels = {
  GatherV2: gather,
  GatherNd: gatherNd,
  ScatterNd: ({ tensor, numbers }) =>
    scattered(tensor("updates"), tensor("indices"), numbers("shape")),
  TensorScatterUpdate: ({ tensor }) =>
    replaced(tensor("tensor"), tensor("updates"), tensor("indices")),
  SparseToDense: ({ tensor, numbers }) => {
    const [indices, values] = [tensor("sparseIndices"), tensor("sparseValues")];
    const shape = numbers("outputShape");
    const column = indices.shape.length === 1 ? reshaped(indices, [...indices.shape, 1]) : indices;
    const count = indices.shape.length === 0 ? [] : column.shape.slice(0, -1);
    const old = broadcast(tensor("defaultValue"), shape);
    if (values.dtype === "bool")
      return cast(
        replaced(cast(old, "i32"), broadcast(cast(values, "i32"), count), column),
        "bool",
      );
    return replaced(old, broadcast(values, count), column);
  },
  UnsortedSegmentSum: segmentSum,
};
