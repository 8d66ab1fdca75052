// Random masks on activations in programs that do not train.
import { warnings, type Diagnostic } from "../diagnostics/index.js";
import type { Value } from "../ir/op.js";
import { upstream } from "../ir/topology.js";
import { leafSpec, type Lowered } from "./subject.js";
import { placeOf, type Files } from "./where.js";

/** What a value depends on. */
interface Roots {
  /** The seed of a run. */
  readonly isRandom: boolean;
  /** Inputs, parameters or states. */
  readonly isData: boolean;
  /** Yes or no by chance alone, or a number made of such. */
  readonly isMask: boolean;
}

/** One warning for each place where chance alone decides which numbers go on: what dropout does. */
export function dropoutWarnings(
  { results, name }: Lowered,
  model: string,
  files: Files,
): readonly Diagnostic[] {
  const order = upstream(results.map((r) => r.value));
  const roots = new Map<Value, Roots>();
  const found: Diagnostic[] = [];
  for (const value of order) {
    const own = rootsOf(value, roots);
    roots.set(value, own);
    const under = value.operands.flatMap((o) => roots.get(o) ?? []);
    const isGate = value.op.lower.kind === "pointwise" && under.some((r) => r.isMask);
    if (!isGate || !under.some((r) => r.isData)) continue;
    const at = placeOf(value, files);
    if (at) found.push(warnings.dropoutInInference({ at, entry: name, model }));
  }
  return found;
}

function rootsOf(value: Value, known: ReadonlyMap<Value, Roots>): Roots {
  const spec = leafSpec(value);
  if (spec) {
    const isRandom = spec.role === "scalar" && spec.name === "seed";
    const isCounter = spec.role === "scalar" && spec.name === "step";
    return { isRandom, isData: !isRandom && !isCounter, isMask: false };
  }
  const under = value.operands.flatMap((o) => known.get(o) ?? []);
  const isRandom = under.some((r) => r.isRandom);
  const isData = under.some((r) => r.isData);
  const isChance = isRandom && !isData;
  const isMask = isChance && (value.type.dtype === "bool" || under.some((r) => r.isMask));
  return { isRandom, isData, isMask };
}
