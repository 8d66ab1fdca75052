// Runs a graph on a few representative elements of each tensor: exact for elementwise functions, with the moments of sums of
// many independent terms for products and reductions (Glorot and Bengio 2010, He et al. 2015).
import type { Op, Piece, Value } from "../ir/op.js";
import { scalarBuilder, variable, type ScalarExpr } from "../scalar/expr.js";
import { intrinsic } from "../scalar/intrinsics.js";
import * as dims from "../types/dim.js";
import type { Dim, Sym } from "../types/dim.js";
import { many, normals, places, reordered } from "./draws.js";

/** Elements of a tensor: one number where all are the same; undefined where nothing is known. */
export type Sample = number | Float64Array | undefined;

/** Names for the index of an element along each axis, for its row-major index, and for a row that is looked up. */
const indices: readonly Dim[] = Array.from({ length: 32 }, (_, i) =>
  dims.symbol(dims.freshSym(`i${String(i)}`)),
);
const linear = dims.symbol(dims.freshSym("linear"));
const looked = dims.symbol(dims.freshSym("row"));

/** The size that free dims are given: only the number of terms of sums depends on it. */
const extent = 64;

/** Values by their samples; `leaf` gives those of leaves, `before` those of values that come first. */
export function sampled(
  order: readonly Value[],
  leaf: (value: Value) => Sample,
  before: ReadonlyMap<Value, Sample> = new Map(),
): Map<Value, Sample> {
  const known = new Map(before);
  for (const value of order) {
    const operands = value.operands.map((o) => known.get(o));
    known.set(value, value.op.lower.kind === "leaf" ? leaf(value) : sampleOf(value, operands));
  }
  return known;
}

/** Mean of the squares. */
export function power(x: Sample): number | undefined {
  if (x === undefined) return undefined;
  return typeof x === "number" ? x * x : momentsOf(x).square;
}

function sampleOf(value: Value, operands: readonly Sample[]): Sample {
  const { lower } = value.op;
  switch (lower.kind) {
    case "pointwise":
      return pointwise(value, operands);
    case "view":
      return viewed(value, operands);
    case "reduce":
      return reduced(value, lower.monoid.name, operands[0], lower.axes(value.attrs));
    case "contract":
      return contracted(value, operands, lower.spec(value.attrs));
    default:
      return undefined;
  }
}

// ------------------------------------------------------------------- pointwise

/** Numbers that a draw gives for consecutive places, by op: the same for each use but for their order. */
const draws = new WeakMap<Op, Float64Array>();

function pointwise(value: Value, operands: readonly Sample[]): Sample {
  const { op, type, attrs } = value;
  if (op.lower.kind !== "pointwise" || operands.includes(undefined)) return undefined;
  const at = indices.slice(0, type.shape.length);
  const args = value.operands.map((o, i) => variable(String(i), o.type.dtype));
  const body = op.lower.body(scalarBuilder(at, linear), args, attrs);
  const symbols = dimsIn(body);
  if (symbols.has(linear.key)) return drawn(value, body, operands);
  const where = symbols.size === 0 ? () => 0 : indexOf(value, at);
  return compute(body, operands, (d) => numbersOf(d, where), new Map());
}

/** A body that depends on the place of the element alone is a draw: many places give its distribution. */
function drawn({ op, id }: Value, body: ScalarExpr, operands: readonly Sample[]): Sample {
  const known = draws.get(op);
  if (known) return reordered(known, id);
  const finer = 8;
  const all: number[] = [];
  for (let part = 0; part < finer; part++) {
    const where = (_: Sym, k: number): number => part * many + k;
    const found = compute(
      body,
      operands,
      (d) => (d === linear || dims.same(d, linear) ? numbersOf(d, where) : numbersOf(d, () => 0)),
      new Map(),
    );
    if (!(found instanceof Float64Array)) return found;
    all.push(...found);
  }
  all.sort((a, b) => a - b);
  const means = Float64Array.from({ length: many }, (_, i) =>
    all.slice(i * finer, (i + 1) * finer).reduce((a, b) => a + b / finer, 0),
  );
  draws.set(op, means);
  return reordered(means, id);
}

/** The index of the sampled elements along each axis of a value. */
function indexOf({ type: { shape } }: Value, at: readonly Dim[]): (sym: Sym, k: number) => number {
  const indices = new Map(
    at.flatMap((d, axis) => {
      const sym = dims.symOf(d);
      return sym ? [[sym, places(axis + 101, sizeOf(shape[axis]))] as const] : [];
    }),
  );
  return (sym, k) => indices.get(sym)?.[k] ?? extent;
}

function numbersOf(d: Dim, where: (sym: Sym, k: number) => number): number | Float64Array {
  const constant = dims.constantOf(d);
  if (constant !== undefined) return constant;
  return Float64Array.from(
    { length: many },
    (_, k) => dims.evaluate(d, (sym) => where(sym, k)) ?? 0,
  );
}

function dimsIn(node: ScalarExpr, seen = new Set<ScalarExpr>()): Set<string> {
  const found = new Set<string>();
  const walk = (x: ScalarExpr): void => {
    if (seen.has(x)) return;
    seen.add(x);
    if (x.kind === "dim" && dims.constantOf(x.dim) === undefined) found.add(x.dim.key);
    if (x.kind === "call") x.args.forEach(walk);
  };
  walk(node);
  return found;
}

