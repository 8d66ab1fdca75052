// One way of teaching: compiles its `train` declaration, starts from the trained weights, and follows the loss on text kept back.
import { openBackend } from "../../cli/backend/open.js";
import type { Backend, BackendChoice, Tensors } from "../../cli/backend.js";
import { openPackage, readSource } from "../../cli/host.js";
import { buildArtifact } from "../../compiler/artifact/index.js";
import { compile, type Compiled } from "../../compiler/index.js";
import { readFileSync } from "node:fs";
import { portable } from "../../runtime/format.js";
import { needsOf, totalBytes } from "../../runtime/needs.js";
import { numbersOf, parseSafetensors, type HostTensor } from "../../runtime/weights.js";

/** What all ways have in common. */
export interface Setting extends BackendChoice {
  readonly steps: number;
  readonly batch: number;
  /** Tokens of one window. */
  readonly length: number;
  /** Steps between measurements of the held-out loss. */
  readonly evaluateEvery: number;
  readonly training: readonly number[];
  readonly heldOut: readonly number[];
}

/** What a way costs and reaches. */
export interface Outcome {
  readonly way: string;
  /** Parameters that learn, and parameters of the model without adapters. */
  readonly trained: number;
  readonly base: number;
  readonly optimizerBytes: number;
  readonly peakBytes: number;
  /** Median over the steps. */
  readonly millisecondsPerStep: number;
  readonly backend: string;
  readonly heldOut: readonly { readonly step: number; readonly loss: number }[];
}

const file = (name: string): string => new URL(name, import.meta.url).pathname;

/** Runs one `train` declaration of model.dl. */
export async function teach(
  way: string,
  setting: Setting,
  say: (line: string) => void,
): Promise<Outcome> {
  const path = file("model.dl");
  const compiled = compile(readSource(path), openPackage(path).host, { runs: [way], entries: [] });
  if (!compiled.ok) throw new Error(compiled.diagnostics.map((d) => d.title).join("\n"));
  const backend = await openBackend(compiled.value, setting);
  try {
    await backend.init(1, readWeights());
    const heldOut = [{ step: 0, loss: await heldOutLoss(backend, way, setting) }];
    const times: number[] = [];
    for (let step = 1; step <= setting.steps; step++) {
      const start = performance.now();
      await backend.trainStep(way, windows(setting, step), { seed: 1, step });
      times.push(performance.now() - start);
      if (step % setting.evaluateEvery !== 0 && step !== setting.steps) continue;
      const loss = await heldOutLoss(backend, way, setting);
      heldOut.push({ step, loss });
      say(`${way} ${String(step)}: held-out loss ${loss.toFixed(4)}`);
    }
    return {
      way,
      ...costs(compiled.value, way, setting),
      millisecondsPerStep: times.sort((a, b) => a - b)[Math.floor(times.length / 2)] ?? NaN,
      backend: backend.description,
      heldOut,
    };
  } finally {
    backend.dispose();
  }
}

function costs(
  compiled: Compiled,
  way: string,
  { batch, length }: Setting,
): Pick<Outcome, "trained" | "base" | "optimizerBytes" | "peakBytes"> {
  const count = (isCounted: (v: Compiled["variables"][number]) => boolean): number =>
    compiled.variables
      .filter((v) => v.role === "parameter" && isCounted(v))
      .reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0);
  const artifact = buildArtifact(compiled, { target: portable("discrete") });
  const needs = needsOf(artifact, way, [batch, length]);
  const moments = [...needs].filter(([name]) => name.startsWith("moment "));
  return {
    trained: count((v) => v.isTrainable),
    base: count((v) => v.isAdded !== true),
    optimizerBytes: moments.reduce((sum, [, bytes]) => sum + bytes, 0),
    peakBytes: totalBytes(needs),
  };
}

/** The batch of a step: the same windows for every way. */
function windows({ training, batch, length }: Setting, step: number): Tensors {
  const starts = Array.from(
    { length: batch },
    (_, row) => draw(step * batch + row) % (training.length - length - 1),
  );
  return pair(training, starts, length);
}

async function heldOutLoss(
  backend: Backend,
  way: string,
  { heldOut, batch, length }: Setting,
): Promise<number> {
  const rows = Math.floor((heldOut.length - 1) / length);
  const batches = Math.min(12, Math.floor(rows / batch));
  let sum = 0;
  for (let i = 0; i < batches; i++) {
    const starts = Array.from(
      { length: batch },
      (_, row) => Math.floor(((i * batch + row) * rows) / (batches * batch)) * length,
    );
    const results = await backend.run(`${way}.loss`, pair(heldOut, starts, length), {
      seed: 0,
      step: 0,
    });
    // A penalty that is part of the loss is none of the text's.
    sum += (results.get("text_loss") ?? results.get("loss"))?.data[0] ?? NaN;
  }
  return sum / batches;
}

/** Tokens from each start on, and those that follow them. */
function pair(tokens: readonly number[], starts: readonly number[], length: number): Tensors {
  const rows = (shift: number): HostTensor => ({
    dtype: "i32",
    shape: [starts.length, length],
    data: Int32Array.from(starts.flatMap((at) => tokens.slice(at + shift, at + shift + length))),
  });
  return new Map([
    ["ids", rows(0)],
    ["targets", rows(1)],
  ]);
}

/** A number that looks drawn, from its place (the finalizer of MurmurHash3). */
function draw(place: number): number {
  let x = Math.imul(place ^ (place >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return (x ^ (x >>> 16)) >>> 0;
}

function readWeights(): Tensors {
  const name = "../stories/stories260K.safetensors";
  const { tensors } = parseSafetensors(readFileSync(file(name)), name);
  return new Map(
    [...tensors].map(([path, stored]) => {
      const data = Float32Array.from(numbersOf(stored, name));
      return [path, { dtype: "f32" as const, shape: stored.shape, data }] as const;
    }),
  );
}
