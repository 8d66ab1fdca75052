// Long reductions to few results in two launches: parts of each row first, then the rows of parts.
import { scalarBuilder } from "../../scalar/expr.js";
import { add, ceilDiv, int, mod, mul, floorDiv, type Dim } from "../../types/dim.js";
import { KernelBuilder, type BoundLaunch, type KernelContext, type Scratch } from "../builder.js";
import { Space, finishRows, onElement, openReductions, type RowsSpec } from "./rows.js";

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
    dtype: value.type.dtype,
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
    const open = openReductions(builder, spec, 0);
    body.loop(
      "column",
      part,
      space.columns,
      int(parts),
      (column) => {
        onElement(builder, spec, 0, space.at(row, column), open);
      },
      space.columns,
    );
    for (const [r, { total }] of open.entries()) {
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
    const open = openReductions(builder, spec, 0);
    body.loop("part", int(0), int(parts), int(1), (part: Dim) => {
      for (const [r, { monoid, total }] of open.entries()) {
        const source = scratch[r];
        if (!source) continue;
        const binding = builder.bindingOf(source, "read");
        const x = body.load(
          binding,
          add(mul(part, space.rows), row),
          source.dtype,
          `part ${String(r)}`,
        );
        const value = monoid.combine(scalarBuilder([], int(0)), total, x);
        body.push({ kind: "assign", name: total.name, value });
      }
    });
    finishRows(builder, spec, space, row, open);
  });
  return builder.finish(ceilDiv(space.rows, int(workgroupSize)));
}
