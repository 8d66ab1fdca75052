// Runs the command line inside the test process and keeps what it printed.
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readSafetensors, writeSafetensors } from "../../cli/files.js";
import { runCommandLine } from "../../cli/program.js";
import { numbersOf, type HostTensor } from "../../runtime/weights.js";

/** What a command line did. */
export interface Ran {
  readonly status: number;
  readonly out: string;
  readonly err: string;
}

/** Runs `dl` with these arguments. */
export async function dl(...args: readonly string[]): Promise<Ran> {
  const printed = { out: "", err: "" };
  const status = await runCommandLine(args, {
    out: (text) => void (printed.out += text),
    err: (text) => void (printed.err += text),
    isTerminal: false,
  });
  return { status, ...printed };
}

/** A new folder under the system's folder for temporary files. */
export const temporaryFolder = (): string => mkdtempSync(join(tmpdir(), "adjoint-test-"));

/** Writes a text file and gives its path. */
export function writeText(folder: string, name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

/** Writes a safetensors file and gives its path. */
export function writeTensors(
  folder: string,
  name: string,
  tensors: Readonly<Record<string, HostTensor>>,
): string {
  const path = join(folder, name);
  writeSafetensors(path, Object.entries(tensors));
  return path;
}

/** Reads the numbers and shapes of a safetensors file. */
export function readTensors(
  path: string,
): Record<string, { readonly shape: readonly number[]; readonly data: number[] }> {
  const { tensors } = readSafetensors(path);
  return Object.fromEntries(
    [...tensors].map(([name, stored]) => [
      name,
      { shape: stored.shape, data: [...numbersOf(stored, path)] },
    ]),
  );
}

/** A float32 tensor filled by a function of the place. */
export function floats(shape: readonly number[], at: (place: number) => number): HostTensor {
  const count = shape.reduce((all, size) => all * size, 1);
  return {
    dtype: "f32",
    shape,
    data: Float32Array.from({ length: count }, (_, place) => at(place)),
  };
}

/** An int32 tensor of given numbers. */
export const ints = (shape: readonly number[], data: readonly number[]): HostTensor => ({
  dtype: "i32",
  shape,
  data: Int32Array.from(data),
});
