// Chooses what runs a compiled model: a WebGPU device, or the float64 reference on the CPU.
import type { Compiled } from "../../compiler/ir/program.js";
import type { Backend, BackendChoice } from "../backend.js";

/** Opens a backend on a compiled model. Code of a backend is loaded only when it is the one wanted. */
export async function openBackend(compiled: Compiled, choice: BackendChoice): Promise<Backend> {
  if (choice.backend === "reference") {
    const { ReferenceBackend } = await import("./reference.js");
    return new ReferenceBackend(compiled);
  }
  const { openWebgpuBackend } = await import("./webgpu.js");
  return openWebgpuBackend(compiled, choice);
}
