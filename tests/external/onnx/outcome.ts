// Translates and runs one case, and says what came of it.
import type { Device } from "../../../runtime/device.js";
import type { Graph, Tensor } from "./model.js";
import { judge } from "./run.js";
import { translate, type Program } from "./translate.js";
import { Miss } from "./writer.js";

/** A graph with numbers for its inputs and the results that they should give. */
export interface Case {
  readonly title: string;
  readonly operator: string;
  readonly graph: Graph;
  readonly version: number;
  readonly given: ReadonlyMap<string, Tensor>;
  readonly expected: readonly Tensor[];
}

/** What came of a case: it passed, there is no program for it, or its program is wrong. */
export type Outcome =
  | { readonly kind: "passed"; readonly program: Program }
  | { readonly kind: "missed"; readonly reason: string }
  | { readonly kind: "failed"; readonly reason: string };

/** Runs a case on the reference and, where there is one, on a device. */
export async function outcomeOf(work: Case, device: Device | undefined): Promise<Outcome> {
  try {
    const types = work.expected.map(({ dtype, shape }) => ({ dtype, shape }));
    const program = translate(work.graph, work.version, work.given, types);
    const wrong = await judge(program, work.given, work.expected, device);
    if (wrong === undefined) return { kind: "passed", program };
    return { kind: "failed", reason: wrong };
  } catch (error) {
    if (error instanceof Miss) return { kind: "missed", reason: error.message };
    return { kind: "failed", reason: error instanceof Error ? error.message : String(error) };
  }
}
