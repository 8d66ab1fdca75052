// The texts: Shakespeare for the base, and names in three parts, to train on, to choose settings by, and to judge by.
import { readFileSync } from "node:fs";
import type { Tensors } from "../../cli/backend.js";
import type { HostTensor } from "../../runtime/weights.js";
import { encode, readTokenizer } from "./pieces.js";

/** Token ids of a text. */
export type Text = readonly number[];

/** Parts of a text, of which one is trained on. */
export interface Parts {
  readonly training: Text;
  readonly choosing: Text;
  readonly judging: Text;
}

/** Sizes of a batch: rows, and tokens of each. */
export interface Batch {
  readonly rows: number;
  readonly length: number;
}

const read = (name: string): string => readFileSync(new URL(name, import.meta.url), "utf8");

/** All of Shakespeare, which the base is taught. */
export const readShakespeare = (): Text =>
  encode(readTokenizer(), read("../shakespeare/input.txt"));

/** Names, a line each: eight tenths to train on, one to choose by, one to judge by. The file has the frequent ones first, so they are mixed. */
export function readNames(): Parts {
  const mixed = read("names.txt")
    .trim()
    .split("\n")
    .map((name, i) => [draw(i + 1), name] as const)
    .sort(([a], [b]) => a - b);
  const ids = encode(readTokenizer(), mixed.map(([, name]) => name).join("\n"));
  const [first, second] = [Math.floor(0.8 * ids.length), Math.floor(0.9 * ids.length)];
  return {
    training: ids.slice(0, first),
    choosing: ids.slice(first, second),
    judging: ids.slice(second),
  };
}

/** The batch of a step: windows at places that follow from the seed and the step alone, so that all ways are taught the same. */
export function windowsOf(
  text: Text,
  { rows, length }: Batch,
  seed: number,
  step: number,
): Tensors {
  const starts = Array.from(
    { length: rows },
    (_, row) => draw(draw(seed) + step * rows + row) % (text.length - length - 1),
  );
  return pair(text, starts, length);
}

/** At most so many batches, whose windows are spread over a whole text. */
export function spread(text: Text, { rows, length }: Batch, most: number): readonly Tensors[] {
  const places = Math.floor((text.length - 1) / length);
  const count = Math.min(most, Math.floor(places / rows));
  return Array.from({ length: count }, (_, batch) => {
    const starts = Array.from(
      { length: rows },
      (_, row) => Math.floor(((batch * rows + row) * places) / (count * rows)) * length,
    );
    return pair(text, starts, length);
  });
}

/** Tokens from each start on, and those that follow them. */
function pair(text: Text, starts: readonly number[], length: number): Tensors {
  const rows = (shift: number): HostTensor => ({
    dtype: "i32",
    shape: [starts.length, length],
    data: Int32Array.from(starts.flatMap((at) => text.slice(at + shift, at + shift + length))),
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
