// The rows of a reduction: kept axes give the row, reduced axes the columns, and how columns are taken several at a time.
import type { Value } from "../../ir/op.js";
import type { RowsPlan } from "../../schedule/index.js";
import { add, constantOf, int, numel, type Dim } from "../../types/dim.js";
import { delinearize, linearize } from "../../types/place.js";
import type { KernelBuilder } from "../builder.js";

/** What a rows kernel computes: all reductions have the same operand shape and the same axes. */
export interface RowsSpec extends RowsPlan {
  readonly shape: readonly Dim[];
  readonly axes: readonly number[];
}

/** Neighbouring columns that one step takes, where they are sure to be neighbours in memory. */
const wide = 4;

/** Rows of a shape and the places in them. */
export class Space {
  readonly rows: Dim;
  readonly columns: Dim;
  /** Columns that one step takes. */
  readonly width: number;
  readonly #kept: readonly Dim[];
  readonly #reduced: readonly Dim[];
  readonly #spec: RowsSpec;

  constructor(spec: RowsSpec) {
    this.#spec = spec;
    this.#kept = spec.shape.filter((_, axis) => !spec.axes.includes(axis));
    this.#reduced = spec.shape.filter((_, axis) => spec.axes.includes(axis));
    this.rows = numel(this.#kept);
    this.columns = numel(this.#reduced);
    const inner = constantOf(this.#reduced.at(-1) ?? int(1));
    const isAlong = spec.axes.includes(spec.shape.length - 1);
    this.width = isAlong && inner !== undefined && inner % wide === 0 ? wide : 1;
  }

  /** Index along each axis of the full shape. */
  at(row: Dim, column: Dim): Dim[] {
    const kept = delinearize(row, this.#kept);
    const reduced = delinearize(column, this.#reduced);
    return this.#spec.shape.map(
      (_, axis) => (this.#spec.axes.includes(axis) ? reduced : kept).shift() ?? int(0),
    );
  }

  /** The places of one step from a column on, which is a multiple of the width. */
  step(row: Dim, column: Dim): Dim[][] {
    const at = this.at(row, column);
    const last = this.#spec.axes.reduce((a, b) => Math.max(a, b), 0);
    return Array.from({ length: this.width }, (_, i) =>
      at.map((index, axis) => (axis === last ? add(index, int(i)) : index)),
    );
  }

  /** Index along each kept axis. */
  row(row: Dim): Dim[] {
    return delinearize(row, this.#kept);
  }
}

/** Whether a pass has anything to do for each column. */
export const hasColumns = (spec: RowsSpec, pass: number): boolean =>
  spec.reductions.some((r) => r.pass === pass) ||
  spec.stores.some((s) => s.at === "element" && s.pass === pass);

/** Stores what a pass stores for each element, at some places. */
export function storeElements(
  builder: KernelBuilder,
  spec: RowsSpec,
  isNow: (pass: number) => boolean,
  places: readonly (readonly Dim[])[],
): void {
  for (const { value, pass, at: where } of spec.stores) {
    if (where !== "element" || !isNow(pass)) continue;
    const found = places.map((at) => {
      const index = isWhole(value, spec.shape)
        ? at
        : delinearize(linearize(at, spec.shape), value.type.shape);
      return { index, element: builder.elements.at(value, index) };
    });
    // Neighbours are stored one after the other, so that they can be written together.
    for (const { index, element } of found) builder.store(value, index, element);
  }
}

/** Stores what is stored once for each row. */
export function storeRows(builder: KernelBuilder, spec: RowsSpec, row: Dim): void {
  for (const { value, at } of spec.stores) {
    if (at !== "row") continue;
    const index = delinearize(row, value.type.shape);
    builder.store(value, index, builder.elements.at(value, index));
  }
}

const isWhole = (value: Value, shape: readonly Dim[]): boolean =>
  value.type.shape.length === shape.length &&
  value.type.shape.every((d, i) => d.key === shape[i]?.key);
