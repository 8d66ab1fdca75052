// The end of a run: a sample of its writing, the plot, the report, and a summary on the screen.
import { join } from "node:path";
import type { Compiled } from "../../compiler/ir/program.js";
import { writeWhole } from "../files.js";
import { printJson } from "../io.js";
import type { Outcome, Run } from "./loop.js";
import { plotLoss } from "./plot.js";
import { duration } from "./progress.js";
import { lastHeldOut, writeReport } from "./report.js";
import { canSample, sampleText } from "./sample.js";

/** What is asked of the end of a run. */
export interface FinishOptions {
  readonly data: string;
  readonly sample: number;
  readonly prompt: string;
  readonly temperature: number;
  readonly json?: boolean;
}

/** Writes `sample.txt`, `loss.svg`, `loss.png` and `report.md`, and prints what came out. */
export async function finish(
  run: Run,
  compiled: Compiled,
  outcome: Outcome,
  options: FinishOptions,
): Promise<void> {
  const { folder, io, log, batches, facts, backend, step } = run;
  const sample = await writeSample(run, compiled, options);
  const title = `${step.name}: loss of ${compiled.name}`;
  await plotLoss(folder, title, log.steps);
  writeReport(folder, {
    run: step.name,
    model: compiled.name,
    backend: backend.description,
    data: options.data,
    parameters: parameterCount(compiled),
    seed: facts.seed,
    seconds: outcome.seconds,
    perStep: batches.perStep,
    unit: batches.unit,
    steps: log.steps,
    sample,
  });
  const heldOut = lastHeldOut(log.steps);
  if (options.json === true) {
    const [first, last] = [log.steps[0]?.loss, log.steps.at(-1)?.loss];
    printJson(io, {
      folder,
      steps: outcome.steps,
      seconds: outcome.seconds,
      first_loss: first,
      loss: last,
      held_out_loss: heldOut,
      sample,
    });
    return;
  }
  const losses = [
    `loss ${log.steps[0]?.loss.toFixed(4) ?? "?"} → ${log.steps.at(-1)?.loss.toFixed(4) ?? "?"}`,
    ...(heldOut === undefined ? [] : [`held out ${heldOut.toFixed(4)}`]),
  ];
  io.out(
    `${losses.join(", ")} after ${String(outcome.steps)} steps in ${duration(outcome.seconds)}\n`,
  );
  if (sample !== undefined) io.out(`\n${sample}\n\n`);
  io.out(`wrote ${join(folder, "report.md")}, loss.png, metrics.jsonl and weights.safetensors\n`);
}

async function writeSample(
  run: Run,
  compiled: Compiled,
  options: FinishOptions,
): Promise<string | undefined> {
  const { batches, backend, facts } = run;
  const entry = compiled.entries.find(({ name }) => name === "forward");
  if (options.sample === 0 || !batches.vocabulary || !canSample(entry)) return undefined;
  const text = await sampleText(backend, entry, batches.vocabulary, {
    prompt: options.prompt,
    count: options.sample,
    temperature: options.temperature,
    seed: facts.seed,
    window: batches.size.length ?? 64,
  });
  writeWhole(join(run.folder, "sample.txt"), text);
  return text;
}

const parameterCount = (compiled: Compiled): number =>
  compiled.variables
    .filter(({ role }) => role === "parameter")
    .reduce((sum, { shape }) => sum + shape.reduce((product, size) => product * size, 1), 0);
