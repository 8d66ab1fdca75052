// Rows that each lane goes through: loaded by each, or brought into workgroup memory by all.
import type { Role } from "../../ops/attend.js";
import type { ScalarExpr } from "../../scalar/expr.js";
import { add, floorDiv, int, min, mod, scale, sub, symbol, type Dim } from "../../types/dim.js";
import type { Stream } from "../attend.js";
import { item, range, type AttendSpace } from "./attend-space.js";

/** Which rows are gone through, and what of them is read. */
export interface Rows {
  readonly from: Dim;
  readonly to: Dim;
  readonly step: number;
  /** How many there are at all. */
  readonly size: Dim;
  /** Operands by the number of their columns. */
  readonly widths: ReadonlyMap<Role, number>;
}

/** What is done for a row, given the columns of each operand in it. */
type Each = (row: Dim, columns: (role: Role) => ScalarExpr[]) => void;

/** Does something for each row. */
export function streamRows(space: AttendSpace, stream: Stream, rows: Rows, each: Each): void {
  if (stream.kind === "shared") {
    sharedRows(space, stream.tile, rows, each);
    return;
  }
  const { from, to, step, size, widths } = rows;
  const visit = (row: Dim): void => {
    each(row, (role) => {
      const width = widths.get(role) ?? 0;
      return stream.kind === "handed"
        ? handed(space, role, row, width)
        : space.row(role, row, width);
    });
  };
  space.builder.body.loop("other", from, to, int(step), visit, size);
}

/** A row of which each lane loads a part; all lanes arrive here. */
function handed(space: AttendSpace, role: Role, row: Dim, width: number): ScalarExpr[] {
  const { body, lane, workgroupSize: lanes } = space.builder;
  const own = range(Math.ceil(width / lanes)).map((i) => {
    const column = add(symbol(lane), int(i * lanes));
    const isWhole = (i + 1) * lanes <= width;
    return space.element(role, row, isWhole ? column : min(column, int(width - 1)));
  });
  return range(width).map((c) =>
    body.together({ lane: c % lanes }, item(own, Math.floor(c / lanes))),
  );
}

/** All lanes arrive at the barriers: from where to where rows go is the same for the workgroup. */
function sharedRows(
  space: AttendSpace,
  tile: number,
  { from, to, size, widths }: Rows,
  each: Each,
): void {
  const { builder } = space;
  const { body } = builder;
  const { dtype } = space.use.get("q").type;
  const arrays = new Map(
    [...widths].map(([role, width]) => [role, builder.shared(dtype, tile * width)]),
  );
  body.loop(
    "tile",
    from,
    to,
    int(tile),
    (first) => {
      for (const [role, width] of widths) {
        const count = tile * width;
        const lanes = builder.workgroupSize;
        body.loop("item", symbol(builder.lane), int(count), int(lanes), (item) => {
          const row = min(add(first, floorDiv(item, int(width))), sub(size, int(1)));
          const place = body.index("place", row, size);
          const column = body.index("column", mod(item, int(width)), int(width));
          body.put(arrays.get(role) ?? "", item, space.element(role, place, column));
        });
      }
      body.push({ kind: "barrier" });
      const many = body.index("many", min(int(tile), sub(to, first)), int(tile + 1));
      body.loop("inner", int(0), many, int(1), (inner) => {
        const row = body.index("other", add(first, inner), size);
        each(row, (role) => {
          const width = widths.get(role) ?? 0;
          return range(width).map((c) =>
            body.take(arrays.get(role) ?? "", add(scale(inner, width), int(c)), dtype),
          );
        });
      });
      body.push({ kind: "barrier" });
    },
    size,
  );
}
