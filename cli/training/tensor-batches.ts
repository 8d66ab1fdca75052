// Batches of the samples in a safetensors file, every epoch in an order of its own, or the same whole tensors at every step.
import type { InputSpec } from "../../compiler/ir/program.js";
import { constantOf } from "../../compiler/types/dim.js";
import type { HostTensor } from "../../runtime/weights.js";
import type { Tensors } from "../backend.js";
import { dataFault } from "../faults.js";
import { readInputs } from "../tensors.js";
import type { Batches, BatchSize } from "./batches.js";
import { Epochs } from "./epochs.js";

/** Draws samples along the leading axis of every tensor; without a batch size the tensors are the batch. */
export class TensorBatches implements Batches {
  readonly unit = "samples";
  readonly heldOut: readonly Tensors[] = [];
  readonly perStep: number;
  readonly size: BatchSize;
  readonly #tensors: Tensors;
  readonly #samples: number;
  readonly #epochs: Epochs;

  constructor(path: string, inputs: readonly InputSpec[], size: BatchSize, seed: number) {
    this.#tensors = readInputs(path, inputs);
    this.#samples = sampleCount(this.#tensors, inputs, path);
    this.#epochs = new Epochs(this.#samples, seed);
    this.size = { batch: size.batch ?? declaredBatch(inputs, this.#samples), length: undefined };
    this.perStep = this.size.batch ?? this.#samples;
    if (this.perStep > this.#samples) {
      throw dataFault(
        "too-little-data",
        `\`${path}\` has ${String(this.#samples)} samples, too few for batches of ${String(this.perStep)}`,
      );
    }
  }

  batch(step: number): Tensors {
    if (this.size.batch === undefined) return this.#tensors;
    const rows = this.#epochs.rows(step, this.perStep);
    return new Map([...this.#tensors].map(([name, tensor]) => [name, takeRows(tensor, rows)]));
  }
}

function sampleCount(tensors: Tensors, inputs: readonly InputSpec[], path: string): number {
  const missing = inputs.filter(({ name }) => !tensors.has(name)).map(({ name }) => `\`${name}\``);
  if (missing.length > 0)
    throw dataFault("data-inputs", `\`${path}\` has no tensor for ${missing.join(", ")}`);
  const counts = new Set([...tensors.values()].map(({ shape }) => shape[0] ?? 1));
  const [count] = counts;
  if (count !== undefined && counts.size === 1) return count;
  const shapes = [...tensors]
    .map(([name, { shape }]) => `\`${name}\` [${shape.join(", ")}]`)
    .join(", ");
  throw dataFault(
    "data-samples",
    `\`${path}\`: the leading axes differ, so they cannot count samples: ${shapes}`,
  );
}

/** A constant leading axis that the file's samples exceed is a batch size. */
function declaredBatch(inputs: readonly InputSpec[], samples: number): number | undefined {
  const leading = inputs.map(({ shape }) => shape[0] && constantOf(shape[0]));
  return leading.find((size) => size !== undefined && size !== samples);
}

function takeRows({ dtype, shape, data }: HostTensor, rows: readonly number[]): HostTensor {
  const stride = shape.slice(1).reduce((product, size) => product * size, 1);
  const taken = data.slice(0, rows.length * stride);
  rows.forEach((row, i) => {
    taken.set(data.subarray(row * stride, (row + 1) * stride), i * stride);
  });
  return { dtype, shape: [rows.length, ...shape.slice(1)], data: taken };
}
