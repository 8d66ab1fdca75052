// Long reductions to few results in two launches: parts of each row first, then the rows of parts.
import { add, ceilDiv, int, mod, mul, floorDiv, sub, type Dim } from "../../types/dim.js";
import { KernelBuilder, type BoundLaunch, type KernelContext, type Scratch } from "../builder.js";
import { Space, storeRows, type RowsSpec } from "./rows-space.js";
import { Totals } from "./row-totals.js";
import { computedIn } from "../../types/dtype.js";

/** Two launches; only for kernels of one pass that store nothing for each element. */
export function rowsSplit(
  context: KernelContext,
  spec: RowsSpec,
  parts: number,
  workgroupSize: number,
): BoundLaunch[] {
  const space = new Space(spec);
  const count = mul(space.rows, int(parts));
  const scratch = spec.reductions.map(({ value }): Scratch => ({
    kind: "scratch",
    dtype: computedIn(value.type.dtype),
    elements: count,
  }));
  return [
    partial(context, spec, space, scratch, parts, workgroupSize),
    combine(context, spec, space, scratch, parts, workgroupSize),
  ];
}

/** Part `p` of a row takes columns p, p + parts, …; rows lie next to each other, so that neighbours read neighbours. */
function partial(
  context: KernelContext,
  spec: RowsSpec,
  space: Space,
  scratch: readonly Scratch[],
  parts: number,
  workgroupSize: number,
): BoundLaunch {
  const builder = new KernelBuilder(context, workgroupSize);
  const { body } = builder;
  const count = mul(space.rows, int(parts));
  const i = body.index("i", builder.invocation, count);
  body.when([body.less(i, count)], () => {
    const part = body.index("part", floorDiv(i, space.rows), int(parts));
    const row = body.index("row", mod(i, space.rows), space.rows);
    const open = new Totals(builder, space, spec.reductions);
    body.loop(
      "column",
      part,
      space.columns,
      int(parts),
      (column) => {
        open.absorb(row, [space.at(row, column)]);
      },
      space.columns,
    );
    for (const [r, total] of open.totals.entries()) {
      const target = scratch[r];
      if (target) builder.storeAt(target, i, total);
    }
  });
  return builder.finish(ceilDiv(count, int(workgroupSize)));
}

function combine(
  context: KernelContext,
  spec: RowsSpec,
  space: Space,
  scratch: readonly Scratch[],
  parts: number,
  workgroupSize: number,
): BoundLaunch {
  const builder = new KernelBuilder(context, workgroupSize);
  const { body } = builder;
  const row = body.index("row", builder.invocation, space.rows);
  body.when([body.less(row, space.rows)], () => {
    const open = new Totals(builder, space, spec.reductions);
    body.loop("part", int(0), int(parts), int(1), (part: Dim) => {
      const totals = scratch.map((source, r) => {
        const binding = builder.bindingOf(source, "read");
        const at = add(mul(part, space.rows), row);
        return body.load(binding, at, source.dtype, `part ${String(r)}`);
      });
      open.merge(row, { totals, columns: ceilDiv(sub(space.columns, part), int(parts)) });
    });
    open.close(row);
    storeRows(builder, spec, row);
  });
  return builder.finish(ceilDiv(space.rows, int(workgroupSize)));
}
