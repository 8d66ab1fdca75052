// Sums of products with a register tile for each invocation and no memory of the workgroup: for adapters that run on a CPU.
import { call, convert, literal, type ScalarExpr } from "../../scalar/expr.js";
import { add, int, scale, symbol } from "../../types/dim.js";
import { KernelBuilder, type BoundLaunch, type KernelContext } from "../builder.js";
import { isExact, ladder } from "./ladder.js";
import { ContractSpace, type ContractKernelSpec } from "./contract-space.js";
import { openFrame, type Parts } from "./contract-split.js";
import { storeTile } from "./contract-store.js";

/** The tile of an invocation, and how its elements are brought. */
export interface RegisterSchedule {
  readonly kind: "registers";
  /** Rows and columns that an invocation computes; its columns lie next to each other. */
  readonly rows: number;
  readonly columns: number;
  /** Invocations of a workgroup, side by side along the columns. */
  readonly lanes: number;
  /** Steps along k that one round of the loop takes. */
  readonly depth: number;
  /** Whether the lanes are one subgroup: each loads a row of its own, so that all of them, as many as there are rows, hand them round. */
  readonly isShared: boolean;
}

/** A kernel in which each invocation computes `rows * columns` results, or a part of their sums. */
export function contractRegisters(
  context: KernelContext,
  spec: ContractKernelSpec,
  schedule: RegisterSchedule,
  parts?: Parts,
): BoundLaunch {
  const space = new ContractSpace(spec.result);
  const { rows, columns, lanes, depth, isShared } = schedule;
  const builder = new KernelBuilder(context, lanes, isShared);
  const { body, elements } = builder;
  const { dtype } = spec.result.type;
  const tile = { rows, columns: columns * lanes, depth };
  const frame = openFrame(builder, spec, space, tile, parts);
  const { batch, top } = frame;
  const left = body.index("own", add(frame.left, scale(symbol(builder.lane), columns)), space.n);
  // Indices beyond the edge read the last row or column again; only their stores are left out.
  const m = isShared
    ? range(rows / lanes).flatMap((turn) =>
        ladder(body, add(top, int(turn * lanes), symbol(builder.lane)), 1, space.m, rows),
      )
    : ladder(body, top, rows, space.m, rows);
  const n = ladder(body, left, columns, space.n, columns * lanes);
  const totals = range(rows).map(() => n.map(() => body.variable(literal(0, dtype))));
  body.loop(
    "k",
    frame.from,
    frame.to,
    int(depth),
    (k) => {
      const ks = ladder(body, k, depth, space.k, depth);
      const ys = ks.map((place) =>
        n.map((column) =>
          convert(elements.at(space.right, space.rightAt(batch, place, column)), dtype),
        ),
      );
      const xs = m.map((row) =>
        ks.map((place, step): ScalarExpr => {
          const value = convert(elements.at(space.left, space.leftAt(batch, row, place)), dtype);
          // Past the last k a factor of zero is enough.
          if (isExact(space.k, depth)) return value;
          return call("select", body.less(add(k, int(step)), space.k), value, literal(0, dtype));
        }),
      );
      for (const [step, y] of ys.entries()) {
        for (const [i, line] of totals.entries()) {
          const own = xs[isShared ? Math.floor(i / lanes) : i]?.[step];
          if (!own) continue;
          const x = isShared ? body.together({ lane: i % lanes }, own) : own;
          for (const [j, total] of line.entries()) {
            const factor = y[j];
            if (!factor) continue;
            const value = call("fma", x, factor, total);
            body.push({ kind: "assign", name: total.name, value });
          }
        }
      }
    },
    space.k,
  );
  storeTile(builder, space, frame, { top, left, stride: 1, dtype, totals });
  return builder.finish(frame.groups);
}

const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i);
