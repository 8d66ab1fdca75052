// One try of a property or law: what was drawn for its variables, its tensors and its seed.
import type { InputSpec } from "../../compiler/ir/program.js";
import type { Assignment } from "../../compiler/laws/subject.js";
import { constantOf } from "../../compiler/types/dim.js";
import type { HostTensor } from "../../runtime/weights.js";
import type { Tensors } from "../backend.js";

/** A tensor as it is drawn, shrunk and remembered: numbers row by row. */
export interface DrawnTensor {
  readonly dtype: HostTensor["dtype"];
  readonly shape: readonly number[];
  readonly data: readonly number[];
}

/** What was drawn. */
export interface Case {
  readonly assignment: Assignment;
  /** Feeds initialisers and randomness. */
  readonly seed: number;
  readonly tensors: ReadonlyMap<string, DrawnTensor>;
}

/** The tensors as a backend takes them. */
export const inputsOf = ({ tensors }: Case): Tensors =>
  new Map([...tensors].map(([name, tensor]) => [name, hostTensor(tensor)]));

function hostTensor({ dtype, shape, data }: DrawnTensor): HostTensor {
  if (dtype === "i32") return { dtype, shape, data: Int32Array.from(data) };
  if (dtype === "u32") return { dtype, shape, data: Uint32Array.from(data) };
  if (dtype === "bool") return { dtype, shape, data: Uint8Array.from(data) };
  return { dtype, shape, data: Float32Array.from(data) };
}

/** The sizes of an input whose dims are all known. */
export const extentsOf = ({ shape }: Pick<InputSpec, "shape">): readonly number[] =>
  shape.map((d) => constantOf(d) ?? 0);

/** Number of elements. */
export const countOf = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);
