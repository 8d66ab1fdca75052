// `dl train`: trains a model by one of its `train` declarations, with checkpoints, metrics, a plot and a report.
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import type { Compiled, TrainStep } from "../../compiler/ir/program.js";
import { writeAdapter } from "../adapters/file.js";
import { fingerprintOf } from "../adapters/fingerprint.js";
import type { Backend } from "../backend.js";
import { openBackend } from "../backend/open.js";
import { chosen, compileFile, onlyRun } from "../compile.js";
import { dataFault, Exit } from "../faults.js";
import { writeSafetensors, writeWhole } from "../files.js";
import type { Io } from "../io.js";
import {
  addModelOptions,
  addRunOptions,
  checkRunOptions,
  positiveNumber,
  wholeNumber,
  type RunOptions,
} from "../options.js";
import { loadCheckpoint, type Checkpoint, type RunFacts } from "../training/checkpoint.js";
import { locateData, openBatches } from "../training/data.js";
import { signalStatus } from "../training/interrupts.js";
import { train, type Run, type Schedule } from "../training/loop.js";
import { MetricsLog } from "../training/metrics.js";
import { sizesFor } from "../sizes.js";
import { toFile } from "../../runtime/coded-files.js";
import { readWeights } from "../weights.js";

/** Options of `dl train`. */
export interface TrainOptions extends RunOptions {
  readonly run?: string;
  readonly data: string;
  readonly steps: number;
  readonly out: string;
  readonly batch?: number;
  readonly length?: number;
  readonly weights?: string;
  readonly resume?: boolean;
  readonly overwrite?: boolean;
  readonly evalEvery: number;
  readonly checkpointEvery: number;
  readonly sample: number;
  readonly prompt: string;
  readonly temperature: number;
  readonly json?: boolean;
}

/** Registers `dl train`. */
export function registerTrain(program: Command, io: Io): void {
  const command = program
    .command("train")
    .description("train a model by one of its `train` declarations")
    .argument("<file>", "a `.dl` file")
    .option("--run <name>", "the `train` declaration; needed when the file has several")
    .requiredOption(
      "--data <file>",
      "a .txt file, read by characters, or .safetensors named after the inputs",
    )
    .requiredOption("--steps <n>", "steps to train, those before a resume included", positiveNumber)
    .requiredOption("-o, --out <folder>", "where checkpoints, metrics, weights and the report go")
    .option("--batch <n>", "samples of one step", positiveNumber)
    .option("--length <n>", "characters of one window of a text", positiveNumber)
    .option("--weights <file>", "start from these parameters instead of the initialisers")
    .option("--resume", "go on from the newest checkpoint in the folder")
    .option("--overwrite", "start again in a folder that already holds a run")
    .option("--eval-every <n>", "steps between held-out losses; 0 for none", wholeNumber, 100)
    .option("--checkpoint-every <n>", "steps between checkpoints", positiveNumber, 100)
    .option(
      "--sample <n>",
      "characters to write at the end, when the data is text",
      wholeNumber,
      500,
    )
    .option("--prompt <text>", "what the sample begins with", "\n")
    .option("--json", "print the outcome as JSON")
    .option(
      "--temperature <x>",
      "0 takes the likeliest character, 1 samples as the model believes",
      Number,
      0.8,
    );
  addRunOptions(addModelOptions(command))
    .addHelpText(
      "after",
      "\nExample:\n  $ dl train model.dl --run Pretrain --data text.txt --steps 500 -o runs/first",
    )
    .action((file: string, options: TrainOptions) => trainCommand(file, options, io));
}

async function trainCommand(file: string, options: TrainOptions, io: Io): Promise<void> {
  checkRunOptions(options);
  const data = locateData(options.data);
  const { compiled, step } = compileRun(file, options, io);
  const resumed = openFolder(options, io);
  const seed = resumed?.facts.seed ?? options.seed;
  const wanted = {
    batch: options.batch ?? resumed?.facts.batch,
    length: options.length ?? resumed?.facts.length,
  };
  const batches = openBatches(data, step.signature.inputs, wanted, seed);
  const weights =
    options.weights === undefined
      ? undefined
      : readWeights(options.weights, compiled.variables, io);
  const sizes = sizesFor(step.signature, batches.batch(1));
  const backend = await openBackend(compiled, { ...options, sizes });
  try {
    const facts = {
      run: step.name,
      seed,
      ...batches.size,
      data: data.digest,
      backend: backend.description,
    };
    if (resumed) checkSameRun(resumed.facts, facts, io);
    await startVariables(backend, seed, resumed, weights);
    const schedule = scheduleOf(options, resumed?.step ?? 0);
    announce(compiled, backend, schedule, io);
    const log = new MetricsLog(options.out, schedule.first);
    await runToEnd(
      { backend, step, batches, folder: options.out, facts, log, schedule, io },
      compiled,
      options,
    );
  } finally {
    backend.dispose();
  }
}

