// Draws the inputs of an entry at given sizes, the same each time.
import type { Tensors } from "../../cli/backend.js";
import type { Entry, InputSpec } from "../../compiler/ir/program.js";
import { evaluate, type Dim } from "../../compiler/types/dim.js";
import type { HostTensor } from "../../runtime/weights.js";
import { integers, uniform } from "./peers.js";

/** Extents of free dims by their names; `other` for all that have none. */
export type Sizes = Readonly<Record<string, number>> & { readonly other: number };

/** Floats from [-1, 1), integers below their bound. */
export function drawInputs({ signature }: Entry, given: Sizes): Tensors {
  const extent = (d: Dim): number =>
    evaluate(d, ({ name }) => given[name] ?? given.other) ?? given.other;
  const inputs = signature.inputs.filter(({ name }) => name !== "seed" && name !== "step");
  return new Map(
    inputs.map((spec, i) => [spec.name, draw(spec, spec.shape.map(extent), i + 1, extent)]),
  );
}

function draw(
  spec: InputSpec,
  shape: readonly number[],
  seed: number,
  extent: (d: Dim) => number,
): HostTensor {
  const count = shape.reduce((a, b) => a * b, 1);
  if (spec.dtype === "f32" || spec.dtype === "f16")
    return { dtype: spec.dtype, shape, data: uniform(count, seed, 1) };
  const bound = spec.below ? extent(spec.below) : 4;
  return { dtype: spec.dtype, shape, data: integers(count, seed, Math.max(bound, 1)) };
}
