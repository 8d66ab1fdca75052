// Batches of windows of a text, character by character, with the last tenth of it held out.
import type { InputSpec } from "../../compiler/ir/program.js";
import { constantOf } from "../../compiler/types/dim.js";
import { isInteger } from "../../compiler/types/dtype.js";
import { showShape } from "../../compiler/types/tensor.js";
import type { HostTensor } from "../../runtime/weights.js";
import type { Tensors } from "../backend.js";
import { dataFault } from "../faults.js";
import { readText } from "../files.js";
import type { Batches, BatchSize, Vocabulary } from "./batches.js";
import { randomBelow } from "./random.js";

/** Draws windows at places that depend only on the seed and the step. */
export class TextBatches implements Batches {
  readonly unit = "tokens";
  readonly vocabulary: Vocabulary;
  readonly size: { readonly batch: number; readonly length: number };
  readonly perStep: number;
  readonly heldOut: readonly Tensors[];
  readonly #names: readonly [ids: string, targets: string];
  readonly #training: Int32Array;
  readonly #seed: number;

  constructor(path: string, inputs: readonly InputSpec[], size: BatchSize, seed: number) {
    const [ids, targets] = textInputs(inputs);
    const characters = Array.from(readText(path));
    this.vocabulary = [...new Set(characters)].sort(
      (a, b) => (a.codePointAt(0) ?? 0) - (b.codePointAt(0) ?? 0),
    );
    checkVocabulary(this.vocabulary, ids, path);
    const places = new Map(this.vocabulary.map((character, id) => [character, id]));
    const all = Int32Array.from(characters, (character) => places.get(character) ?? 0);
    const split = Math.floor(all.length * 0.9);
    this.#names = [ids.name, targets.name];
    this.#training = all.subarray(0, split);
    this.#seed = seed;
    this.size = chooseSize(ids, size);
    this.perStep = this.size.batch * this.size.length;
    if (this.#training.length <= this.size.length) {
      throw dataFault(
        "too-little-data",
        `\`${path}\` has ${String(all.length)} characters, too few for windows of ${String(this.size.length)}`,
        "choose a shorter --length",
      );
    }
    this.heldOut = this.#heldOutBatches(all.subarray(split));
  }

  batch(step: number): Tensors {
    const { batch, length } = this.size;
    const places = this.#training.length - length;
    const starts = Array.from({ length: batch }, (_, row) =>
      randomBelow(places, this.#seed, step, row),
    );
    return this.#windows(this.#training, starts);
  }

  /** Neighbouring windows from the start of the held-out part, at most 20 batches. */
  #heldOutBatches(text: Int32Array): readonly Tensors[] {
    const { batch, length } = this.size;
    const count = Math.min(20, Math.floor((text.length - 1) / (batch * length)));
    return Array.from({ length: count }, (_, i) =>
      this.#windows(
        text,
        Array.from({ length: batch }, (_, row) => (i * batch + row) * length),
      ),
    );
  }

  #windows(text: Int32Array, starts: readonly number[]): Tensors {
    const { length } = this.size;
    const cut = (shift: number): HostTensor => {
      const data = new Int32Array(starts.length * length);
      starts.forEach((start, row) => {
        data.set(text.subarray(start + shift, start + shift + length), row * length);
      });
      return { dtype: "i32", shape: [starts.length, length], data };
    };
    const [ids, targets] = this.#names;
    return new Map([
      [ids, cut(0)],
      [targets, cut(1)],
    ]);
  }
}

/** The inputs that take tokens and the tokens after them. */
function textInputs(inputs: readonly InputSpec[]): readonly [ids: InputSpec, targets: InputSpec] {
  const [ids, targets, ...others] = inputs;
  const isText = (spec: InputSpec | undefined): spec is InputSpec =>
    spec !== undefined && isInteger(spec.dtype) && spec.shape.length === 2;
  if (isText(ids) && isText(targets) && others.length === 0) return [ids, targets];
  const shown = inputs
    .map(({ name, dtype, shape }) => `${name}: ${dtype}${showShape(shape)}`)
    .join(", ");
  throw dataFault(
    "data-inputs",
    `text fills two inputs such as \`ids: i32[B, T]\` and \`targets: i32[B, T]\`, but the run takes (${shown})`,
    "give the inputs as a .safetensors file",
  );
}

function checkVocabulary(vocabulary: Vocabulary, ids: InputSpec, path: string): void {
  const below = ids.below && constantOf(ids.below);
  if (below === undefined || vocabulary.length <= below) return;
  throw dataFault(
    "vocabulary",
    `\`${path}\` has ${String(vocabulary.length)} different characters, but \`${ids.name}\` must lie below ${String(below)}`,
    `build the model for this text with --set V=${String(vocabulary.length)} (or what it calls its vocabulary)`,
  );
}

function chooseSize(
  { shape }: InputSpec,
  { batch, length }: BatchSize,
): { readonly batch: number; readonly length: number } {
  const [rows, columns] = shape.map(constantOf);
  return { batch: batch ?? rows ?? 16, length: length ?? columns ?? 64 };
}
