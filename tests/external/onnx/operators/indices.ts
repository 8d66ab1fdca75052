// Operators whose places are numbers of a tensor: gathering, scattering, one-hot vectors, order, turning sequences round.
import { list, Miss, num, product, range, type Call, type Family, type Given } from "../writer.js";

/** Integers that count from the end where they are negative. */
const counted = (ids: string, size: number): string =>
  `select(${ids} < 0, ${ids} + ${String(size)}, ${ids})`;

const settled = (call: Call, index: number, size: number): string =>
  call.let(counted(call.x(index), size));

/** Numbers of rows of all elements of `shape`, where one axis is given by `ids` and the others by their own place. */
function flatPlaces(
  call: Call,
  ids: string,
  shape: readonly number[],
  table: readonly number[],
  axis: number,
): string {
  const stride = (i: number): number => product(table.slice(i + 1));
  const terms = range(shape.length).flatMap((i) => {
    const by = stride(i) === 1 ? "" : ` * ${String(stride(i))}`;
    if (i === axis) return [`${ids}${by}`];
    if (shape[i] === 1) return [];
    const sizes = shape.map((n, j) => (j === i ? n : 1));
    return [`reshape(iota(${String(shape[i])}), ${list(sizes)})${by}`];
  });
  // The full shape comes first, so that only the others stretch.
  return call.let(
    terms.sort((a, b) => Number(b.startsWith(ids)) - Number(a.startsWith(ids))).join(" + "),
  );
}

const flat = (text: string, shape: readonly number[]): string =>
  shape.length === 1 ? text : `reshape(${text}, [${String(product(shape))}])`;

function gatherElements(call: Call): string {
  const [table, shape] = [call.shape(0), call.shape(1)];
  const axis = call.axis("axis", 0);
  const ids = settled(call, 1, table[axis] ?? 1);
  return `gather(${flat(call.x(0), table)}, ${flatPlaces(call, ids, shape, table, axis)})`;
}

/** Rows of a table flattened over its first axes, by places along each of them in the last axis of the indices. */
function rowNumbers(
  call: Call,
  index: number,
): { readonly rows: number; readonly ids: string; readonly rest: readonly number[] } {
  const table = call.shape(0);
  const depth = call.shape(index).at(-1) ?? 1;
  const ids = call.x(index);
  const parts = range(depth).map((i) => {
    const column = call.let(`${ids}[..., ${String(i)}]`);
    const by = product(table.slice(i + 1, depth));
    return `${counted(column, table[i] ?? 1)}${by === 1 ? "" : ` * ${String(by)}`}`;
  });
  return {
    rows: product(table.slice(0, depth)),
    ids: call.let(parts.join(" + ")),
    rest: table.slice(depth),
  };
}

function gatherNd(call: Call): string {
  if (call.int("batch_dims", 0) !== 0) throw new Miss("gathering with batch axes");
  const { rows, ids, rest } = rowNumbers(call, 1);
  return `gather(reshape(${call.x(0)}, ${list([rows, ...rest])}), ${ids})`;
}

/** Puts updates at flat places of `data`, over what is there, added to it, or multiplied with it. */
function scattered(
  call: Call,
  data: string,
  ids: string,
  updates: string,
  shape: readonly number[],
): string {
  const [rows = 1, ...rest] = shape;
  switch (call.word("reduction", "none")) {
    case "add":
      return `${data} + scatter_add(${updates}, ${ids}, ${String(rows)})`;
    case "mul": {
      const column = rest.map(() => 1);
      const count = call.let(`reshape(${ids}, [-1, 1${column.map(() => ", 1").join("")}])`);
      const row = `reshape(iota(${String(rows)}), ${list([1, rows, ...column])})`;
      const isHere = call.let(`${count} == ${row}`);
      const wide = call.let(`rearrange(${updates}, [n ... -> n 1 ...])`);
      return `${data} * prod(select(${isHere}, ${wide}, 1), axis = 0)`;
    }
    default: {
      const hits = call.let(`scatter_add(ones_like(${updates}), ${ids}, ${String(rows)})`);
      return `select(${hits} > 0, scatter_add(${updates}, ${ids}, ${String(rows)}), ${data})`;
    }
  }
}

function scatterElements(call: Call): string {
  const [table, shape] = [call.shape(0), call.shape(1)];
  const axis = call.axis("axis", 0);
  const ids = settled(call, 1, table[axis] ?? 1);
  const places = call.let(flat(flatPlaces(call, ids, shape, table, axis), shape));
  const updates = call.let(flat(call.x(2), shape));
  const data = call.let(flat(call.x(0), table));
  return `reshape(${scattered(call, data, places, updates, [product(table)])}, ${list(table)})`;
}

