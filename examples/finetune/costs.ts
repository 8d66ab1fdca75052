// What a step of each way costs: parameters, bytes as planned and as a device counts them, and times that were taken in turns.
import { buildArtifact } from "../../compiler/artifact/index.js";
import type { Compiled } from "../../compiler/index.js";
import type { Device } from "../../runtime/device.js";
import { needsOf, totalBytes } from "../../runtime/needs.js";
import type { Session } from "../../runtime/session.js";
import { compileRun, openRun, trainStep, type Run, type Setting, type Weights } from "./teach.js";

/** The costs of one way. */
export interface Cost extends Run {
  /** Parameters that learn, and parameters of the model without adapters. */
  readonly trained: number;
  readonly base: number;
  readonly optimizerBytes: number;
  /** Bytes that the plan of a step asks for. */
  readonly plannedBytes: number;
  /** The most bytes that buffers on a device of its own had at once, over two steps. */
  readonly measuredBytes: number;
  /** Median milliseconds of a step, steps of all ways taken in turns. */
  readonly milliseconds: number;
}

/** Measures all runs; `open` gives a device that nothing else is on. */
export async function costsOf(
  runs: readonly Run[],
  setting: Setting,
  weights: Weights,
  open: () => Promise<Device>,
  rounds: number,
): Promise<readonly Cost[]> {
  const measured: (Omit<Cost, "milliseconds"> & { readonly step: Step })[] = [];
  for (const run of runs) {
    const compiled = compileRun(run, setting.steps);
    const device = await open();
    const session = await openRun(device, compiled, 1, weights);
    const step = stepOf(session, run, setting);
    for (const at of [1, 2]) await step(at);
    const { peakBytes } = device.counts;
    measured.push({
      ...run,
      ...planned(compiled, device, run, setting),
      measuredBytes: peakBytes,
      step,
    });
  }
  const times = measured.map((): number[] => []);
  for (let round = 0; round < rounds; round++)
    for (const [i, { step }] of measured.entries()) {
      const start = performance.now();
      await step(3 + round);
      times[i]?.push(performance.now() - start);
    }
  return measured.map(({ step: _, ...cost }, i) => ({
    ...cost,
    milliseconds: times[i]?.sort((a, b) => a - b)[Math.floor(rounds / 2)] ?? NaN,
  }));
}

type Step = (step: number) => Promise<void>;

const stepOf =
  (session: Session, { run }: Run, setting: Setting): Step =>
  (step) =>
    trainStep(session, run, setting.parts.training, setting, { seed: 1, step });

function planned(
  compiled: Compiled,
  { target }: Device,
  { run }: Run,
  { rows, length }: Setting,
): Pick<Cost, "trained" | "base" | "optimizerBytes" | "plannedBytes"> {
  const count = (isCounted: (v: Compiled["variables"][number]) => boolean): number =>
    compiled.variables
      .filter((v) => v.role === "parameter" && isCounted(v))
      .reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0);
  const needs = needsOf(buildArtifact(compiled, { target }), run, [rows, length]);
  const moments = [...needs].filter(([name]) => name.startsWith("moment "));
  return {
    trained: count((v) => v.isTrainable),
    base: count((v) => v.isAdded !== true),
    optimizerBytes: moments.reduce((sum, [, bytes]) => sum + bytes, 0),
    plannedBytes: totalBytes(needs),
  };
}
