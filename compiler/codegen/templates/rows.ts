// Reductions: for each row (kept axes), one or more passes over the reduced axes, and what depends on their results.
import type { Monoid, Value } from "../../ir/op.js";
import { call, literal, scalarBuilder, type ScalarExpr } from "../../scalar/expr.js";
import { add, ceilDiv, int, numel, symbol, type Dim } from "../../types/dim.js";
import { KernelBuilder, type BoundLaunch, type KernelContext } from "../builder.js";
import { delinearize, linearize } from "../../types/place.js";

/** What a rows kernel computes: all reductions have the same operand shape and the same axes. */
export interface RowsSpec {
  readonly shape: readonly Dim[];
  readonly axes: readonly number[];
  /** Reductions in order of dependency, each with the pass that computes it. */
  readonly reductions: readonly { readonly value: Value; readonly pass: number }[];
  /** Stored values: of the full shape with the pass that stores them, or one for each row. */
  readonly stores: readonly {
    readonly value: Value;
    readonly at: "row" | "element";
    readonly pass: number;
  }[];
  readonly passes: number;
}

/** Rows of a shape and the places in them. */
export class Space {
  readonly rows: Dim;
  readonly columns: Dim;
  readonly #kept: readonly Dim[];
  readonly #reduced: readonly Dim[];
  readonly #spec: RowsSpec;

