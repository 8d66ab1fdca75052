// A fingerprint of the base of an adapted model: of what its tensors are called, and of every bit in them.
import { createHash } from "node:crypto";
import type { VariableSpec } from "../../compiler/ir/program.js";
import type { Tensors } from "../backend.js";

/** SHA-256 over the base's parameters in order of their paths; what adapters add and states do not count. */
export function fingerprintOf(variables: readonly VariableSpec[], values: Tensors): string {
  const hash = createHash("sha256");
  const base = variables.filter((v) => v.role === "parameter" && v.isAdded !== true);
  const paths = base.map(({ path }) => path).sort();
  for (const path of paths) {
    const tensor = values.get(path);
    if (!tensor) continue;
    hash.update(`${path} ${tensor.dtype} ${tensor.shape.join("x")}\n`);
    hash.update(new Uint8Array(tensor.data.buffer, tensor.data.byteOffset, tensor.data.byteLength));
  }
  return `sha256:${hash.digest("hex")}`;
}
