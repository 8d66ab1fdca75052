// What the kernels of attention share: rows that lanes own, scores of pairs, and rows that are gone through.
import { InternalError } from "../../ir/internal-error.js";
import type { Value } from "../../ir/op.js";
import { HIDDEN, type Attended, type Role } from "../../ops/attend.js";
import { call, literal, type ScalarExpr } from "../../scalar/expr.js";
import {
  add,
  ceilDiv,
  constantOf,
  floorDiv,
  int,
  min,
  mod,
  mul,
  numel,
  scale,
  sub,
  symbol,
  type Dim,
} from "../../types/dim.js";
import { delinearize } from "../../types/place.js";
import type { AttendSchedule, Keeping } from "../attend.js";
import { KernelBuilder, type KernelContext } from "../builder.js";
import { cellsOf, type Cells } from "./attend-cells.js";

/** A local that is assigned to. */
export type Total = ScalarExpr & { readonly kind: "variable" };

/** A row that a lane owns. */
export interface Own {
  /** Its place; beyond the last row that of the last, whose results are left out. */
  readonly row: Dim;
  readonly isInside: ScalarExpr;
}

/** A pair of a query and a key. */
export interface Pair {
  /** Its score, hidden where it does not count. */
  readonly score: ScalarExpr;
  /** Whether it counts; undefined where all do. */
  readonly allowed: ScalarExpr | undefined;
}

/** A kernel of attention under construction: one batch of queries and keys. */
export class AttendSpace {
  readonly builder: KernelBuilder;
  readonly use: Attended;
  /** Workgroups of the kernel. */
  readonly groups: Dim;
  /** First row of the workgroup. */
  readonly top: Dim;
  /** First row that is no more of the workgroup. */
  readonly end: Dim;
  readonly own: readonly Own[];
  readonly batch: Dim;
  readonly #batch: readonly Dim[];
  readonly #keeping: Keeping;

  /** `size` rows are owned: as many queries or keys as there are, or parts of them. */
  constructor(builder: KernelBuilder, use: Attended, size: Dim, schedule: AttendSchedule) {
    this.builder = builder;
    this.use = use;
    const { body } = builder;
    const { rows, lanes } = schedule;
    this.#keeping = schedule.keeping;
    const tile = rows * lanes;
    const down = ceilDiv(size, int(tile));
    const group = symbol(builder.group);
    this.batch = body.index("batch", floorDiv(group, down), numel(use.batch));
    this.#batch = delinearize(this.batch, use.batch);
    this.groups = mul(numel(use.batch), down);
    this.top = body.index("top", scale(mod(group, down), tile), size);
    this.end = min(size, add(this.top, int(tile)));
    const isExact = (constantOf(size) ?? 1) % tile === 0;
    this.own = range(rows).map((r) => {
      const place = add(this.top, symbol(builder.lane), int(r * lanes));
      const row = isExact ? place : min(place, sub(size, int(1)));
      return { row: body.index("row", row, size), isInside: body.less(place, size) };
    });
  }

  /** The first row that is after all of the workgroup, of `size` others. */
  before(size: Dim): Dim {
    return this.builder.body.index("before", min(size, this.end), add(size, int(1)));
  }