function compute(
  node: ScalarExpr,
  operands: readonly Sample[],
  dimension: (d: Dim) => number | Float64Array,
  known: Map<ScalarExpr, number | Float64Array>,
): number | Float64Array {
  const found = known.get(node);
  if (found !== undefined) return found;
  const result = ((): number | Float64Array => {
    if (node.kind === "literal") return node.value;
    if (node.kind === "dim") return dimension(node.dim);
    if (node.kind === "variable") return operands[Number(node.name)] ?? 0;
    const args = node.args.map((arg) => compute(arg, operands, dimension, known));
    return applied(node, args);
  })();
  known.set(node, result);
  return result;
}

/** A call of an intrinsic on all the numbers. */
function applied(
  node: ScalarExpr & { readonly kind: "call" },
  args: readonly (number | Float64Array)[],
): number | Float64Array {
  const row = intrinsic(node.fn);
  const from = node.args[node.args.length - 1]?.dtype ?? node.dtype;
  const dtype = node.fn === "convert" ? node.dtype : from;
  const current = args.map((a) => (typeof a === "number" ? a : 0));
  const moving = args.flatMap((a, i) => (typeof a === "number" ? [] : [{ a, i }]));
  if (moving.length === 0) return row.js(current, dtype, from);
  const result = new Float64Array(many);
  for (let k = 0; k < many; k++) {
    for (const { a, i } of moving) current[i] = a[k] ?? 0;
    result[k] = row.js(current, dtype, from);
  }
  return result;
}

// ----------------------------------------------------------------------- views

/** Elements from elsewhere: in the same order where a view only relabels, in another one where it picks other elements. */
function viewed(value: Value, operands: readonly Sample[]): Sample {
  const { op, type, attrs } = value;
  if (op.lower.kind !== "view") return undefined;
  const out = indices.slice(0, type.shape.length);
  const context = {
    operands: value.operands.map((o) => o.type),
    result: type,
    lookup: () => looked,
  };
  const pieces = op.lower.pieces(out, context, attrs);
  const sources = pieces.map((piece) => picked(operands[piece.operand], piece));
  if (sources.includes(undefined)) return undefined;
  const [first] = sources;
  if (pieces.length === 1 && (pieces[0]?.guards ?? []).length === 0) return first;
  const fill = op.lower.fill?.(attrs) ?? 0;
  const where = indexOf(value, out);
  return Float64Array.from({ length: many }, (_, k) => {
    const chosen = pieces.findIndex((piece) => holds(piece, where, k));
    const source = sources[chosen];
    return source === undefined ? fill : typeof source === "number" ? source : (source[k] ?? 0);
  });
}

function picked(x: Sample, { index }: Piece): Sample {
  const offset = index.reduce((sum, d) => sum + Math.abs(dims.constantTerm(d)), 0);
  return offset === 0 || !(x instanceof Float64Array) ? x : reordered(x, offset);
}

const holds = (
  { guards = [] }: Piece,
  where: (sym: Sym, k: number) => number,
  k: number,
): boolean =>
  guards.every((guard) => {
    const of = (d: Dim): number => dims.evaluate(d, (sym) => where(sym, k)) ?? 0;
    const x = of(guard.value);
    return guard.kind === "within" ? x >= 0 && x < of(guard.size) : x % of(guard.of) === 0;
  });

// ------------------------------------------------------------------------ sums

interface Moments {
  readonly mean: number;
  readonly square: number;
}

function momentsOf(x: number | Float64Array): Moments {
  if (typeof x === "number") return { mean: x, square: x * x };
  let [sum, square] = [0, 0];
  for (const number of x) {
    sum += number;
    square += (number * number) / many;
  }
  const mean = sum / many;
  // What differs from 0 by no more than chance is 0: many terms would make much of it.
  const isChance = mean * mean < (16 * square) / many;
  return { mean: isChance ? 0 : mean, square };
}

const sizeOf = (d: Dim | undefined): number =>
  Math.max(1, d ? (dims.evaluate(d, () => extent) ?? extent) : 1);

function reduced(value: Value, monoid: string, x: Sample, axes: readonly number[]): Sample {
  const shape = value.operands[0]?.type.shape ?? [];
  const count = axes.reduce((n, axis) => n * sizeOf(shape[axis]), 1);
  if (x === undefined || monoid === "prod") return undefined;
  if (monoid === "sum") {
    if (typeof x === "number") return x * count;
    if (count === 1) return x;
    const { mean, square } = momentsOf(x);
    return normals(value.id, count * mean, Math.sqrt(count * Math.max(0, square - mean * mean)));
  }
  if (typeof x === "number" || count === 1) return x;
  const sorted = Float64Array.from(x).sort();
  const rank = Math.min(many - 1, Math.floor((many * count) / (count + 1)));
  return sorted[monoid === "max" ? rank : many - 1 - rank] ?? 0;
}

function contracted(
  value: Value,
  [a, b]: readonly Sample[],
  spec: { readonly left: string; readonly right: string; readonly out: string },
): Sample {
  if (a === undefined || b === undefined) return undefined;
  const shape = value.operands[0]?.type.shape ?? [];
  const count = [...spec.left].reduce(
    (n, label, axis) => (spec.out.includes(label) ? n : n * sizeOf(shape[axis])),
    1,
  );
  const [x, y] = [momentsOf(a), momentsOf(b)];
  const mean = x.mean * y.mean;
  return normals(
    value.id,
    count * mean,
    Math.sqrt(count * Math.max(0, x.square * y.square - mean * mean)),
  );
}
