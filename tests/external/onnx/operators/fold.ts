// Nodes whose inputs are constants of the graph: what they give is known before there is a program.
import type { Tensor } from "../model.js";
import type { Call } from "../writer.js";

type Fold = (tensors: readonly Tensor[]) => Tensor | undefined;

const first: Fold = ([x]) => x;

/** The same numbers under one more axis of size 1, or one less. */
const vector: Fold = ([x]) => x && { ...x, shape: [x.data.length] };

const scalar: Fold = ([x]) => x && { ...x, shape: [] };

const sum: Fold = ([a, b]) =>
  a && b && a.shape.length === 0 && b.shape.length === 0
    ? { ...a, data: [(a.data[0] ?? 0) + (b.data[0] ?? 0)] }
    : undefined;

const folds: Readonly<Record<string, Fold>> = {
  Identity: first,
  Unsqueeze: vector,
  Squeeze: scalar,
  Add: sum,
};

/** What a node gives where all its inputs are constants of at most one number; undefined where that is not known here. */
export function folded(call: Call): Tensor | undefined {
  const fold = folds[call.node.op];
  if (!fold || call.count === 0) return undefined;
  const tensors = Array.from({ length: call.count }, (_, i) => i).flatMap((i) => {
    if (!call.has(i)) return [];
    const { known, isConstant } = call.operand(i);
    return isConstant && known && known.data.length === 1 ? [known] : [];
  });
  return tensors.length === call.count ? fold(tensors) : undefined;
}
