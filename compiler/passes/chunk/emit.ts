// Writes a region as a scan over chunks of its rows: rows are sliced and gathered, sums are carried.
import { Graph } from "../../ir/graph.js";
import { InternalError } from "../../ir/internal-error.js";
import type { Attrs, Value } from "../../ir/op.js";
import type { Program } from "../../ir/program.js";
import { again } from "../../ir/rewrite.js";
import { upstream } from "../../ir/topology.js";
import {
  emitScan,
  extentOf,
  fillLike,
  iotaOf,
  leafOf,
  lt,
  pad,
  placeAxes,
  reshape,
  select,
  slice,
  transpose,
} from "../../ops/index.js";
import * as dims from "../../types/dim.js";
import type { Dim } from "../../types/dim.js";
import { isFree, type Region } from "./region.js";
import { rolesOf, sizesOf, type Role, type Run } from "./track.js";

const { int } = dims;

/** The program with a region computed in chunks of so many rows; the last chunk may be short. */
export function inChunks(program: Program, region: Region, rows: number): Program {
  const live = upstream(program.outputs.map((o) => o.value));
  const isMember = (v: Value): boolean => region.rows.has(v) || region.sums.has(v);
  const members = live.filter(isMember);
  const outputs = program.outputs.map((o) => o.value);
  const { apart, wanted } = outsideOf(live, outputs, isMember);
  const needed = members.flatMap((v) => v.operands.filter((o) => !isMember(o)));
  const first = upstream(needed).filter((v) => !isMember(v) || apart.has(v));
  const graph = new Graph();
  const made = new Map<Value, Value>();
  const find = (value: Value): Value => {
    const found = made.get(value);
    if (!found) throw new InternalError(`${value.op.name} was not rebuilt in time`, value.spans);
    return found;
  };
  const rebuild = (value: Value): void => {
    graph.at = value.spans;
    made.set(value, again(value, value.operands.map(find), graph));
  };
  first.forEach(rebuild);
  const results = new Chunks(graph, region, rows, find).emit(members, wanted);
  for (const [value, result] of results) made.set(value, result);
  for (const value of live)
    if (!made.has(value) && (!isMember(value) || apart.has(value))) rebuild(value);
  graph.at = [];
  return { graph, outputs: program.outputs.map((o) => ({ ...o, value: find(o.value) })) };
}

/** Members that others use: those that the loop hands out, and views, which are there once more outside of it. */
function outsideOf(
  live: readonly Value[],
  outputs: readonly Value[],
  isMember: (value: Value) => boolean,
): { readonly apart: ReadonlySet<Value>; readonly wanted: ReadonlySet<Value> } {
  const apart = new Set<Value>();
  const wanted = new Set<Value>();
  const used = [...outputs, ...live.flatMap((v) => (isMember(v) ? [] : v.operands))];
  for (let value = used.pop(); value; value = used.pop()) {
    if (!isMember(value) || apart.has(value)) continue;
    if (isFree(value)) {
      apart.add(value);
      used.push(...value.operands);
    } else wanted.add(value);
  }
  return { apart, wanted };
}

/** One region in the graph that is being built. */
class Chunks {
  readonly #graph: Graph;
  readonly #region: Region;
  readonly #rows: Dim;
  readonly #total: Dim;
  readonly #rounds: Dim;
  readonly #find: (value: Value) => Value;
  readonly #inside = new Map<Value, Value>();
  readonly #sequences: Value[] = [];
  readonly #elements: Value[] = [];
  #isWithin: Value | undefined;

  constructor(graph: Graph, region: Region, rows: number, find: (value: Value) => Value) {
    const [anchor] = region.rows;
    if (!anchor) throw new InternalError("a region has no rows");
    this.#graph = graph;
    this.#region = region;
    this.#rows = int(rows);
    this.#find = find;
    this.#total = dims.numel(sizesOf(...anchor));
    // One round even of no rows at all, so that sums are zero then.
    this.#rounds = dims.max(int(1), dims.ceilDiv(this.#total, this.#rows));
  }

