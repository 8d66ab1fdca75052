// Trains the programs of examples/peers from their known first bits on a backend, and gives the losses.
import type { BackendChoice, Tensors } from "../../cli/backend.js";
import { openBackend } from "../../cli/backend/open.js";
import { openPackage, readSource } from "../../cli/host.js";
import { compile } from "../../compiler/index.js";
import type { HostTensor } from "../../runtime/weights.js";
import { gpt, mlp, type StartTensor } from "./peers.js";

/** One workload: its file, what it is fed and what its losses must be. */
export interface PeerWork {
  readonly path: string;
  readonly start: () => readonly StartTensor[];
  readonly inputs: () => Tensors;
  readonly losses: readonly number[];
}

const ints = (data: Int32Array, ...shape: number[]): HostTensor => ({ dtype: "i32", shape, data });
const floats = (data: Float32Array, ...shape: number[]): HostTensor => ({
  dtype: "f32",
  shape,
  data,
});

/** The multilayer perceptron. */
export const mlpWork: PeerWork = {
  path: "examples/peers/mlp.dl",
  start: () => mlp.parameters(),
  inputs: () =>
    new Map([
      ["x", floats(mlp.x(), mlp.batch, 784)],
      ["y", ints(mlp.y(), mlp.batch)],
    ]),
  losses: mlp.losses,
};

/** The GPT. */
export const gptWork: PeerWork = {
  path: "examples/peers/gpt.dl",
  start: () => gpt.parameters(),
  inputs: () =>
    new Map([
      ["ids", ints(gpt.ids(), gpt.batch, gpt.length)],
      ["targets", ints(gpt.targets(), gpt.batch, gpt.length)],
    ]),
  losses: gpt.losses,
};

/** Losses of the first steps, one for each known one. */
export async function peerLosses(work: PeerWork, choice: BackendChoice): Promise<number[]> {
  const compiled = compile(readSource(work.path), openPackage(work.path).host, { runs: ["Train"] });
  if (!compiled.ok) throw new Error(compiled.diagnostics.map(({ title }) => title).join("\n"));
  const backend = await openBackend(compiled.value, choice);
  try {
    await backend.init(0);
    const start = work
      .start()
      .map(({ name, shape, data }) => [name, floats(data, ...shape)] as const);
    await backend.writeVariables(new Map(start));
    const losses: number[] = [];
    for (const step of work.losses.keys()) {
      const scalars = { seed: 0, step: step + 1 };
      losses.push((await backend.trainStep("Train", work.inputs(), scalars)).loss);
    }
    return losses;
  } finally {
    backend.dispose();
  }
}

/** Largest difference to the known losses. */
export const furthest = (losses: readonly number[], known: readonly number[]): number =>
  Math.max(...known.map((loss, i) => Math.abs(loss - (losses[i] ?? NaN))));
