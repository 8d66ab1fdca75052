// Elementwise kernels: one invocation computes the same element of one or more values of equal size.
import type { Value } from "../../ir/op.js";
import { ceilDiv, int } from "../../types/dim.js";
import { elements } from "../../types/tensor.js";
import { KernelBuilder, type BoundLaunch, type KernelContext } from "../builder.js";
import { delinearize } from "../../types/place.js";

/** Stores `values`, which all have the same number of elements. */
export function mapKernel(
  context: KernelContext,
  values: readonly Value[],
  workgroupSize: number,
): BoundLaunch {
  const [first] = values;
  if (!first) throw new Error("a map stores at least one value");
  const count = elements(first.type);
  const builder = new KernelBuilder(context, workgroupSize);
  const { body } = builder;
  const i = body.index("i", builder.invocation, count);
  body.when([body.less(i, count)], () => {
    const results = values.map((value) => {
      const at = delinearize(i, value.type.shape);
      return { value, at, element: builder.elements.at(value, at) };
    });
    for (const { value, at, element } of results) builder.store(value, at, element);
  });
  return builder.finish(ceilDiv(count, int(workgroupSize)));
}
