// Attention of few queries over many keys: lanes take parts of the keys of a row, and a second kernel puts them together.
import type { Value } from "../../ir/op.js";
import type { Attended } from "../../ops/attend.js";
import { call, literal, type ScalarExpr } from "../../scalar/expr.js";
import { add, ceilDiv, floorDiv, int, mod, mul, numel, scale, type Dim } from "../../types/dim.js";
import { delinearize } from "../../types/place.js";
import { KernelBuilder, type BoundLaunch, type KernelContext, type Scratch } from "../builder.js";
import { inverse, lowest, type Total } from "./attend-space.js";
import { computedIn } from "../../types/dtype.js";

/** What the forward pass is to store. */
export interface ForwardResults {
  readonly mixed: Value | undefined;
  readonly norm: Value | undefined;
}

/** What the first kernel leaves for the second: for each part its base, its sum, and the sums of its values. */
export class Parts {
  readonly scratch: Scratch;
  readonly many: number;
  readonly width: number;
  readonly #rows: Dim;

  constructor(use: Attended, many: number, width: number) {
    this.many = many;
    this.width = width;
    this.#rows = scale(use.size("T"), many);
    const elements = scale(mul(numel(use.batch), this.#rows), width + 2);
    this.scratch = { kind: "scratch", dtype: computedIn(use.get("q").type.dtype), elements };
  }

  /** Where a number of a part lies; `row` counts the parts of all rows of a batch. */
  placeOf(batch: Dim, row: Dim, number: Dim): Dim {
    const first = scale(add(mul(batch, this.#rows), row), this.width + 2);
    return add(first, number);
  }
}

/** One invocation for each channel of each row. */
export function combineKernel(
  context: KernelContext,
  use: Attended,
  { mixed, norm }: ForwardResults,
  parts: Parts,
  lanes: number,
): BoundLaunch {
  const builder = new KernelBuilder(context, lanes);
  const { body } = builder;
  const width = Math.max(1, parts.width);
  const queries = use.size("T");
  const count = scale(mul(numel(use.batch), queries), width);
  const i = body.index("i", builder.invocation, count);
  const { dtype } = parts.scratch;
  const binding = builder.bindingOf(parts.scratch, "read");
  body.when([body.less(i, count)], () => {
    const column = body.index("column", mod(i, int(width)), int(width));
    const row = body.index("row", floorDiv(i, int(width)), mul(numel(use.batch), queries));
    const batch = body.index("batch", floorDiv(row, queries), numel(use.batch));
    const query = body.index("query", mod(row, queries), queries);
    const part = (p: Dim, number: Dim) => {
      const place = parts.placeOf(batch, add(scale(query, parts.many), p), number);
      return body.load(binding, place, dtype, "part");
    };
    const base = body.variable(literal(lowest, dtype));
    const assign = (total: Total, value: ScalarExpr): void => {
      body.push({ kind: "assign", name: total.name, value });
    };
    body.loop("part", int(0), int(parts.many), int(1), (p) => {
      assign(base, call("max", base, part(p, int(0))));
    });
    const sum = body.variable(literal(0, dtype));
    const total = body.variable(literal(0, dtype));
    body.loop("part", int(0), int(parts.many), int(1), (p) => {
      const factor = body.freeze(call("exp", call("sub", part(p, int(0)), base)));
      assign(sum, call("add", sum, call("mul", factor, part(p, int(1)))));
      if (parts.width === 0) return;
      assign(total, call("add", total, call("mul", factor, part(p, add(column, int(2))))));
    });
    const at = [...delinearize(batch, use.batch), query];
    if (mixed) builder.store(mixed, [...at, column], call("mul", total, inverse(sum)));
    if (!norm) return;
    const isFirst = body.less(column, int(1));
    body.when([isFirst], () => {
      builder.store(norm, at, call("add", call("log", sum), base));
    });
  });
  return builder.finish(ceilDiv(count, int(lanes)));
}
