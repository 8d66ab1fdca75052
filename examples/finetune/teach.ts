// Teaching: a run of model.dl for a rate and a number of steps, from given weights, and its loss on text that it is not trained on.
import { readFileSync } from "node:fs";
import type { Tensors } from "../../cli/backend.js";
import { openPackage, readSource } from "../../cli/host.js";
import { buildArtifact } from "../../compiler/artifact/index.js";
import { compile, type Compiled } from "../../compiler/index.js";
import type { Device } from "../../runtime/device.js";
import { load, type Session } from "../../runtime/session.js";
import { numbersOf, parseSafetensors } from "../../runtime/weights.js";
import { spread, windowsOf, type Batch, type Parts, type Text } from "./text.js";

/** What all ways have in common. */
export interface Setting extends Batch {
  readonly steps: number;
  /** Steps between measurements of the loss on the choosing part. */
  readonly every: number;
  readonly parts: Parts;
}

/** A `train` declaration of model.dl with its highest rate. */
export interface Run {
  readonly run: string;
  readonly peak: number;
}

/** What a seed of a run reached. */
export interface Taught extends Run {
  readonly seed: number;
  /** Losses on the choosing part, the start among them. */
  readonly choosing: readonly { readonly step: number; readonly loss: number }[];
  /** The loss on the judging part after the last step, where it was asked for. */
  readonly judging?: number;
}

/** Parameters by path. */
export type Weights = Readonly<Record<string, Float32Array>>;

const file = (name: string): string => new URL(name, import.meta.url).pathname;

/** Compiles a run of model.dl. */
export function compileRun({ run, peak }: Run, steps: number): Compiled {
  const path = file("model.dl");
  const { host } = openPackage(path);
  const schedule = {
    path: file("schedule.dl"),
    text: `const peak = ${peak.toExponential()}\nconst steps = ${String(steps)}\n`,
  };
  const name = host.moduleOf(schedule);
  const read = (module: string) => (module === name ? schedule : host.read(module));
  const options = { runs: [run], entries: [] };
  const compiled = compile(readSource(path), { ...host, read }, options);
  if (compiled.ok) return compiled.value;
  throw new Error(compiled.diagnostics.map((d) => d.title).join("\n"));
}

/** Opens a run on a device, with these weights; what they leave out starts from the seed. */
export async function openRun(
  device: Device,
  compiled: Compiled,
  seed: number,
  weights: Weights,
): Promise<Session> {
  const session = await load(buildArtifact(compiled, { target: device.target }), { device });
  await session.init(seed, weights);
  return session;
}

/** Teaches one seed of a run that was compiled for it. */
export async function teach(
  device: Device,
  compiled: Compiled,
  { run, peak }: Run,
  { seed, weights, isJudged }: Lesson,
  setting: Setting,
): Promise<Taught> {
  const { parts, steps, every } = setting;
  const session = await openRun(device, compiled, seed, weights);
  const lossOn = (text: Text): Promise<number> => lossOf(session, run, spread(text, setting, 12));
  try {
    const choosing = [{ step: 0, loss: await lossOn(parts.choosing) }];
    for (let step = 1; step <= steps; step++) {
      await trainStep(session, run, parts.training, setting, { seed, step });
      if (step % every === 0 || step === steps)
        choosing.push({ step, loss: await lossOn(parts.choosing) });
    }
    const judged = isJudged ? { judging: await lossOn(parts.judging) } : {};
    return { run, peak, seed, choosing, ...judged };
  } finally {
    session.dispose();
  }
}

/** What differs between two times of teaching a run. */
export interface Lesson {
  readonly seed: number;
  readonly weights: Weights;
  /** Whether the judging part is looked at. */
  readonly isJudged: boolean;
}

/** One step of a run, on the windows of its seed. */
export async function trainStep(
  session: Session,
  run: string,
  text: Text,
  batch: Batch,
  scalars: { readonly seed: number; readonly step: number },
): Promise<void> {
  const windows = windowsOf(text, batch, scalars.seed, scalars.step);
  await session.trainStep(run, Object.fromEntries(windows), scalars);
}

async function lossOf(session: Session, run: string, batches: readonly Tensors[]): Promise<number> {
  let sum = 0;
  for (const batch of batches) {
    const results = await session.run(`${run}.loss`, Object.fromEntries(batch));
    // A penalty that is part of the loss is none of the text's.
    sum += (results["text_loss"] ?? results["loss"])?.data[0] ?? NaN;
  }
  return sum / batches.length;
}

/** The base of all ways: the weights of examples/stories after they were taught a text as a whole. */
export async function teachBase(
  device: Device,
  text: Text,
  base: Run,
  batch: Batch,
  steps: number,
): Promise<Weights> {
  const session = await openRun(device, compileRun(base, steps), 0, storedWeights());
  try {
    for (let step = 1; step <= steps; step++)
      await trainStep(session, base.run, text, batch, { seed: 0, step });
    const values = await session.readVariables();
    return Object.fromEntries(
      Object.keys(storedWeights()).map((path) => {
        const data = values[path]?.data;
        return [path, Float32Array.from(data ?? [])] as const;
      }),
    );
  } finally {
    session.dispose();
  }
}

function storedWeights(): Weights {
  const name = "../stories/stories260K.safetensors";
  const { tensors } = parseSafetensors(readFileSync(file(name)), name);
  return Object.fromEntries(
    [...tensors].map(([path, stored]) => [path, Float32Array.from(numbersOf(stored, name))]),
  );
}
