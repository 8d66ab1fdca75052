// Tensors on their way between safetensors files and programs.
import {
  asHostData,
  hostDtypeOf,
  numbersOf,
  type HostDtype,
  type HostTensor,
  type StoredTensor,
} from "../runtime/weights.js";
import type { Tensors } from "./backend.js";
import { dataFault } from "./faults.js";
import { readSafetensors } from "./files.js";

/** What a program declares of a tensor it takes. */
export interface Declared {
  readonly name: string;
  readonly dtype: HostDtype;
}

/** Reads a file of inputs. Integers of any width serve an integer input when they fit, floats of any width a float input. */
export function readInputs(path: string, declared: readonly Declared[]): Tensors {
  const dtypes = new Map(declared.map(({ name, dtype }) => [name, dtype]));
  const { tensors } = readSafetensors(path);
  return new Map(
    [...tensors].map(([name, stored]) => [name, hostTensor(stored, dtypes.get(name), path)]),
  );
}

/**
 * A stored tensor as a host tensor of the wanted dtype where the value survives; of the nearest dtype where there is no
 * wish or it cannot be met, so that whoever checks the call names both.
 */
export function hostTensor(
  stored: StoredTensor,
  wanted: HostDtype | undefined,
  path: string,
): HostTensor {
  const numbers = numbersOf(stored, path);
  const own = hostDtypeOf(stored.dtype);
  const dtype = wanted !== undefined && isCompatible(own, wanted) ? wanted : own;
  if (isIntegral(dtype)) checkRange(numbers, dtype, stored, path);
  if (stored.dtype === "F64" && dtype === "f32")
    return { dtype, shape: stored.shape, data: numbers };
  return { dtype, shape: stored.shape, data: asHostData(numbers, dtype) };
}

/** A tensor for JSON output: nested lists would hide the shape of an empty one, so data stays flat. */
export function tensorJson({ dtype, shape, data }: HostTensor): object {
  // JSON has no NaN and no infinities: they become text.
  return { dtype, shape, data: Array.from(data, (x) => (Number.isFinite(x) ? x : String(x))) };
}

const isIntegral = (dtype: HostDtype): boolean => dtype === "i32" || dtype === "u32";

function isCompatible(own: HostDtype, wanted: HostDtype): boolean {
  if (own === wanted) return true;
  if (isIntegral(own)) return isIntegral(wanted) || wanted === "bool";
  return own === "f32" && wanted === "f16";
}

function checkRange(
  numbers: Float64Array,
  dtype: HostDtype,
  stored: StoredTensor,
  path: string,
): void {
  const [low, high] = dtype === "u32" ? [0, 2 ** 32 - 1] : [-(2 ** 31), 2 ** 31 - 1];
  const bad = numbers.findIndex((x) => x < low || x > high);
  if (bad < 0) return;
  throw dataFault(
    "input-range",
    `\`${path}\`: element ${String(bad)} of \`${stored.name}\` is ${String(numbers[bad])}, which ${dtype} cannot hold`,
  );
}
