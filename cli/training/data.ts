// Where the inputs of a training step come from: a text by characters, or tensors of a safetensors file.
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import type { InputSpec } from "../../compiler/ir/program.js";
import { dataFault, UsageError } from "../faults.js";
import type { Batches, BatchSize } from "./batches.js";
import { TensorBatches } from "./tensor-batches.js";
import { TextBatches } from "./text-batches.js";

/** The data of a run with what identifies it. */
export interface TrainingData {
  readonly kind: "text" | "safetensors";
  readonly path: string;
  /** SHA-256 of the file, in hexadecimal. */
  readonly digest: string;
}

/** Reads `text:FILE`, `FILE.txt` or `FILE.safetensors` as given to `--data`. */
export function locateData(option: string): TrainingData {
  const path = option.startsWith("text:") ? option.slice("text:".length) : option;
  const kind = option.startsWith("text:") || path.endsWith(".txt") ? "text" : "safetensors";
  if (kind === "safetensors" && !path.endsWith(".safetensors")) {
    throw new UsageError(
      `--data \`${option}\` is neither a .txt nor a .safetensors file`,
      "write text:FILE to read it as text",
    );
  }
  if (!existsSync(path)) {
    throw dataFault(
      "unknown-file",
      `there is no file \`${path}\``,
      "data is a .txt, read by its characters, or a .safetensors with a tensor for each input of the run",
    );
  }
  return { kind, path, digest: createHash("sha256").update(readFileSync(path)).digest("hex") };
}

/** Opens located data for the inputs of a training step. */
export function openBatches(
  data: TrainingData,
  inputs: readonly InputSpec[],
  size: BatchSize,
  seed: number,
): Batches {
  const given = inputs.filter(({ role }) => role === "input");
  if (data.kind === "text") return new TextBatches(data.path, given, size, seed);
  return new TensorBatches(data.path, given, size, seed);
}
