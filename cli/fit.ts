// Makes a compiled model fit a device and a budget of memory, or ends the command before anything is allocated.
import { fit, type Fit, type FitOptions } from "../compiler/fit/index.js";
import type { Compiled } from "../compiler/ir/program.js";
import type { Artifact, Target } from "../runtime/format.js";
import { needsOf, totalBytes } from "../runtime/needs.js";
import { dataFault } from "./faults.js";
import { showBytes, type Sizes } from "./sizes.js";

/** What a model has to fit into, as the command line says it. */
export interface Room {
  /** Bytes of all buffers; as many as it takes where left out. */
  readonly memory?: number | undefined;
  /** Sizes of the free dims where they are known. */
  readonly sizes?: Sizes | undefined;
  /** Whether every decision is recorded. */
  readonly isExplained?: boolean;
}

/** The model, changed so that it fits, with what was decided; throws `over-budget` where it cannot be made to fit. */
export function fitted(compiled: Compiled, target: Target, room: Room): Fit {
  const { memory, sizes = {}, isExplained = false } = room;
  const measure: FitOptions["measure"] = (artifact, name) => bytesOf(artifact, name, sizes);
  const found = fit(compiled, { target, budget: memory, sizes, isExplained, measure });
  const [worst] = [...found.excess].sort((a, b) => b.smallest - a.smallest);
  if (!worst) return found;
  throw dataFault(
    "over-budget",
    `\`${worst.entry}\` of \`${compiled.name}\` does not fit into ${showBytes(worst.budget)}: with all that can be computed again it needs ${showBytes(worst.smallest)}`,
    `give --memory at least ${String(Math.ceil(worst.smallest / 2 ** 20))}MiB, or use smaller batches or a smaller model`,
  );
}

/** Bytes of all buffers of an entry; undefined where a size is not known. */
function bytesOf(artifact: Artifact, name: string, sizes: Sizes): number | undefined {
  const plan = [...artifact.entries, ...artifact.steps].find((e) => e.name === name);
  const symbols = plan?.program.symbols.map((symbol) => sizes[symbol.name]) ?? [];
  const known = symbols.filter((size) => size !== undefined);
  return known.length === symbols.length ? totalBytes(needsOf(artifact, name, known)) : undefined;
}