function scatterNd(call: Call): string {
  const { rows, ids, rest } = rowNumbers(call, 1);
  const count = product(call.shape(1).slice(0, -1));
  const updates = call.let(`reshape(${call.x(2)}, ${list([count, ...rest])})`);
  const places = call.let(`reshape(${ids}, [${String(count)}])`);
  const data = call.let(`reshape(${call.x(0)}, ${list([rows, ...rest])})`);
  return `reshape(${scattered(call, data, places, updates, [rows, ...rest])}, ${list(call.shape(0))})`;
}

/** A new axis that is `on` at the index and `off` elsewhere; places beyond it are off everywhere. */
function oneHot(call: Call): string {
  const [depth = 1] = call.numbers(1);
  const shape = call.shape(0);
  const axis = call.axis("axis", -1, shape.length + 1);
  const given =
    call.operand(0).type.dtype === "f32" ? call.let(`cast(${call.x(0)}, i32)`) : call.x(0);
  const ids = call.let(counted(given, depth));
  const lead = list([...shape.slice(0, axis), 1, ...shape.slice(axis)]);
  const numbers = list(range(shape.length + 1).map((i) => (i === axis ? depth : 1)));
  const values = call.x(2);
  const isHere = `reshape(${ids}, ${lead}) == reshape(iota(${String(depth)}), ${numbers})`;
  return `select(${isHere}, ${values}[1], ${values}[0])`;
}

function topK(call: Call): readonly Given[] {
  const [k = 1] = call.has(1) ? call.numbers(1) : [call.int("k", 1)];
  const axis = call.axis("axis", -1);
  const isSmallest = call.int("largest", 1) === 0;
  const parts = call.writer.parts(
    2,
    `sort(${call.x()}, axis = ${String(axis)}, descending = ${String(!isSmallest)})`,
  );
  const cut = [
    ...range(axis).map(() => ":"),
    `:${String(k)}`,
    ...range(call.rank() - axis - 1).map(() => ":"),
  ];
  return parts.map((name) => `${name}[${cut.join(", ")}]`);
}

/** The first elements of each sequence in reverse order, those beyond its length as they are. */
function reverseSequence(call: Call): string {
  const [batch, time] = [call.int("batch_axis", 1), call.int("time_axis", 0)];
  const shape = call.shape();
  const along = (axis: number, text: string): string =>
    `reshape(${text}, ${list(shape.map((n, i) => (i === axis ? n : 1)))})`;
  const lengths = call.let(along(batch, call.x(1)));
  const places = call.let(along(time, `iota(${String(shape[time])})`));
  const turned = call.let(`select(${places} < ${lengths}, ${lengths} - 1 - ${places}, ${places})`);
  const wide = call.let(`${turned} + zeros(i32${list(shape)})`);
  return `gather(${flat(call.x(), shape)}, ${flatPlaces(call, wide, shape, shape, time)})`;
}

/** Rows that a condition keeps; the condition has to be known, since it decides how many there are. */
function compress(call: Call): string {
  const keeps = call.numbers(1).flatMap((flag, i) => (flag !== 0 ? [i] : []));
  const isFlat = !call.node.attributes.has("axis");
  const axis = isFlat ? 0 : call.axis("axis", 0);
  const x = isFlat ? flat(call.x(), call.shape()) : call.x();
  if (keeps.length === 0) throw new Miss("a result without elements");
  const rows = keeps.map((i) => `full(i32[1], ${num(i)})`);
  const ids = rows.length === 1 ? (rows[0] ?? "") : `concat(${rows.join(", ")})`;
  return `gather(${x}, ${ids}, axis = ${String(axis)})`;
}

/** Operators whose places are numbers of a tensor. */
export const indices: Family = {
  Gather: (call) => {
    const axis = call.axis("axis", 0);
    const ids = settled(call, 1, call.shape()[axis] ?? 1);
    return `gather(${call.x()}, ${ids}, axis = ${String(axis)})`;
  },
  GatherElements: gatherElements,
  GatherND: gatherNd,
  Scatter: scatterElements,
  ScatterElements: scatterElements,
  ScatterND: scatterNd,
  OneHot: oneHot,
  TopK: topK,
  ReverseSequence: reverseSequence,
  Compress: compress,
};
