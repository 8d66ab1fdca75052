// Numbers that a lane keeps for each of its rows: in registers, or in an array of its own where a driver takes long over many.
import { dimExpr, literal, type ScalarExpr } from "../../scalar/expr.js";
import { add, floorDiv, int, symbol, type Dim } from "../../types/dim.js";
import type { Dtype } from "../../types/dtype.js";
import type { Keeping } from "../attend.js";
import type { KernelBuilder } from "../builder.js";

/** A matrix of a lane: a row for each row that it owns. */
export interface Cells {
  readonly width: number;
  get(row: number, column: number): ScalarExpr;
  set(row: number, column: number, value: ScalarExpr): void;
  /** Does something for each column of a row; a column that is no number is one of a loop. */
  each(
    row: number,
    visit: (column: Dim, value: ScalarExpr, set: (next: ScalarExpr) => void) => void,
  ): void;
}

/** More than any number of a workgroup. */
const most = int(1 << 30);

/** Rounds of the longest loop that drivers are known to unroll. */
const unrolled = 32;

/** Cells that start at 0. */
export function cellsOf(
  { body, group }: KernelBuilder,
  keeping: Keeping,
  { rows, width, dtype }: { rows: number; width: number; dtype: Dtype },
): Cells {
  if (keeping === "registers") {
    const locals = range(rows).map(() => range(width).map(() => body.variable(literal(0, dtype))));
    const get = (row: number, column: number) => {
      const local = locals[row]?.[column];
      if (!local) throw new RangeError("no such cell");
      return local;
    };
    const set = (row: number, column: number, value: ScalarExpr): void => {
      body.push({ kind: "assign", name: get(row, column).name, value });
    };
    return {
      width,
      get,
      set,
      each: (row, visit) => {
        for (const column of range(width))
          visit(int(column), get(row, column), (next) => {
            set(row, column, next);
          });
      },
    };
  }
  // Drivers unroll loops that they can count, by bounds or by lengths of arrays, and take seconds over it: so the array is
  // longer than loops that are unrolled, and nobody can tell that the bound is the width.
  const array = body.array(dtype, rows * width + unrolled + 1);
  const place = body.bind(dimExpr(symbol(group)), "workgroup", int(2 ** 31 - 1));
  const bound = body.index("width", add(int(width), floorDiv(place, most)), int(width + 1));
  return {
    width,
    get: (row, column) => body.take(array, int(row * width + column), dtype),
    set: (row, column, value) => {
      body.put(array, int(row * width + column), value);
    },
    each: (row, visit) => {
      body.loop(
        "column",
        int(0),
        bound,
        int(1),
        (column) => {
          const at = add(int(row * width), column);
          visit(column, body.take(array, at, dtype), (next) => {
            body.put(array, at, next);
          });
        },
        int(width),
      );
    },
  };
}

const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i);
