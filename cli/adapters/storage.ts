// How merged weights are stored: the numbers that a float type leaves of them.
import { numbersOf, toStored, type HostTensor, type StoredDtype } from "../../runtime/weights.js";
import type { Tensors } from "../backend.js";

/** Names of float types on the command line and in files. */
export const storages = { f32: "F32", f16: "F16", bf16: "BF16" } as const satisfies Readonly<
  Record<string, StoredDtype>
>;
export type Storage = keyof typeof storages;

/** A tensor after it was stored so and read again. */
export function storedAs(tensor: HostTensor, storage: Storage): HostTensor {
  const data = Float32Array.from(
    numbersOf(toStored("merged", tensor, storages[storage]), "merged"),
  );
  return { ...tensor, data };
}

/** Tensors after they were stored so and read again. */
export const allStoredAs = (values: Tensors, storage: Storage): Tensors =>
  new Map([...values].map(([path, tensor]) => [path, storedAs(tensor, storage)]));
