// In which order parameters and states are filled: an initialiser may read others, which are filled, or loaded, before.
import { names } from "../diagnostics/index.js";
import type { Value } from "../ir/op.js";
import type { LeafSpec } from "../ir/program.js";
import { upstream } from "../ir/topology.js";
import type { Span } from "../../grammar/source.js";
import type { Context } from "./context.js";

/** A parameter or state with what it is filled with. */
export interface Filled {
  readonly path: string;
  readonly value: Value;
  /** The initialiser, where there is one. */
  readonly at: Span;
}

/**
 * Groups so that each reads only what earlier groups fill; undefined, and reported, where some read one another around.
 * What is read and not among `filled` is there from the start.
 */
export function fillingPhases<T extends Filled>(
  ctx: Pick<Context, "report">,
  filled: readonly T[],
): readonly (readonly T[])[] | undefined {
  const reads = new Map(filled.map((f) => [f.path, readBy(f.value)]));
  const readsOf = ({ path }: T): readonly string[] => reads.get(path) ?? [];
  const phases: (readonly T[])[] = [];
  let open = filled;
  let isOrdered = true;
  for (let [first] = open; first; [first] = open) {
    const waiting = new Set(open.map(({ path }) => path));
    const ready = open.filter((f) => !readsOf(f).some((read) => waiting.has(read)));
    if (ready.length === 0) {
      const steps = circle(first, open, readsOf);
      ctx.report(names.initialCycle({ steps }));
      isOrdered = false;
      open = open.filter((f) => !steps.includes(f));
    } else {
      phases.push(ready);
      open = open.filter((f) => !ready.includes(f));
    }
  }
  return isOrdered ? phases : undefined;
}

/** Paths of the parameters and states that a value is made from. */
const readBy = (value: Value): readonly string[] =>
  upstream([value]).flatMap((v) => {
    if (v.op.lower.kind !== "leaf") return [];
    const { role, name } = v.attrs as LeafSpec;
    return role === "parameter" || role === "state" ? [name] : [];
  });

/** One way around among initialisers that all wait for another of them. */
function circle<T extends Filled>(
  start: T,
  open: readonly T[],
  readsOf: (f: T) => readonly string[],
): readonly [T, ...T[]] {
  const walked: T[] = [];
  let here = start;
  while (!walked.includes(here)) {
    walked.push(here);
    const reads = readsOf(here);
    here = open.find(({ path }) => reads.includes(path)) ?? here;
  }
  return [here, ...walked.slice(walked.indexOf(here) + 1)];
}
