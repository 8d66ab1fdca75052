// A fingerprint of the base of an adapted model: of what its tensors are called, and of every bit in them.
import { createHash } from "node:crypto";
import type { VariableSpec } from "../../compiler/ir/program.js";
import { encode } from "../../runtime/coded.js";
import type { CodedStorage } from "../../runtime/format.js";
import type { HostTensor } from "../../runtime/weights.js";
import type { Tensors } from "../backend.js";

/**
 * SHA-256 over the base's parameters in order of their paths; what adapters add and states do not count. Floats for a parameter that is
 * stored as codes count as the codes that they become.
 */
export function fingerprintOf(variables: readonly VariableSpec[], values: Tensors): string {
  const hash = createHash("sha256");
  const base = variables.filter((v) => v.role === "parameter" && v.isAdded !== true);
  const inOrder = [...base].sort((a, b) => (a.path < b.path ? -1 : 1));
  for (const { path, storage } of inOrder) {
    const tensor = values.get(path);
    if (!tensor) continue;
    const { dtype, shape, data } = storage ? wordsOf(tensor, storage) : tensor;
    hash.update(`${path} ${dtype} ${shape.join("x")}\n`);
    hash.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }
  return `sha256:${hash.digest("hex")}`;
}

function wordsOf(tensor: HostTensor, storage: CodedStorage): HostTensor {
  if (tensor.data instanceof Uint32Array) return tensor;
  const data = encode(tensor.data, storage);
  return { dtype: "u32", shape: [data.length], data };
}
