// Reductions: for each row (kept axes), one or more passes over the reduced axes, and what depends on their results.
import type { Monoid } from "../../ir/op.js";
import { call, scalarBuilder, type ScalarExpr } from "../../scalar/expr.js";
import {
  add,
  ceilDiv,
  constantOf,
  int,
  min,
  scale,
  sub,
  symbol,
  type Dim,
} from "../../types/dim.js";
import { KernelBuilder, type BoundLaunch, type KernelContext } from "../builder.js";
import { hasColumns, Space, storeElements, storeRows, type RowsSpec } from "./rows-space.js";
import { inPairs, reductionOf, Totals } from "./row-totals.js";

/** Most columns of a row that an invocation keeps in registers when it has the whole row, and when the workgroup shares it. */
export interface RowsSchedule {
  readonly workgroupSize: number;
  readonly registers: number;
}

/** One row for each invocation: no shared memory, no waiting. For adapters that run lanes on a CPU, and for many short rows. */
export function rowsByLane(
  context: KernelContext,
  spec: RowsSpec,
  { workgroupSize, registers }: RowsSchedule,
): BoundLaunch {
  const builder = new KernelBuilder(context, workgroupSize);
  const { body } = builder;
  const space = new Space(spec);
  const row = body.index("row", builder.invocation, space.rows);
  const columns = constantOf(space.columns);
  body.when([body.less(row, space.rows)], () => {
    if (columns !== undefined && columns > 0 && columns <= registers) {
      const steps = Array.from({ length: columns / space.width }, (_, i): Step => {
        return { places: space.step(row, int(i * space.width)), conditions: [] };
      });
      atOnce(builder, spec, space, { row, steps, acrossLanes: (_, mine) => mine });
    } else {
      for (let pass = 0; pass < spec.passes; pass++) {
        const reductions = spec.reductions.filter((r) => r.pass === pass);
        const totals = new Totals(builder, space, reductions, true);
        if (hasColumns(spec, pass)) {
          body.loop("column", int(0), space.columns, int(space.width), (column) => {
            const places = space.step(row, column);
            totals.absorb(row, places, column);
            storeElements(builder, spec, (p) => p === pass, places);
          });
        }
        totals.close(row);
      }
    }
    storeRows(builder, spec, row);
  });
  return builder.finish(ceilDiv(space.rows, int(workgroupSize)));
}

/** One row for each workgroup: lanes share the row, then combine in a tree through shared memory. */
export function rowsByGroup(
  context: KernelContext,
  spec: RowsSpec,
  { workgroupSize, registers }: RowsSchedule,
): BoundLaunch {
  const builder = new KernelBuilder(context, workgroupSize);
  const { body } = builder;
  const space = new Space(spec);
  // Workgroups beyond the last row do it again and store nothing: all lanes must arrive at each barrier.
  const own = symbol(builder.group);
  const row = body.index("row", min(own, sub(space.rows, int(1))), space.rows);
  const lane = symbol(builder.lane);
  const isOwn = body.less(own, space.rows);
  const acrossLanes = (monoid: Monoid, mine: ScalarExpr): ScalarExpr =>
    treeReduce(builder, monoid, mine);
  const stride = workgroupSize * space.width;
  const columns = constantOf(space.columns) ?? Infinity;
  if (columns > 0 && columns <= registers * workgroupSize) {
    const steps = Array.from({ length: Math.ceil(columns / stride) }, (_, i): Step => {
      const column = add(scale(lane, space.width), int(i * stride));
      const isSure = (i + 1) * stride <= columns;
      const last = int(columns - space.width);
      return {
        places: space.step(
          row,
          isSure ? column : body.index("column", min(column, last), add(last, int(1))),
        ),
        conditions: isSure ? [] : [body.less(column, int(columns))],
      };
    });
    atOnce(builder, spec, space, { row, steps, acrossLanes, isOwn });
  } else {
    for (let pass = 0; pass < spec.passes; pass++) {
      const reductions = spec.reductions.filter((r) => r.pass === pass);
      const totals = new Totals(builder, space, reductions);
      if (hasColumns(spec, pass)) {
        const first = scale(lane, space.width);
        body.loop("column", first, space.columns, int(stride), (column) => {
          const places = space.step(row, column);
          totals.absorb(row, places);
          if (spec.stores.some((s) => s.at === "element" && s.pass === pass))
            body.when([isOwn], () => {
              storeElements(builder, spec, (p) => p === pass, places);
            });
        });
      }
      totals.finish(row, acrossLanes);
    }
  }
  if (spec.stores.some((s) => s.at === "row"))
    body.when([call("and", isOwn, body.less(lane, int(1)))], () => {
      storeRows(builder, spec, row);
    });
  return builder.finish(space.rows);
}

/** Some columns that an invocation has, if the conditions hold. */
interface Step {
  readonly places: readonly (readonly Dim[])[];
  readonly conditions: readonly ScalarExpr[];
}

/** How an invocation sees its row. */
interface Whole {
  readonly row: Dim;
  readonly steps: readonly Step[];
  readonly acrossLanes: (monoid: Monoid, mine: ScalarExpr) => ScalarExpr;
  readonly isOwn?: ScalarExpr;
}

/** All columns of an invocation without a loop: each is loaded once, and so is what does not wait for a result of the row. */
function atOnce(
  builder: KernelBuilder,
  spec: RowsSpec,
  space: Space,
  { row, steps, acrossLanes, isOwn }: Whole,
): void {
  const { body, elements } = builder;
  for (const { value } of spec.reductions) {
    const { operand, monoid, identity } = reductionOf(value);
    const name = (x: ScalarExpr): ScalarExpr => body.freeze(x);
    const parts = steps.map(({ places, conditions }) => {
      const found = places.map((at) => elements.at(operand, at));
      const part = inPairs(monoid, found, name);
      return conditions.reduce((x, c) => name(call("select", c, x, identity)), part);
    });
    const total = acrossLanes(monoid, inPairs(monoid, parts, name));
    elements.define(value, space.row(row), body.freeze(total));
  }
  if (!spec.stores.some((s) => s.at === "element")) return;
  for (const { places, conditions } of steps) {
    body.when([...(isOwn ? [isOwn] : []), ...conditions], () => {
      storeElements(builder, spec, () => true, places);
    });
  }
}

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
