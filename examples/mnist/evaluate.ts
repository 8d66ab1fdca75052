// Counts how many of the 10,000 test images a trained network names rightly, and draws the weights of its first layer as heat maps.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { Backend, BackendChoice } from "../../cli/backend.js";
import { openBackend } from "../../cli/backend/open.js";
import { writeWhole } from "../../cli/files.js";
import { openPackage, readSource } from "../../cli/host.js";
import { compile } from "../../compiler/index.js";
import {
  numbersOf,
  parseSafetensors,
  type HostTensor,
  type StoredTensor,
} from "../../runtime/weights.js";
import { drawWeights } from "./heat-map.js";

const here = (name: string): string => new URL(name, import.meta.url).pathname;

/** A model of this folder with the weights of a run. */
export async function openTrained(
  model: string,
  weights: ReadonlyMap<string, HostTensor>,
  choice: BackendChoice,
): Promise<Backend> {
  const path = here("model.dl");
  const compiled = compile(readSource(path), openPackage(path).host, { model });
  if (!compiled.ok) throw new Error(compiled.diagnostics.map(({ title }) => title).join("\n"));
  const backend = await openBackend(compiled.value, choice);
  await backend.init(0);
  await backend.writeVariables(weights);
  return backend;
}

/** Tensors of a safetensors file: integers as i32, floats as f32. */
export function readTensors(path: string): ReadonlyMap<string, HostTensor> {
  const { tensors } = parseSafetensors(readFileSync(path), path);
  return new Map([...tensors].map(([name, stored]) => [name, hostTensor(stored, path)]));
}

function hostTensor(stored: StoredTensor, path: string): HostTensor {
  const { shape } = stored;
  const numbers = numbersOf(stored, path);
  return stored.dtype.startsWith("F")
    ? { dtype: "f32", shape, data: Float32Array.from(numbers) }
    : { dtype: "i32", shape, data: Int32Array.from(numbers) };
}

/** How many images were named rightly. */
export async function countRight(
  backend: Backend,
  digits: ReadonlyMap<string, HostTensor>,
  batch: number,
): Promise<{ readonly right: number; readonly count: number }> {
  const [pixels, labels] = [digits.get("pixels"), digits.get("labels")];
  if (!pixels || !labels) throw new Error("the file holds no digits");
  const count = labels.data.length;
  let right = 0;
  for (let first = 0; first < count; first += batch) {
    const rows = Math.min(batch, count - first);
    const data = pixels.data.slice(first * 784, (first + rows) * 784);
    const images: HostTensor = { dtype: "i32", shape: [rows, 28, 28], data };
    const results = await backend.run("forward", new Map([["pixels", images]]), {
      seed: 0,
      step: 0,
    });
    const scores = results.get("out")?.data ?? new Float32Array();
    for (let i = 0; i < rows; i++) {
      const row = scores.slice(i * 10, i * 10 + 10);
      if (row.indexOf(Math.max(...row)) === labels.data[first + i]) right += 1;
    }
  }
  return { right, count };
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      model: { type: "string", default: "Cnn" },
      data: { type: "string", default: ".cache/mnist/test.safetensors" },
      backend: { type: "string", default: "webgpu" },
      adapter: { type: "string" },
    },
  });
  const [folder] = positionals;
  if (folder === undefined) throw new Error("which run? give the folder that `dl train` wrote");
  const weights = readTensors(join(folder, "weights.safetensors"));
  const backend = await openTrained(values.model, weights, {
    backend: values.backend === "reference" ? "reference" : "webgpu",
    adapter: values.adapter,
  });
  const { right, count } = await countRight(backend, readTensors(values.data), 500);
  backend.dispose();
  const share = ((100 * right) / count).toFixed(2);
  process.stdout.write(`${String(right)} of ${String(count)} test images, ${share} %\n`);
  const first = weights.get(values.model === "Cnn" ? "conv1.weight" : "hidden.weight");
  if (!first) throw new Error("the run holds no first layer");
  const picture = await drawWeights(`${values.model}: weights of the first layer`, first);
  writeWhole(join(folder, "weights.png"), picture);
  process.stdout.write(`drew ${join(folder, "weights.png")}\n`);
}

if (import.meta.url === new URL(process.argv[1] ?? "", "file:").href) await main();
