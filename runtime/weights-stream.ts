// Reads a safetensors file while it arrives: each tensor is handed on as soon as its last byte is there, and none is kept.
import { damaged } from "./manifest.js";
import { digestOf } from "./digest.js";
import type { WeightsEntry } from "./format.js";
import { headerLength, prefixBytes, readHeader } from "./safetensors/header.js";
import type { StoredTensor } from "./safetensors/convert.js";
import { joined } from "./source.js";

/** Bytes received so far, and of how many. */
export type Progress = (received: number, total: number) => void;

/** Pieces of a file whose hashes are known, each handed on only after its own was found right. Rejects with `artifact-damaged`. */
export async function* verified(
  chunks: AsyncIterable<Uint8Array>,
  { bytes, piece, sha256 }: WeightsEntry,
  name: string,
): AsyncGenerator<Uint8Array> {
  let number = 0;
  for await (const part of resized(chunks, piece)) {
    const wanted = Math.min(piece, bytes - number * piece);
    if (part.length !== wanted || (await digestOf(part)) !== sha256[number])
      throw damaged(name, "its weights are not those that were built");
    number++;
    yield part;
  }
  if (number !== sha256.length) throw damaged(name, "its weights end early");
}

/** The same bytes in pieces of `size`, the last one shorter. */
async function* resized(
  chunks: AsyncIterable<Uint8Array>,
  size: number,
): AsyncGenerator<Uint8Array> {
  let held: Uint8Array[] = [];
  let count = 0;
  for await (const chunk of chunks) {
    for (let at = 0; at < chunk.length;) {
      const part = chunk.subarray(at, at + size - count);
      held.push(part);
      count += part.length;
      at += part.length;
      if (count < size) continue;
      yield joined(held, count);
      [held, count] = [[], 0];
    }
  }
  if (count > 0) yield joined(held, count);
}

/**
 * The tensors of a safetensors file of `total` bytes in the order in which they lie there. Every rule of the format is checked
 * before the first is handed on; rejects with a `RuntimeFault`.
 */
export async function* tensorsOf(
  chunks: AsyncIterable<Uint8Array>,
  total: number,
  file: string,
  progress: Progress = () => undefined,
): AsyncGenerator<StoredTensor> {
  const iterator = chunks[Symbol.asyncIterator]();
  let received = 0;
  let held: Uint8Array = new Uint8Array(0);
  const take = async (count: number): Promise<Uint8Array> => {
    const parts: Uint8Array[] = [];
    for (let left = count; left > 0;) {
      if (held.length === 0) {
        const next: IteratorResult<Uint8Array, unknown> = await iterator.next();
        if (next.done === true) break;
        held = next.value;
        received += held.length;
        progress(received, total);
        continue;
      }
      const part = held.subarray(0, left);
      parts.push(part);
      held = held.subarray(part.length);
      left -= part.length;
    }
    return joined(
      parts,
      parts.reduce((sum, { length }) => sum + length, 0),
    );
  };
  const length = headerLength(await take(Math.min(prefixBytes, total)), total, file);
  const header = readHeader(await take(length), total - prefixBytes - length, file);
  for (const { name, dtype, shape, begin, end } of header.tensors) {
    const bytes = await take(end - begin);
    if (bytes.length < end - begin) throw damaged(file, `it ends within \`${name}\``);
    yield { name, dtype, shape, bytes };
  }
}
