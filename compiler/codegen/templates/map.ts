// Elementwise kernels: one invocation computes the same element, or four neighbours, of one or more values of equal size.
import type { Value } from "../../ir/op.js";
import { call, dimExpr, passed, type ScalarExpr } from "../../scalar/expr.js";
import { add, ceilDiv, constantOf, floorDiv, int, scale, type Dim } from "../../types/dim.js";
import { elements } from "../../types/tensor.js";
import type { Body } from "../body.js";
import { KernelBuilder, type BoundLaunch, type KernelContext } from "../builder.js";
import type { Statement } from "../kernel.js";
import { Multiples } from "../multiples.js";
import { delinearize } from "../../types/place.js";

/** Neighbours that an invocation takes where they lie together in every value: then they are read and written together. */
const wide = 4;

/** Stores `values`, which all have the same number of elements. */
export function mapKernel(
  context: KernelContext,
  values: readonly Value[],
  workgroupSize: number,
): BoundLaunch {
  if (!values.every(isWide)) return takingAtOnce(1, context, values, workgroupSize);
  const fast = takingAtOnce(wide, context, values, workgroupSize);
  return statementsIn(fast.kernel.body) > mostStatements
    ? takingAtOnce(1, context, values, workgroupSize)
    : fast;
}

/** Statements above which a kernel takes one element at a time: some drivers take minutes to compile long ones. */
const mostStatements = 240;

const statementsIn = (body: readonly Statement[]): number =>
  body.reduce((sum, s) => sum + 1 + ("body" in s ? statementsIn(s.body) : 0), 0);

function takingAtOnce(
  width: number,
  context: KernelContext,
  values: readonly Value[],
  workgroupSize: number,
): BoundLaunch {
  const [first] = values;
  if (!first) throw new Error("a map stores at least one value");
  const steps = floorDiv(elements(first.type), int(width));
  const builder = new KernelBuilder(context, workgroupSize);
  const { body } = builder;
  const step = body.index("i", builder.invocation, steps);
  body.when([isBelow(body, step, steps)], () => {
    const results = values.flatMap((value) =>
      neighbours(scale(step, width), width, value.type.shape).map((at) => {
        return { value, at, element: builder.elements.at(value, at) };
      }),
    );
    for (const { value, at, element } of results) builder.store(value, at, element);
  });
  return builder.finish(ceilDiv(steps, int(workgroupSize)));
}

/** Maps over other numbers of elements are the same kernel. */
function isBelow(body: Body, step: Dim, steps: Dim): ScalarExpr {
  const known = constantOf(steps);
  return known === undefined
    ? body.less(step, steps)
    : call("lt", dimExpr(body.settle(step)), passed(known, "i32"));
}

/** Whether the last axis is fours of neighbours. */
function isWide({ type }: Value): boolean {
  const multiple = new Multiples().of(type.shape.at(-1) ?? int(1));
  return multiple > 0 && multiple % wide === 0;
}

/** The places of `width` elements from a row-major index on, all along the last axis. */
function neighbours(from: Dim, width: number, shape: readonly Dim[]): Dim[][] {
  const at = delinearize(from, shape);
  const last = shape.length - 1;
  return Array.from({ length: width }, (_, i) =>
    at.map((index, axis) => (axis === last ? add(index, int(i)) : index)),
  );
}