  /** The results of `wanted` members, whole again. */
  emit(members: readonly Value[], wanted: ReadonlySet<Value>): Map<Value, Value> {
    const { rows, sums, inputs } = this.#region;
    for (const [input, run] of inputs) this.#inside.set(input, this.#element(input, run));
    for (const member of members) {
      this.#graph.at = member.spans;
      this.#emitMember(member);
    }
    const added = [...wanted].filter((v) => sums.has(v));
    const kept = [...wanted].filter((v) => !sums.has(v));
    const all = emitScan(this.#graph, {
      starts: [],
      states: [],
      sequences: this.#sequences,
      elements: this.#elements,
      length: this.#rounds,
      sums: added.length,
      outputs: [
        ...added.map((v) => this.#found(v)),
        ...kept.map((v) => rowsFirst(this.#found(v), rows.get(v))),
      ],
    });
    const result = (i: number): Value => all[i] ?? this.#found(members[0]);
    return new Map([
      ...added.map((v, i) => [v, result(i)] as const),
      ...kept.map((v, i) => [v, this.#whole(result(added.length + i), v)] as const),
    ]);
  }

  #found(value: Value | undefined): Value {
    const found = value && this.#inside.get(value);
    if (!found) throw new InternalError("a member of a region was not emitted");
    return found;
  }

  /** One member, of one chunk. */
  #emitMember(member: Value): void {
    const { op, operands, attrs, type } = member;
    const run = this.#region.rows.get(member);
    const roles = run ? rolesOf(member, run) : this.#region.sums.get(member);
    const given = operands.map((operand, i): Value => {
      if (roles?.[i] === "whole") return this.#find(operand);
      const inside = this.#found(operand);
      // What is sliced is zero beyond its last row already.
      const isClean = run !== undefined || this.#region.inputs.has(operand);
      return isClean ? inside : this.#masked(inside, roles?.[i]);
    });
    const shape = run && resized(type.shape, run, this.#rows);
    const own: Attrs = shape && op.resize ? op.resize(attrs, shape) : attrs;
    this.#inside.set(member, this.#graph.emit(op, given, own));
  }

  /** What stands for a chunk of a value. */
  #element(value: Value, run: Run): Value {
    const outer = rowsFirst(this.#find(value), run);
    const [, ...rest] = outer.type.shape;
    const padded = this.#isExact() ? outer : this.#padded(outer);
    this.#sequences.push(reshape(padded, { shape: [this.#rounds, this.#rows, ...rest] }));
    const chunk = leafOf(this.#graph, {
      name: "%",
      role: "input",
      dtype: value.type.dtype,
      shape: [this.#rows, ...rest],
    });
    this.#elements.push(chunk);
    return rowsBack(chunk, resized(value.type.shape, run, this.#rows), run);
  }

  #isExact(): boolean {
    return dims.same(dims.mul(this.#rounds, this.#rows), this.#total);
  }

  #padded(x: Value): Value {
    const none = x.type.shape.map(() => int(0));
    const missing = dims.sub(dims.mul(this.#rounds, this.#rows), this.#total);
    const high = none.with(0, missing);
    return pad(x, { low: none, high, interior: none.map(() => 0), value: 0 });
  }

  /** Zero where the last chunk goes beyond the last row. */
  #masked(x: Value, role: Role | undefined): Value {
    if (this.#isExact() || !role || role === "whole") return x;
    const { shape } = x.type;
    const isRow = reshape(this.#rowsWithin(), {
      shape: resized(shape, role, this.#rows).slice(role.first, role.first + role.count),
    });
    const axes = Array.from({ length: role.count }, (_, i) => role.first + i);
    return select(placeAxes(isRow, shape, axes), x, fillLike(x, 0));
  }

  /** For each row of a chunk, whether there is such a row. */
  #rowsWithin(): Value {
    if (this.#isWithin) return this.#isWithin;
    const numbers = iotaOf(this.#graph, [dims.mul(this.#rounds, this.#rows)], 0, "i32");
    const { dtype } = numbers.type;
    this.#sequences.push(reshape(numbers, { shape: [this.#rounds, this.#rows] }));
    const own = leafOf(this.#graph, { name: "%", role: "input", dtype, shape: [this.#rows] });
    this.#elements.push(own);
    const total = placeAxes(extentOf(this.#graph, this.#total, dtype), [this.#rows], []);
    return (this.#isWithin = lt(own, total));
  }

  /** All chunks of a member, put together and cut to the rows there are. */
  #whole(chunks: Value, member: Value): Value {
    const run = this.#region.rows.get(member) ?? { first: 0, count: 1 };
    const [rounds = int(1), rows = int(1), ...rest] = chunks.type.shape;
    const flat = reshape(chunks, { shape: [dims.mul(rounds, rows), ...rest] });
    const shape = [this.#total, ...rest];
    const starts = shape.map(() => int(0));
    const cut = this.#isExact() ? flat : slice(flat, { starts, steps: shape.map(() => 1), shape });
    return rowsBack(cut, member.type.shape, run);
  }
}

/** A shape with another number of rows: its run becomes ones and that number. */
const resized = (shape: readonly Dim[], { first, count }: Run, rows: Dim): readonly Dim[] =>
  shape.map((d, axis) =>
    axis < first || axis >= first + count ? d : axis === first + count - 1 ? rows : int(1),
  );

/** A value with its rows as one axis before all others. */
function rowsFirst(x: Value, run: Run | undefined): Value {
  if (!run) throw new InternalError("a value has no rows");
  const { first, count } = run;
  const axes = x.type.shape.map((_, i) => i);
  const rows = axes.slice(first, first + count);
  const perm = [...rows, ...axes.slice(0, first), ...axes.slice(first + count)];
  const moved = first === 0 ? x : transpose(x, { perm });
  const rest = moved.type.shape.slice(count);
  const total = dims.numel(moved.type.shape.slice(0, count));
  return count === 1 ? moved : reshape(moved, { shape: [total, ...rest] });
}

/** Undoes `rowsFirst`: a value of the given shape whose rows lie along `run`. */
function rowsBack(x: Value, shape: readonly Dim[], { first, count }: Run): Value {
  const before = shape.slice(0, first);
  const rows = shape.slice(first, first + count);
  const apart = reshape(x, { shape: [...rows, ...before, ...shape.slice(first + count)] });
  if (first === 0) return apart;
  const axes = shape.map((_, i) => i);
  const perm = [
    ...axes.slice(count, count + first),
    ...axes.slice(0, count),
    ...axes.slice(count + first),
  ];
  return transpose(apart, { perm });
}