  constructor(spec: RowsSpec) {
    this.#spec = spec;
    this.#kept = spec.shape.filter((_, axis) => !spec.axes.includes(axis));
    this.#reduced = spec.shape.filter((_, axis) => spec.axes.includes(axis));
    this.rows = numel(this.#kept);
    this.columns = numel(this.#reduced);
  }

  /** Index along each axis of the full shape. */
  at(row: Dim, column: Dim): Dim[] {
    const kept = delinearize(row, this.#kept);
    const reduced = delinearize(column, this.#reduced);
    return this.#spec.shape.map(
      (_, axis) => (this.#spec.axes.includes(axis) ? reduced : kept).shift() ?? int(0),
    );
  }

  /** Index along each kept axis. */
  row(row: Dim): Dim[] {
    return delinearize(row, this.#kept);
  }
}

/** One row for each invocation: no shared memory, no waiting. For adapters that run lanes on a CPU, and for many short rows. */
export function rowsByLane(
  context: KernelContext,
  spec: RowsSpec,
  workgroupSize: number,
): BoundLaunch {
  const builder = new KernelBuilder(context, workgroupSize);
  const { body } = builder;
  const space = new Space(spec);
  const row = body.index("row", builder.invocation, space.rows);
  body.when([body.less(row, space.rows)], () => {
    for (let pass = 0; pass < spec.passes; pass++) {
      const open = openReductions(builder, spec, pass);
      if (hasLoop(spec, pass)) {
        body.loop("column", int(0), space.columns, int(1), (column) => {
          onElement(builder, spec, pass, space.at(row, column), open);
        });
      }
      for (const { value, total } of open)
        builder.elements.define(value, space.row(row), body.freeze(total));
    }
    storeRows(builder, spec, row);
  });
  return builder.finish(ceilDiv(space.rows, int(workgroupSize)));
}

/** One row for each workgroup: lanes share the row, then combine in a tree through shared memory. */
export function rowsByGroup(
  context: KernelContext,
  spec: RowsSpec,
  workgroupSize: number,
): BoundLaunch {
  const builder = new KernelBuilder(context, workgroupSize);
  const { body } = builder;
  const space = new Space(spec);
  const row = body.index("row", symbol(builder.group), space.rows);
  const lane = symbol(builder.lane);
  for (let pass = 0; pass < spec.passes; pass++) {
    const open = openReductions(builder, spec, pass);
    if (hasLoop(spec, pass)) {
      body.loop(
        "column",
        lane,
        space.columns,
        int(workgroupSize),
        (column) => {
          body.when([body.less(row, space.rows)], () => {
            onElement(builder, spec, pass, space.at(row, column), open);
          });
        },
        space.columns,
      );
    }
    for (const { value, monoid, total } of open) {
      builder.elements.define(value, space.row(row), treeReduce(builder, monoid, total));
    }
  }
  body.when([call("and", body.less(row, space.rows), body.less(lane, int(1)))], () => {
    storeRows(builder, spec, row);
  });
  return builder.finish(space.rows);
}

/** A reduction under way. */
export interface Open {
  readonly value: Value;
  readonly operand: Value;
  readonly monoid: Monoid;
  readonly total: ScalarExpr & { readonly kind: "variable" };
}

/** Starts the reductions of a pass: a local for each, holding the identity. */
export function openReductions(builder: KernelBuilder, spec: RowsSpec, pass: number): Open[] {
  return spec.reductions
    .filter((r) => r.pass === pass)
    .map(({ value }) => {
      const { lower } = value.op;
      const operand = value.operands[0];
      if (lower.kind !== "reduce" || !operand)
        throw new Error(`\`${value.op.name}\` is not a reduction`);
      const { dtype } = value.type;
      const total = builder.body.variable(literal(lower.monoid.identity(dtype), dtype));
      return { value, operand, monoid: lower.monoid, total };
    });
}

const hasLoop = (spec: RowsSpec, pass: number): boolean =>
  spec.reductions.some((r) => r.pass === pass) ||
  spec.stores.some((s) => s.at === "element" && s.pass === pass);

/** Takes one element into the open reductions, and stores what the pass stores for each element. */
export function onElement(
  builder: KernelBuilder,
  spec: RowsSpec,
  pass: number,
  at: readonly Dim[],
  open: readonly Open[],
): void {
  const { body, elements } = builder;
  for (const { operand, monoid, total } of open) {
    const value = monoid.combine(scalarBuilder([], int(0)), total, elements.at(operand, at));
    body.push({ kind: "assign", name: total.name, value });
  }
  for (const { value, pass: when, at: where } of spec.stores) {
    if (where !== "element" || when !== pass) continue;
    const index = sameRank(value, spec.shape)
      ? at
      : delinearize(linearize(at, spec.shape), value.type.shape);
    builder.store(value, index, elements.at(value, index));
  }
}

function storeRows(builder: KernelBuilder, spec: RowsSpec, row: Dim): void {
  for (const { value, at } of spec.stores) {
    if (at !== "row") continue;
    const index = delinearize(row, value.type.shape);
    builder.store(value, index, builder.elements.at(value, index));
  }
}

/** Makes the totals of a row known and stores what the kernel stores for each row. */
export function finishRows(
  builder: KernelBuilder,
  spec: RowsSpec,
  space: Space,
  row: Dim,
  open: readonly Open[],
): void {
  for (const { value, total } of open)
    builder.elements.define(value, space.row(row), builder.body.freeze(total));
  storeRows(builder, spec, row);
}

const sameRank = (value: Value, shape: readonly Dim[]): boolean =>
  value.type.shape.length === shape.length &&
  value.type.shape.every((d, i) => d.key === shape[i]?.key);

/** Combines one value of each lane; every lane gets the result. The tree is fixed, so results are too. */
function treeReduce(builder: KernelBuilder, monoid: Monoid, mine: ScalarExpr): ScalarExpr {
  const { body } = builder;
  const lane = symbol(builder.lane);
  const array = builder.shared(mine.dtype, builder.workgroupSize);
  body.put(array, lane, mine);
  body.push({ kind: "barrier" });
  for (let half = builder.workgroupSize / 2; half >= 1; half /= 2) {
    body.when([body.less(lane, int(half))], () => {
      const [a, b] = [
        body.take(array, lane, mine.dtype),
        body.take(array, add(lane, int(half)), mine.dtype),
      ];
      body.put(array, lane, monoid.combine(scalarBuilder([], int(0)), a, b));
    });
    body.push({ kind: "barrier" });
  }
  return body.take(array, int(0), mine.dtype);
}
