// Rows of a table by number, and the adjoint: adding rows into a table.
import { op, type OpFn } from "../ir/graph.js";
import type { Value } from "../ir/op.js";
import * as dims from "../types/dim.js";
import type { Dim } from "../types/dim.js";
import { reshape } from "./movement.js";
import { all, equal, item, refuse, typed, typedIf, wrongDtype, wrongRank } from "./rules.js";
import { f32, i32 } from "./samples.js";

/** `out[i…, j…] = table[ids[i…], j…]`. Ids outside the table are brought to its first or last row. */
export const gather: OpFn<[table: Value, ids: Value], Record<never, never>> = op<
  [table: Value, ids: Value]
>({
  name: "gather",
  doc: "Rows of a table by number, along its first axis.",
  operands: ["table", "ids"],
  type: ([table, ids]) =>
    wrongDtype(1, ids, "integer") ??
    (table.shape.length === 0
      ? refuse("rank-mismatch", [{ operand: 0 }])
      : typed(table.dtype, [...ids.shape, ...table.shape.slice(1)])),
  vjp: (g, [table, ids]) => {
    const [rows, ...row] = table.type.shape;
    const count = dims.numel(ids.type.shape);
    const updates = reshape(g, { shape: [count, ...row] });
    const flat = reshape(ids, { shape: [count] });
    return [scatterAdd(updates, flat, { rows: rows ?? dims.int(1) }), null];
  },
  lower: {
    kind: "view",
    pieces: (out, context) => {
      const [table, ids] = [item(context.operands, 0), item(context.operands, 1)];
      const rank = ids.shape.length;
      const row = context.lookup(1, out.slice(0, rank), item(table.shape, 0));
      return [{ operand: 0, index: [row, ...out.slice(rank)] }];
    },
  },
  indexes: ([table]) => [{ operand: 1, below: item(table.shape, 0) }],
  samples: [
    { operands: [f32(5, 3), i32(4)], attrs: {}, values: { 1: [0, 4, 4, 2] } },
    { operands: [f32(7, 2), i32(2, 3)], attrs: {}, values: { 1: [6, 0, 1, 1, 1, 5] } },
    { operands: [f32(3), i32()], attrs: {}, values: { 1: [2] } },
    { operands: [f32(3, 2), i32(5)], attrs: {}, values: { 1: [-7, 3, 1, -1, 40] } },
    { operands: [i32(3, 1), i32(2)], attrs: {}, values: { 1: [1, 0] } },
  ],
});

/** Number of rows of the result. */
export interface ScatterAttrs {
  readonly rows: Dim;
}

/** `out[r, j…] = sum of updates[i, j…] over i with ids[i] == r`; ids outside [0, rows) are brought into range. */
export const scatterAdd: OpFn<[updates: Value, ids: Value], ScatterAttrs> = op<
  [updates: Value, ids: Value],
  ScatterAttrs
>({
  name: "scatter_add",
  doc: "Adds rows together by number: the adjoint of `gather`.",
  operands: ["updates", "ids"],
  type: ([updates, ids], { rows }) => {
    const [count, ...row] = updates.shape;
    const problem =
      wrongDtype(0, updates, "number") ?? wrongDtype(1, ids, "integer") ?? wrongRank(1, ids, 1);
    if (problem) return problem;
    if (!count) return refuse("rank-mismatch", [{ operand: 0 }]);
    const at = [
      { operand: 0, axis: 0 },
      { operand: 1, axis: 0 },
    ];
    return typedIf(
      updates.dtype,
      [rows, ...row],
      all([equal("shape-mismatch", count, item(ids.shape, 0), at)]),
    );
  },
  vjp: (g, [, ids]) => [gather(g, ids), null],
  lower: { kind: "scatter" },
  flops: ([updates]) => dims.numel(updates.shape),
  samples: [
    { operands: [f32(4, 3), i32(4)], attrs: { rows: dims.int(5) }, values: { 1: [0, 4, 4, 2] } },
    {
      operands: [f32(7), i32(7)],
      attrs: { rows: dims.int(2) },
      values: { 1: [0, 1, 0, 0, 1, 1, 0] },
    },
    {
      operands: [f32(5, 2), i32(5)],
      attrs: { rows: dims.int(3) },
      values: { 1: [-7, 3, 1, -1, 40] },
    },
    { operands: [f32(1, 2, 3), i32(1)], attrs: { rows: dims.int(3) }, values: { 1: [1] } },
  ],
});
