// What the published encoder gives for some sentences, and how far this one is from it.
import { readFileSync } from "node:fs";
import { numbersOf, parseSafetensors } from "../../runtime/weights.js";
import type { Encoder } from "./encoder.js";

const here = (name: string): string => new URL(name, import.meta.url).pathname;

/** A sentence with the ids that the published tokenizer gives. */
export interface Expected {
  readonly text: string;
  readonly ids: readonly number[];
}

/** The sentences, in the order of the published vectors. */
export const expected = JSON.parse(
  readFileSync(here("expected.json"), "utf8"),
) as readonly Expected[];

/** The vectors that TensorFlow.js computes for them, row after row. */
function publishedVectors(): Float64Array {
  const stored = parseSafetensors(readFileSync(here("expected.safetensors")), "expected").tensors;
  const vectors = stored.get("embeddings");
  if (!vectors) throw new Error("expected.safetensors has no embeddings");
  return numbersOf(vectors, "expected");
}

/** The largest difference of any component, over all sentences. */
export async function furthest(encoder: Encoder): Promise<number> {
  const { data } = await encoder.embed(expected.map(({ text }) => text));
  return publishedVectors().reduce(
    (most, x, i) => Math.max(most, Math.abs(x - (data[i] ?? NaN))),
    0,
  );
}
