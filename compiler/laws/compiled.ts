// A graph with the layers in it as something that runs: entries, parameters, and what fills them.
import type { Context } from "../check/context.js";
import { fillingPhases } from "../check/initial-order.js";
import type { Instance } from "../check/meaning.js";
import { placesOf } from "../check/selectors.js";
import type { Compiled, Entry, Signature } from "../ir/program.js";
import { fillOutputs, specsOf } from "../lower/variables.js";
import { optimize } from "../passes/index.js";

/** The layers that lie in no other one of them. */
export function outermost(instances: readonly Instance[]): readonly Instance[] {
  const kept: Instance[] = [];
  const byDepth = [...instances].sort((a, b) => a.path.length - b.path.length);
  for (const instance of byDepth) {
    const isInside = kept.some(({ path }) => path.every((step, i) => instance.path[i] === step));
    if (!isInside) kept.push(instance);
  }
  return kept;
}

/** Entries of one graph with the variables of the layers in it; undefined after a fault, which the context was told. */
export function compiledFrom(
  ctx: Context,
  name: string,
  roots: readonly Instance[],
  entries: readonly Entry[],
): Compiled | undefined {
  const variables = [];
  const places = [];
  for (const root of roots) {
    const own = placesOf(ctx, root);
    const specs = specsOf(ctx, root, own);
    if (!specs) return undefined;
    variables.push(...specs);
    places.push(...own);
  }
  const phases = fillingPhases(ctx, fillOutputs(ctx, places));
  if (!phases) return undefined;
  return {
    name,
    variables,
    entries: entries.map((entry) => ({ ...entry, program: optimize(entry.program) })),
    init: phases.map((outputs) => optimize({ graph: ctx.graph, outputs })),
    steps: [],
  };
}

/** The inputs that are drawn: those of the names, whose parts are `name.part`; not what is counted or seeded. */
export const givenInputs = (
  { inputs }: Signature,
  names: ReadonlySet<string>,
): Signature["inputs"] => inputs.filter(({ name }) => names.has(name.split(".")[0] ?? ""));
