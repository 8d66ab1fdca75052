// The training loop: steps, held-out losses, checkpoints, progress, and what ends it early.
import { setImmediate as nextTurn } from "node:timers/promises";
import type { TrainStep } from "../../compiler/ir/program.js";
import type { Backend } from "../backend.js";
import { dataFault } from "../faults.js";
import type { Io } from "../io.js";
import type { Batches } from "./batches.js";
import { saveCheckpoint, type RunFacts } from "./checkpoint.js";
import { Interrupts, type StopSignal } from "./interrupts.js";
import type { MetricsLog, StepMetrics } from "./metrics.js";
import { showProgress } from "./progress.js";

/** Everything that a run works with. */
export interface Run {
  readonly backend: Backend;
  readonly step: TrainStep;
  readonly batches: Batches;
  readonly folder: string;
  readonly facts: RunFacts;
  readonly log: MetricsLog;
  readonly schedule: Schedule;
  readonly io: Io;
}

/** When things happen, in steps. */
export interface Schedule {
  /** Steps already done. */
  readonly first: number;
  readonly last: number;
  /** Distance of held-out losses; 0 for never. */
  readonly evaluateEvery: number;
  readonly checkpointEvery: number;
}

/** How a run ended. */
export interface Outcome {
  readonly steps: number;
  /** The signal that stopped it. */
  readonly signal: StopSignal | undefined;
  /** Wall time of the loop in seconds. */
  readonly seconds: number;
}

/** Trains to the last step or until a signal; either way the last thing done is a checkpoint. */
export async function train(run: Run): Promise<Outcome> {
  const { schedule, batches, io } = run;
  const interrupts = new Interrupts();
  const display = showProgress(io, schedule.first, schedule.last, batches.unit);
  const start = performance.now();
  let step = schedule.first;
  try {
    while (step < schedule.last && interrupts.received === undefined) {
      step += 1;
      const metrics = await oneStep(run, step, display.stop.bind(display));
      const rate = metrics.tokens_per_second ?? metrics.samples_per_second ?? 0;
      display.update({ step, loss: metrics.loss, rate });
      if (step % schedule.checkpointEvery === 0 && step < schedule.last)
        await checkpoint(run, step);
      // A backend that computes on this thread would otherwise never let a signal through.
      await nextTurn();
    }
    await checkpoint(run, step);
  } finally {
    display.stop();
    interrupts.close();
  }
  return { steps: step, signal: interrupts.received, seconds: (performance.now() - start) / 1000 };
}

async function oneStep(run: Run, step: number, beforeFault: () => void): Promise<StepMetrics> {
  const { backend, batches, schedule, facts } = run;
  const start = performance.now();
  const count = run.step.accumulation?.count ?? 1;
  const inputs = Array.from({ length: count }, (_, i) => batches.batch((step - 1) * count + i + 1));
  const report = await backend.trainStep(run.step.name, inputs, { seed: facts.seed, step });
  const rate = Math.round((count * batches.perStep) / ((performance.now() - start) / 1000));
  if (!Number.isFinite(report.loss)) {
    beforeFault();
    throw notFinite(run, step, report.loss);
  }
  const isMeasured =
    schedule.evaluateEvery > 0 && (step % schedule.evaluateEvery === 0 || step === schedule.last);
  const heldOut = isMeasured ? await heldOutLoss(run, step) : undefined;
  const metrics: StepMetrics = {
    step,
    loss: report.loss,
    ...(heldOut === undefined ? {} : { held_out_loss: heldOut }),
    ...(batches.unit === "tokens" ? { tokens_per_second: rate } : { samples_per_second: rate }),
    ...(report.metrics.size === 0 ? {} : { metrics: Object.fromEntries(report.metrics) }),
  };
  run.log.add(metrics);
  return metrics;
}

/** Mean loss over the held-out batches, without dropout; undefined where nothing is held out. */
async function heldOutLoss(
  { backend, batches, step, facts }: Run,
  at: number,
): Promise<number | undefined> {
  let sum = 0;
  for (const inputs of batches.heldOut) {
    const results = await backend.run(`${step.name}.loss`, inputs, { seed: facts.seed, step: at });
    sum += results.get("loss")?.data[0] ?? [...results.values()][0]?.data[0] ?? NaN;
  }
  return batches.heldOut.length === 0 ? undefined : sum / batches.heldOut.length;
}

async function checkpoint(run: Run, step: number): Promise<void> {
  const variables = await run.backend.readVariables(true);
  saveCheckpoint(run.folder, { step, facts: run.facts, variables });
}

function notFinite(run: Run, step: number, loss: number): Error {
  const last = run.log.steps.at(-1);
  const before = last === undefined ? "" : `; it was ${last.loss.toFixed(4)} one step before`;
  return dataFault(
    "loss-not-finite",
    `the loss of step ${String(step)} is ${String(loss)}${before}`,
    `lower the learning rate or clip the gradients (clip_norm); the last checkpoint in \`${run.folder}\` is from before this step`,
  );
}
