// Where the parts of an artifact come from: a folder behind any reader of files, or one `.dla` file that arrives piece by piece.
import { damaged, largestManifest } from "./manifest.js";

/** Names inside an artifact. */
export const partNames = {
  manifest: "manifest.json",
  weights: "weights.safetensors",
  kernels: "kernels",
} as const;

/** The parts of an artifact by name. A source is read once, manifest first and weights last. */
export interface Source {
  /** What it is called in messages. */
  readonly name: string;
  /** A whole part; rejects where it has more than `most` bytes. */
  read(part: string, most: number): Promise<Uint8Array>;
  /** The bytes of a part as they arrive. */
  stream(part: string): AsyncIterable<Uint8Array>;
}

/** Opens a part of a folder: its bytes as they arrive. */
export type OpenPart = (part: string) => AsyncIterable<Uint8Array>;

/** A folder behind a reader of its files. */
export const folderSource = (name: string, open: OpenPart): Source => ({
  name,
  stream: open,
  async read(part, most) {
    const chunks: Uint8Array[] = [];
    let size = 0;
    for await (const chunk of open(part)) {
      size += chunk.length;
      if (size > most) throw damaged(name, `\`${part}\` has more than ${String(most)} bytes`);
      chunks.push(chunk);
    }
    return joined(chunks, size);
  },
});

/** The first bytes of a `.dla` file. */
export const magic = "adjoint\n";

/** Bytes of magic, version and length of the index. */
export const dlaPrefix = 16;

/** Version of the `.dla` container. */
export const dlaVersion = 1;

const partPattern =
  /^(manifest\.json|weights\.safetensors|index\.js|index\.d\.ts|kernels\/\d{3,6}\.wgsl)$/;

/** A part in the index of a `.dla` file: its name and its bytes. The parts follow one another in this order. */
export type IndexedPart = readonly [name: string, bytes: number];

/**
 * A `.dla` file from its bytes as they arrive. What stands before the weights is kept; the weights pass through. Rejects with a
 * `RuntimeFault` where it is no such file.
 */
export async function dlaSource(name: string, chunks: AsyncIterable<Uint8Array>): Promise<Source> {
  const queue = new Queue(name, chunks);
  const prefix = await queue.take(dlaPrefix);
  const view = new DataView(prefix.buffer, prefix.byteOffset, prefix.byteLength);
  if (new TextDecoder().decode(prefix.subarray(0, 8)) !== magic)
    throw damaged(name, "it does not begin as a `.dla` file does");
  if (view.getUint32(8, true) !== dlaVersion)
    throw damaged(name, `its container has version ${String(view.getUint32(8, true))}`);
  const length = view.getUint32(12, true);
  if (length > 2 ** 22) throw damaged(name, "its index is too large");
  const rest = readIndex(new TextDecoder().decode(await queue.take(length)), name);
  const kept = new Map<string, Uint8Array>();
  while (rest[0] && rest[0][0] !== partNames.weights) {
    const [part, bytes] = rest.shift() as IndexedPart;
    kept.set(part, await queue.take(bytes));
  }
  const [weights, ...more] = rest;
  if (more.length > 0) throw damaged(name, "something follows its weights");
  if (!weights) await queue.end();
  const missing = (part: string): never => {
    throw damaged(name, `it holds no \`${part}\``);
  };
  return {
    name,
    read: (part) => Promise.resolve(kept.get(part) ?? missing(part)),
    stream: (part) => (part === weights?.[0] ? queue.pass(weights[1]) : missing(part)),
  };
}

function readIndex(json: string, name: string): IndexedPart[] {
  const seen = new Set<string>();
  const isPart = (item: unknown): item is IndexedPart =>
    Array.isArray(item) &&
    item.length === 2 &&
    partPattern.test(String(item[0])) &&
    Number.isSafeInteger(item[1]) &&
    Number(item[1]) >= 0 &&
    (item[0] === partNames.weights || Number(item[1]) <= largestManifest) &&
    !seen.has(String(item[0])) &&
    seen.add(String(item[0])).size > 0;
  let index: unknown;
  try {
    index = JSON.parse(json);
  } catch {
    // Said below, as of any other index.
  }
  if (Array.isArray(index) && index.every(isPart)) return [...index];
  throw damaged(name, "its index is not what it should be");
}

/** Bytes that arrive in chunks of any size, taken in order. */
class Queue {
  readonly #name: string;
  readonly #chunks: AsyncIterator<Uint8Array>;
  #held: Uint8Array = new Uint8Array(0);

  constructor(name: string, chunks: AsyncIterable<Uint8Array>) {
    this.#name = name;
    this.#chunks = chunks[Symbol.asyncIterator]();
  }

  /** The next `count` bytes. Room is made as they arrive, so that a length alone takes none. */
  async take(count: number): Promise<Uint8Array> {
    const parts: Uint8Array[] = [];
    for await (const part of this.pass(count)) parts.push(part);
    return joined(parts, count);
  }

  /** The next `count` bytes as they arrive. */
  async *pass(count: number): AsyncGenerator<Uint8Array> {
    for (let left = count; left > 0;) {
      if (this.#held.length === 0) {
        const next: IteratorResult<Uint8Array, unknown> = await this.#chunks.next();
        if (next.done === true)
          throw damaged(this.#name, `its last ${String(left)} bytes are missing`);
        this.#held = next.value;
      }
      const part = this.#held.subarray(0, left);
      this.#held = this.#held.subarray(part.length);
      left -= part.length;
      if (part.length > 0) yield part;
    }
  }

  /** Refuses what follows. */
  async end(): Promise<void> {
    const { done } = await this.#chunks.next();
    if (this.#held.length > 0 || done !== true)
      throw damaged(this.#name, "something follows its last part");
  }
}

/** Chunks in one piece. */
export function joined(chunks: readonly Uint8Array[], size: number): Uint8Array {
  const [only] = chunks;
  if (only && chunks.length === 1) return only;
  const all = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return all;
}

/** Bytes that are all there already. */
export async function* oneChunk(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(bytes);
}