  /** The place of an element of an operand or result in this batch. */
  at(...place: readonly Dim[]): Dim[] {
    return [...this.#batch, ...place];
  }

  /** An element of an operand. */
  element(role: Role, ...place: readonly Dim[]): ScalarExpr {
    return this.builder.elements.at(this.use.get(role), this.at(...place));
  }

  /** A whole row of an operand. */
  row(role: Role, row: Dim, width: number): ScalarExpr[] {
    return range(width).map((c) => this.element(role, row, int(c)));
  }

  /** The pair of a query and a key, of which the product is known. */
  pair(query: Dim, key: Dim, product: ScalarExpr): Pair {
    const { body, elements } = this.builder;
    const slot = (value: Value): ScalarExpr => elements.at(value, this.at(query, key));
    const bias = this.use.slot("bias");
    const mask = this.use.slot("mask");
    const score = bias ? call("add", product, slot(bias)) : product;
    const tests = [
      ...(this.use.attrs.causal ? [body.less(key, add(query, int(1)))] : []),
      ...(mask ? [slot(mask)] : []),
    ];
    const [first, second] = tests;
    if (!first) return { score: body.freeze(score), allowed: undefined };
    const allowed = body.freeze(second ? call("and", first, second) : first);
    const hidden = literal(HIDDEN, score.dtype);
    return { score: body.freeze(call("select", allowed, score, hidden)), allowed };
  }

  /** A number for each pair where it counts, 0 elsewhere. */
  counted({ allowed }: Pair, x: ScalarExpr): ScalarExpr {
    return allowed ? call("select", allowed, x, literal(0, x.dtype)) : x;
  }

  /** Numbers that start at 0: one for each column of each owned row. */
  cells(width: number): Cells {
    const { dtype } = this.use.get("q").type;
    const shape = { rows: this.own.length, width, dtype };
    return cellsOf(this.builder, this.#keeping, shape);
  }

  /** Rows of an operand that the lane keeps, by the number of the row. */
  kept(role: Role, rows: readonly Dim[], width: number): (row: number) => ScalarExpr[] {
    if (this.#keeping === "registers") {
      const loaded = rows.map((row) => this.row(role, row, width));
      return (r) => item(loaded, r);
    }
    const cells = this.cells(width);
    for (const [r, row] of rows.entries())
      cells.each(r, (column, _, set) => {
        set(this.element(role, row, column));
      });
    return (r) => range(width).map((c) => cells.get(r, c));
  }

  /** Adds a number times a row to each owned row. */
  accumulate(totals: Cells, factors: readonly ScalarExpr[], row: readonly ScalarExpr[]): void {
    for (const [c, x] of row.entries())
      for (const [r, factor] of factors.entries())
        totals.set(r, c, call("fma", factor, x, totals.get(r, c)));
  }

  assign(total: Total, value: ScalarExpr): void {
    this.builder.body.push({ kind: "assign", name: total.name, value });
  }

  /** Stores owned rows, those inside alone. */
  store(value: Value, cells: Cells, finish: (row: number, x: ScalarExpr) => ScalarExpr): void {
    const { builder } = this;
    for (const [r, { row, isInside }] of this.own.entries())
      builder.body.when([isInside], () => {
        cells.each(r, (column, x) => {
          builder.store(value, this.at(row, column), finish(r, x));
        });
      });
  }
}

/** A builder of a kernel with a schedule. */
export const builderFor = (
  context: KernelContext,
  { lanes, stream }: AttendSchedule,
): KernelBuilder => new KernelBuilder(context, lanes, stream.kind === "handed");

/** Terms that are summed in one expression. */
const chunk = 8;

/** The sum of products of two rows, in a fixed order. */
export function dot(
  { builder: { body } }: AttendSpace,
  a: readonly ScalarExpr[],
  b: readonly ScalarExpr[],
): ScalarExpr {
  let total: ScalarExpr | undefined;
  for (const [c, x] of a.entries()) {
    const y = b[c];
    if (!y) continue;
    total = total ? call("fma", x, y, total) : call("mul", x, y);
    if ((c + 1) % chunk === 0) total = body.freeze(total);
  }
  return total ?? literal(0, "f32");
}

/** `1 / x`, or 0 for a sum of nothing. */
export const inverse = (x: ScalarExpr): ScalarExpr =>
  call(
    "select",
    call("lt", literal(0, x.dtype), x),
    call("div", literal(1, x.dtype), x),
    literal(0, x.dtype),
  );

/** Smaller than any score. */
export const lowest = -3.4028234663852886e38;

/** Channels, which are known where there is a schedule. */
export function widthOf(use: Attended, axis: "K" | "V"): number {
  const width = constantOf(use.size(axis));
  if (width === undefined) throw new InternalError("attention of unknown width has no kernel");
  return width;
}

/** The element at an index that exists. */
export function item<T>(list: readonly T[], index: number): T {
  const found = list[index];
  if (found === undefined) throw new RangeError(`no element ${String(index)}`);
  return found;
}

/** Numbers from 0 on. */
export const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i);
