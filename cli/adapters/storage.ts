// How merged weights are stored: the numbers that a float type, or the codes of the base, leave of them.
import { bytesOf } from "../../compiler/artifact/variables.js";
import type { VariableSpec } from "../../compiler/ir/program.js";
import { decode, encode } from "../../runtime/coded.js";
import { storageText, toFile } from "../../runtime/coded-files.js";
import { numbersOf, toStored, type HostTensor, type StoredDtype } from "../../runtime/weights.js";
import type { Tensors } from "../backend.js";
import { writeSafetensors } from "../files.js";

const floats = { f32: "F32", f16: "F16", bf16: "BF16" } as const satisfies Readonly<
  Record<string, StoredDtype>
>;

/** Float types by their names on the command line, or `base`: as the base stores each tensor. */
export type Storage = keyof typeof floats | "base";

/** All of them, the most exact first. */
export const storages: readonly Storage[] = ["f32", "f16", "bf16", "base"];

/** A parameter that merging replaces, as the base has it. */
export type BaseTensor = Pick<VariableSpec, "dtype" | "shape" | "storage">;

/** A tensor after it was stored so and read again. */
export function storedAs(
  tensor: HostTensor,
  store: Storage,
  { storage }: Pick<BaseTensor, "storage">,
): HostTensor {
  if (store !== "base") {
    const data = Float32Array.from(numbersOf(toStored("merged", tensor, floats[store]), "merged"));
    return { ...tensor, data };
  }
  if (!storage) return tensor;
  return { ...tensor, data: decode(encode(tensor.data, storage), storage, tensor.data.length) };
}

/** Bytes of a tensor that is stored so. */
export const storedBytes = (store: Storage, tensor: BaseTensor): number =>
  store === "base"
    ? bytesOf(tensor)
    : tensor.shape.reduce((a, b) => a * b, 1) * (store === "f32" ? 4 : 2);

/** How a tensor is stored, in words. */
export const storeText = (store: Storage, { storage }: Pick<BaseTensor, "storage">): string =>
  store === "base" ? (storage ? storageText(storage) : "f32") : store;

/** The floats of a base, those that its codes stand for. */
export const floatsOf = (values: Tensors, variables: readonly VariableSpec[]): Tensors => {
  const known = new Map(variables.map((v) => [v.path, v]));
  return new Map(
    [...values].map(([path, tensor]) => {
      const { storage, shape } = known.get(path) ?? {};
      if (!storage || !shape) return [path, tensor] as const;
      const words = tensor.data instanceof Uint32Array ? tensor.data : encode(tensor.data, storage);
      const data = decode(
        words,
        storage,
        shape.reduce((a, b) => a * b, 1),
      );
      return [path, { dtype: "f32", shape, data }] as const;
    }),
  );
};

/** Writes a base with merged tensors in the place of its own. What is not merged stays as it is, codes included. */
export function writeMerged(
  path: string,
  base: Tensors,
  merged: Tensors,
  variables: readonly VariableSpec[],
  store: Storage,
): void {
  const values = [...base].map(([name, own]) => [name, merged.get(name) ?? own] as const);
  const coded = store === "base" ? variables : variables.filter((v) => !merged.has(v.path));
  writeSafetensors(path, toFile(values, coded), {}, store === "base" ? "F32" : floats[store]);
}
