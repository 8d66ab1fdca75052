// A trained model that speaks: greedy decoding, and how far what it says is from the dictionary.
import type { Backend, BackendChoice } from "../../cli/backend.js";
import { openBackend } from "../../cli/backend/open.js";
import { openPackage, readSource } from "../../cli/host.js";
import { compile } from "../../compiler/index.js";
import type { HostTensor } from "../../runtime/weights.js";
import { begin, end, longest, rows, sounds, wordTensor, type Spoken } from "./words.js";

const scalars = { seed: 0, step: 0 };

/** The model of this folder with the weights of a run; throws an `Error` where it does not compile. */
export async function openSpeaker(
  weights: ReadonlyMap<string, HostTensor>,
  choice: BackendChoice,
): Promise<Backend> {
  const { pathname: path } = new URL("model.dl", import.meta.url);
  const compiled = compile(readSource(path), openPackage(path).host, { model: "Speaker" });
  if (!compiled.ok) throw new Error(compiled.diagnostics.map(({ title }) => title).join("\n"));
  const backend = await openBackend(compiled.value, choice);
  await backend.init(0);
  await backend.writeVariables(weights);
  return backend;
}

/** The likeliest sound after each of those before, for all words at once. */
export async function speak(
  backend: Backend,
  words: readonly string[],
): Promise<readonly Spoken[]> {
  const word = wordTensor(words.map((text) => ({ word: text })));
  const said = words.map(() => [begin as number]);
  for (let t = 0; t < longest.sounds; t++) {
    const spoken = rows(said, t + 1);
    const results = await backend.run(
      "forward",
      new Map([
        ["word", word],
        ["spoken", spoken],
      ]),
      scalars,
    );
    const scores = result(results, "out");
    const width = sounds.length;
    said.forEach((row, i) => {
      const last = scores.data.slice((i * (t + 1) + t) * width, (i * (t + 1) + t + 1) * width);
      row.push(last.indexOf(Math.max(...last)));
    });
  }
  return words.map((text, i) => ({ word: text, sounds: untilEnd(said[i] ?? []) }));
}

function untilEnd(row: readonly number[]): readonly string[] {
  const last = row.indexOf(end);
  return row.slice(1, last < 0 ? undefined : last).map((id) => sounds[id] ?? "");
}

/** How much of each letter goes into each sound, as the mean over heads: a row for each sound and the end. */
export async function attend(
  backend: Backend,
  { word, sounds: said }: Spoken,
): Promise<readonly (readonly number[])[]> {
  const spoken = rows([[begin, ...said.map((s) => sounds.indexOf(s))]], said.length + 1);
  const inputs = new Map([
    ["word", rows([[...word].map((c) => c.charCodeAt(0) - 96)], word.length)],
    ["spoken", spoken],
  ]);
  const { shape, data } = result(await backend.run("attend", inputs, scalars), "out");
  const [, heads = 1, height = 0, width = 0] = shape;
  const mean = (t: number, s: number): number => {
    const of = (h: number): number => data[(h * height + t) * width + s] ?? 0;
    return Array.from({ length: heads }, (_, h) => of(h)).reduce((a, b) => a + b, 0) / heads;
  };
  return Array.from({ length: height }, (_, t) =>
    Array.from({ length: width }, (__, s) => mean(t, s)),
  );
}

function result(results: ReadonlyMap<string, HostTensor>, name: string): HostTensor {
  const found = results.get(name);
  if (!found) throw new Error(`the model has no result named \`${name}\``);
  return found;
}

/** How many words are right in every sound, and how many sounds are wrong for each that is right. */
export interface Score {
  readonly words: number;
  readonly right: number;
  readonly soundErrorRate: number;
}

/** Compares what was said with the dictionary. */
export function score(said: readonly Spoken[], wanted: readonly Spoken[]): Score {
  const distances = wanted.map((w, i) => distance(said[i]?.sounds ?? [], w.sounds));
  const total = wanted.reduce((n, { sounds: s }) => n + s.length, 0);
  return {
    words: wanted.length,
    right: distances.filter((d) => d === 0).length,
    soundErrorRate: distances.reduce((a, b) => a + b, 0) / total,
  };
}

/** The fewest sounds to insert, leave out or change (Levenshtein 1966). */
export function distance(a: readonly string[], b: readonly string[]): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (const [i, x] of a.entries()) {
    const next = [i + 1];
    for (const [j, y] of b.entries()) {
      const change = (row[j] ?? 0) + Number(x !== y);
      next.push(Math.min(change, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
