// Reads files with clear refusals, and writes them so that an interruption leaves the old one whole.
import {
  closeSync,
  existsSync,
  fsyncSync,
  fstatSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  writeSync,
} from "node:fs";
import { readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { FileTensor } from "../runtime/coded-files.js";
import {
  headerLength,
  prefixBytes,
  readHeader,
  serializeSafetensors,
  storedTensors,
  type HostTensor,
  type StoredTensors,
} from "../runtime/weights.js";
import { dataFault } from "./faults.js";

/** Reads UTF-8 text; refuses bytes that are not UTF-8. */
export function readText(path: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(readFileSync(path));
  } catch (thrown) {
    if (!(thrown instanceof TypeError)) throw thrown;
    throw dataFault("not-utf8", `\`${path}\` is not UTF-8 text`, "save it as UTF-8");
  }
}

/** Reads a safetensors file. Its header is checked before any tensor byte is read. */
export function readSafetensors(path: string): StoredTensors {
  const file = openSync(path, "r");
  try {
    const { size } = fstatSync(file);
    const start = headerLength(readExactly(file, Math.min(prefixBytes, size), 0), size, path);
    const data = prefixBytes + start;
    const header = readHeader(readExactly(file, start, prefixBytes), size - data, path);
    return storedTensors(header, readExactly(file, size - data, data));
  } finally {
    closeSync(file);
  }
}

/** Writes a safetensors file as `writeWhole` does. */
export function writeSafetensors(
  path: string,
  tensors: Iterable<readonly [name: string, tensor: HostTensor | FileTensor]>,
  metadata: Readonly<Record<string, string>> = {},
  floats: "F32" | "F16" | "BF16" = "F32",
): void {
  writeWhole(path, serializeSafetensors(tensors, metadata, floats));
}

/**
 * Writes a file whole or not at all: to a temporary file beside it, flushed to the disk, then renamed over the old one.
 * Makes the folder where it is missing.
 */
export function writeWhole(path: string, content: string | Uint8Array): void {
  if (existsSync(path) && !statSync(path).isFile()) {
    // A pipe or a device such as /dev/stdout is written to, never replaced.
    writeFileSync(path, content);
    return;
  }
  makeFolder(dirname(path));
  const temporary = join(
    dirname(path),
    `.${basename(path)}.${String(process.pid)}${temporarySuffix}`,
  );
  try {
    const file = openSync(temporary, "w");
    try {
      writeAll(file, typeof content === "string" ? new TextEncoder().encode(content) : content);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(temporary, path);
  } catch (thrown) {
    rmSync(temporary, { force: true });
    throw thrown;
  }
  flushFolder(dirname(path));
}

/** Makes a folder and those above it. Node's own recursion never returns where a file system forbids folders. */
export function makeFolder(path: string): void {
  if (existsSync(path)) return;
  makeFolder(dirname(path));
  mkdirSync(path);
}

/** Removes temporary files that a killed process left in a folder. */
export function removeTemporaries(folder: string): void {
  for (const name of readdirSync(folder)) {
    if (name.startsWith(".") && name.endsWith(temporarySuffix))
      rmSync(join(folder, name), { force: true });
  }
}

const temporarySuffix = ".adjoint-tmp";

/** A rename is on the disk only when its folder is. */
function flushFolder(folder: string): void {
  if (process.platform === "win32") return;
  const handle = openSync(folder, "r");
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

/** A full disk makes a write short without an error, so the rest is written until one comes. */
function writeAll(file: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.byteLength;) at += writeSync(file, bytes, at);
}

function readExactly(file: number, length: number, position: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length;) {
    const count = readSync(file, bytes, at, length - at, position + at);
    if (count === 0)
      throw dataFault(
        "file-changed",
        "a file became shorter while it was read",
        "read it again when nothing writes it",
      );
    at += count;
  }
  return bytes;
}