async function runToEnd(run: Run, compiled: Compiled, options: TrainOptions): Promise<void> {
  const { folder, batches, backend, io } = run;
  if (batches.vocabulary)
    writeWhole(join(folder, "vocabulary.json"), `${JSON.stringify(batches.vocabulary)}\n`);
  const outcome = await train(run);
  const values = await backend.readVariables(false);
  writeSafetensors(join(folder, "weights.safetensors"), toFile(values, compiled.variables));
  if ((compiled.adapters ?? []).length > 0) {
    const base = fingerprintOf(compiled.variables, values);
    writeAdapter(join(folder, "adapter.safetensors"), compiled, values, base);
  }
  if (outcome.signal) {
    io.err(`stopped after step ${String(outcome.steps)}; --resume goes on from there\n`);
    throw new Exit(signalStatus[outcome.signal]);
  }
  // Plotting takes long to load, and only a finished run plots.
  const { finish } = await import("../training/finish.js");
  await finish(run, compiled, outcome, options);
}

const scheduleOf = (options: TrainOptions, first: number): Schedule => ({
  first,
  last: options.steps,
  evaluateEvery: options.evalEvery,
  checkpointEvery: options.checkpointEvery,
});

function compileRun(
  file: string,
  options: TrainOptions,
  io: Io,
): { readonly compiled: Compiled; readonly step: TrainStep } {
  const run = options.run ?? onlyRun(file);
  const compiled = compileFile(file, chosen({ ...options, run }), io);
  const step = compiled.steps.find(({ name }) => name === run);
  if (step) return { compiled, step };
  throw dataFault("unknown-run", `\`${file}\` has no \`train\` declaration \`${run}\``);
}

/** The checkpoint to go on from; refuses to write over a run that was not asked to go on. */
function openFolder(options: TrainOptions, io: Io): Checkpoint | undefined {
  if (options.resume === true) {
    const checkpoint = loadCheckpoint(options.out, (text) => {
      io.err(text);
    });
    if (checkpoint) return checkpoint;
    throw dataFault(
      "no-checkpoint",
      `there is no checkpoint in \`${options.out}\``,
      "start without --resume",
    );
  }
  const checkpoints = join(options.out, "checkpoints");
  if (existsSync(checkpoints) && options.overwrite !== true) {
    throw dataFault(
      "run-exists",
      `\`${options.out}\` already holds a run`,
      "go on with --resume, start again with --overwrite, or choose another folder",
    );
  }
  rmSync(checkpoints, { recursive: true, force: true });
  return undefined;
}

function checkSameRun(before: RunFacts, now: RunFacts, io: Io): void {
  for (const key of ["run", "data", "batch", "length"] as const) {
    if (before[key] === now[key]) continue;
    const values =
      key === "data"
        ? "another file"
        : `\`${String(now[key])}\`, it was \`${String(before[key])}\``;
    throw dataFault(
      "resume-differs",
      `the run cannot go on: its ${key} is ${values}`,
      "resume with the options of the first start",
    );
  }
  if (before.backend !== now.backend) {
    io.err(
      `warning: the checkpoint was computed on ${before.backend}; on ${now.backend} the bits will differ\n`,
    );
  }
}

async function startVariables(
  backend: Backend,
  seed: number,
  resumed: Checkpoint | undefined,
  weights: Checkpoint["variables"] | undefined,
): Promise<void> {
  await backend.init(seed, resumed ? undefined : weights);
  if (resumed) await backend.writeVariables(resumed.variables);
}

function announce(compiled: Compiled, backend: Backend, { first, last }: Schedule, io: Io): void {
  const from = first === 0 ? "" : `, from step ${String(first)}`;
  io.err(`training ${compiled.name} on ${backend.description}, ${String(last)} steps${from}\n`);
}
