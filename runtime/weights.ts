// Reads and writes safetensors, the one format of weights, inputs and results; holds no file access of its own.
import type { FileTensor } from "./coded-files.js";
import { toStored, type HostTensor, type StoredTensor } from "./safetensors/convert.js";
import {
  headerLength,
  prefixBytes,
  readHeader,
  storedBytes,
  type Header,
} from "./safetensors/header.js";

export {
  asHostData,
  hostDtypeOf,
  numbersOf,
  toStored,
  type HostData,
  type HostDtype,
  type HostTensor,
  type StoredTensor,
} from "./safetensors/convert.js";
export {
  headerLength,
  maxHeaderBytes,
  maxTensors,
  prefixBytes,
  readHeader,
  storedBytes,
  type Header,
  type StoredDtype,
  type TensorInfo,
} from "./safetensors/header.js";

/** The tensors of a file by name, and its metadata. */
export interface StoredTensors {
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  readonly metadata: ReadonlyMap<string, string>;
}

/** Reads a whole file in memory; `file` is its name in messages. Tensors share the memory of `bytes`. Throws a `RuntimeFault`. */
export function parseSafetensors(bytes: Uint8Array, file: string): StoredTensors {
  const length = headerLength(bytes.subarray(0, prefixBytes), bytes.byteLength, file);
  const start = prefixBytes + length;
  const header = readHeader(bytes.subarray(prefixBytes, start), bytes.byteLength - start, file);
  return storedTensors(header, bytes.subarray(start));
}

/** Attaches the data section to a checked header. */
export function storedTensors(header: Header, data: Uint8Array): StoredTensors {
  const tensors = new Map<string, StoredTensor>();
  for (const { name, dtype, shape, begin, end } of header.tensors) {
    tensors.set(name, { name, dtype, shape, bytes: data.subarray(begin, end) });
  }
  return { tensors, metadata: header.metadata };
}

/**
 * Writes tensors in the order of their names, with the header padded so that the data starts on a multiple of 8 bytes.
 * The same tensors always give the same bytes.
 */
export function serializeSafetensors(
  tensors: Iterable<readonly [name: string, tensor: HostTensor | FileTensor]>,
  metadata: Readonly<Record<string, string>> = {},
  floats: "F32" | "F16" | "BF16" = "F32",
): Uint8Array {
  const stored = [...tensors].map(([name, tensor]) =>
    "bytes" in tensor ? { name, ...tensor } : toStored(name, tensor, floats),
  );
  // Wide elements first keeps every tensor aligned to its own element size.
  stored.sort((a, b) => alignment(b) - alignment(a) || (a.name < b.name ? -1 : 1));
  const entries: [string, unknown][] = [];
  const notes = Object.entries(metadata).sort(([a], [b]) => (a < b ? -1 : 1));
  if (notes.length > 0) entries.push(["__metadata__", Object.fromEntries(notes)]);
  let size = 0;
  for (const { name, dtype, shape, bytes } of stored) {
    entries.push([name, { dtype, shape, data_offsets: [size, size + bytes.byteLength] }]);
    size += bytes.byteLength;
  }
  // Written entry by entry: an object would reorder keys that look like numbers.
  const json = `{${entries.map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`).join(",")}}`;
  const text = new TextEncoder().encode(json);
  const padded = Math.ceil(text.byteLength / 8) * 8;
  const out = new Uint8Array(prefixBytes + padded + size);
  new DataView(out.buffer).setBigUint64(0, BigInt(padded), true);
  out.fill(0x20, prefixBytes, prefixBytes + padded);
  out.set(text, prefixBytes);
  let at = prefixBytes + padded;
  for (const { bytes } of stored) {
    out.set(bytes, at);
    at += bytes.byteLength;
  }
  return out;
}

const alignment = ({ dtype }: StoredTensor): number => storedBytes[dtype];
