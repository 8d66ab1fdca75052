// Greedy writing with the stories model, with its key/value cache or without.
import { readFileSync } from "node:fs";
import type { Backend, BackendChoice } from "../../cli/backend.js";
import { openBackend } from "../../cli/backend/open.js";
import { openPackage, readSource } from "../../cli/host.js";
import { compile } from "../../compiler/index.js";
import { numbersOf, parseSafetensors, type HostTensor } from "../../runtime/weights.js";

const here = (name: string): string => new URL(name, import.meta.url).pathname;

/** Compiles the model, loads its weights and opens a backend; throws an `Error` with the diagnostics where the model does not compile. */
export async function openStories(choice: BackendChoice): Promise<Backend> {
  const path = here("model.dl");
  const compiled = compile(readSource(path), openPackage(path).host, { model: "Stories" });
  if (!compiled.ok) throw new Error(compiled.diagnostics.map(({ title }) => title).join("\n"));
  const backend = await openBackend(compiled.value, choice);
  await backend.init(0);
  await backend.writeVariables(readWeights("stories260K.safetensors"));
  return backend;
}

function readWeights(name: string): ReadonlyMap<string, HostTensor> {
  const { tensors } = parseSafetensors(readFileSync(here(name)), name);
  const weights = [...tensors].map(([path, stored]) => {
    const data = Float32Array.from(numbersOf(stored, name));
    return [path, { dtype: "f32" as const, shape: stored.shape, data }] as const;
  });
  return new Map(weights);
}

/** The most likely continuation of `prompt`, token by token: `count` token ids. */
export async function* writeGreedily(
  backend: Backend,
  prompt: readonly number[],
  count: number,
  withCache: boolean,
): AsyncGenerator<number> {
  const ids = [...prompt];
  let seen = 0;
  for (let i = 0; i < count; i++) {
    const fresh = withCache ? ids.slice(seen) : ids;
    const inputs = new Map([["ids", row(fresh)]]);
    if (withCache) inputs.set("pos", { dtype: "i32", shape: [], data: Int32Array.of(seen) });
    const results = await backend.run(withCache ? "decode" : "forward", inputs, {
      seed: 0,
      step: 0,
    });
    seen = ids.length;
    const next = mostLikely(results.get("out"));
    ids.push(next);
    yield next;
  }
}

const row = (ids: readonly number[]): HostTensor => ({
  dtype: "i32",
  shape: [1, ids.length],
  data: Int32Array.from(ids),
});

/** The index of the largest logit at the last position of `[1, T, V]`. */
function mostLikely(logits: HostTensor | undefined): number {
  if (!logits) throw new Error("the model has no result named `out`");
  const last = Array.from(logits.data.slice(-(logits.shape.at(-1) ?? 1)));
  return last.indexOf(Math.max(...last));
}

/** What the greedy continuation must be, computed by an independent implementation in float64. */
export interface Expected {
  readonly prompt: readonly number[];
  readonly ids: readonly number[];
  readonly logits_at_0: readonly number[];
}

/** Reads the expected continuation. */
export const readExpected = (): Expected =>
  JSON.parse(readFileSync(here("greedy256.json"), "utf8")) as Expected;

/** Reads the vocabulary: the text of each token id. */
export const readPieces = (): readonly string[] =>
  (JSON.parse(readFileSync(here("stories260K.tokenizer.json"), "utf8")) as { pieces: string[] })
    .pieces;

/** The text of one token; pieces like `<0x0A>` stand for a byte. */
export const textOfPiece = (piece: string): string =>
  piece.replace(/^<0x([0-9A-F]{2})>$/, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
