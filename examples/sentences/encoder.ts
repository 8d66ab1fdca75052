// Sentences in, vectors out: the tokenizer, the compiled encoder and its weights put together.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Backend, BackendChoice } from "../../cli/backend.js";
import { openBackend } from "../../cli/backend/open.js";
import { openPackage, readSource } from "../../cli/host.js";
import { compile, type Compiled } from "../../compiler/index.js";
import { numbersOf, parseSafetensors, type HostTensor } from "../../runtime/weights.js";
import { Tokenizer, type Piece } from "./tokenizer.js";
import { encoderFolder } from "./weights.js";

const scalars = { seed: 0, step: 0 };

/** A sentence may have this many pieces; what is beyond is not read. */
const mostPieces = 128;

/** Compiles model.dl; static arguments make it smaller, for tests. */
export function compileEncoder(sets: Readonly<Record<string, string>> = {}): Compiled {
  const path = new URL("model.dl", import.meta.url).pathname;
  const compiled = compile(readSource(path), openPackage(path).host, {
    model: "SentenceEncoder",
    sets,
  });
  if (compiled.ok) return compiled.value;
  throw new Error(compiled.diagnostics.map(({ title }) => title).join("\n"));
}

/** An encoder of sentences on one backend. */
export class Encoder {
  readonly backend: Backend;
  readonly tokenizer: Tokenizer;

  constructor(backend: Backend, tokenizer: Tokenizer) {
    this.backend = backend;
    this.tokenizer = tokenizer;
  }

  /** One vector of length 1 for each sentence, as `[sentences, D]`. */
  async embed(sentences: readonly string[]): Promise<HostTensor> {
    return this.#result(
      "forward",
      padded(sentences.map((text) => this.tokenizer.encode(text).slice(0, mostPieces))),
    );
  }

  /** The cosine between each vector of `a` and each of `b`. */
  async likeness(a: HostTensor, b: HostTensor): Promise<HostTensor> {
    return this.#result(
      "likeness",
      new Map([
        ["a", a],
        ["b", b],
      ]),
    );
  }

  async #result(entry: string, inputs: ReadonlyMap<string, HostTensor>): Promise<HostTensor> {
    const out = (await this.backend.run(entry, inputs, scalars)).get("out");
    if (!out) throw new Error("the model has no result named `out`");
    return out;
  }
}

/** Rows of ids, filled up to the longest, and where there is an id. */
export function padded(rows: readonly (readonly number[])[]): ReadonlyMap<string, HostTensor> {
  const length = Math.max(1, ...rows.map((row) => row.length));
  const shape = [rows.length, length];
  const places = rows.flatMap((row) => Array.from({ length }, (_, t) => row[t]));
  return new Map<string, HostTensor>([
    ["ids", { dtype: "i32", shape, data: Int32Array.from(places, (id) => id ?? 0) }],
    [
      "mask",
      { dtype: "bool", shape, data: Uint8Array.from(places, (id) => Number(id !== undefined)) },
    ],
  ]);
}

/** Opens the trained encoder that `prepareEncoder` has put into its folder. */
export async function openEncoder(choice: BackendChoice): Promise<Encoder> {
  const backend = await openBackend(compileEncoder(), choice);
  await backend.init(0);
  const file = join(encoderFolder, "weights.safetensors");
  const { tensors } = parseSafetensors(readFileSync(file), file);
  const weights = [...tensors].map(([path, stored]) => {
    const data = Float32Array.from(numbersOf(stored, file));
    return [path, { dtype: "f32" as const, shape: stored.shape, data }] as const;
  });
  await backend.writeVariables(new Map(weights));
  const pieces = JSON.parse(
    readFileSync(join(encoderFolder, "vocabulary.json"), "utf8"),
  ) as Piece[];
  return new Encoder(backend, new Tokenizer(pieces));
}
