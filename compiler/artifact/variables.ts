// Lays parameters and states out in their arenas: trained parameters first, in the order in which updates take them.
import {
  alignment,
  bytesOf as bytesOfElements,
  codedLayout,
  type VariablePlan,
} from "../../runtime/format.js";
import type { Compiled, VariableSpec } from "../ir/program.js";

/** Variables with their places, and the bytes of the arenas. */
export interface VariableLayout {
  readonly plans: readonly VariablePlan[];
  readonly arenas: {
    readonly parameters: number;
    readonly states: number;
    readonly trained: number;
  };
}

/** Places each variable at a multiple of the alignment; gaps stay zero. */
export function layOutVariables(compiled: Compiled): VariableLayout {
  const updated = compiled.steps.flatMap((step) => step.updates.flatMap((u) => u.parameters));
  const rank = new Map([...new Set(updated)].map((path, i) => [path, i]));
  const parameters = compiled.variables.filter((v) => v.role === "parameter");
  const trained = parameters
    .filter((v) => rank.has(v.path))
    .sort((a, b) => (rank.get(a.path) ?? 0) - (rank.get(b.path) ?? 0));
  const others = parameters
    .filter((v) => !rank.has(v.path))
    .sort((a, b) => Number(b.isTrainable) - Number(a.isTrainable));
  const trainedPart = place(trained, 0);
  const gradientPart = place(
    others.filter((v) => v.isTrainable),
    trainedPart.end,
  );
  const rest = place(
    others.filter((v) => !v.isTrainable),
    gradientPart.end,
  );
  const states = place(
    compiled.variables.filter((v) => v.role === "state"),
    0,
  );
  return {
    plans: [...trainedPart.plans, ...gradientPart.plans, ...rest.plans, ...states.plans],
    arenas: { parameters: rest.end, states: states.end, trained: gradientPart.end },
  };
}

function place(
  specs: readonly VariableSpec[],
  start: number,
): { plans: VariablePlan[]; end: number } {
  let end = start;
  const plans = specs.map((spec): VariablePlan => {
    const { path, role, dtype, shape, isTrainable, isAdded, storage } = spec;
    const bytes = bytesOf(spec);
    const offset = end;
    end += Math.ceil(Math.max(4, bytes) / alignment) * alignment;
    const added = isAdded === true ? { isAdded } : {};
    const stored = storage ? { storage } : {};
    return { path, role, dtype, shape, isTrainable, ...added, ...stored, offset, bytes };
  });
  return { plans, end };
}

/** Bytes in which a parameter or state is stored. */
export function bytesOf({
  dtype,
  shape,
  storage,
}: Pick<VariableSpec, "dtype" | "shape" | "storage">): number {
  const count = shape.reduce((a, b) => a * b, 1);
  return storage ? 4 * codedLayout(storage, count).words : bytesOfElements(dtype, count);
}
