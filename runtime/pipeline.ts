// Compiles kernels into compute pipelines with explicit layouts, all in parallel.
import { DeviceError } from "./errors.js";
import { shaderStageCompute } from "./webgpu.js";

/** How a kernel uses one binding. */
export type BindingKind = "storage" | "read-only-storage" | "uniform";

/** A kernel ready to be compiled. Bindings are those of group 0, in order; the entry point is `main`. */
export interface KernelSource {
  readonly label: string;
  readonly wgsl: string;
  readonly bindings: readonly BindingKind[];
  /** Where the kernel comes from, such as `gpt.dl:12:7`; shown in faults. */
  readonly origin?: string | undefined;
}

/** A compiled kernel. */
export interface Pipeline {
  readonly label: string;
  readonly handle: GPUComputePipeline;
  readonly layout: GPUBindGroupLayout;
  /** Whether it has a uniform block, whose place is said anew for each dispatch. */
  readonly hasUniform: boolean;
}

/** Compiles one kernel; rejects with a `DeviceError` that names it and quotes the compiler's first message. */
export async function createPipeline(device: GPUDevice, source: KernelSource): Promise<Pipeline> {
  const { label } = source;
  device.pushErrorScope("validation");
  const module = device.createShaderModule({ label, code: source.wgsl });
  const layout = device.createBindGroupLayout({ label, entries: source.bindings.map(layoutEntry) });
  const pipelineLayout = device.createPipelineLayout({ label, bindGroupLayouts: [layout] });
  const problem = device.popErrorScope();
  const pipeline = device.createComputePipelineAsync({
    label,
    layout: pipelineLayout,
    compute: { module, entryPoint: "main" },
  });
  try {
    const [error, handle] = await Promise.all([problem, pipeline]);
    const hasUniform = source.bindings.includes("uniform");
    if (error === null) return { label, handle, layout, hasUniform };
    throw new Error(error.message);
  } catch (thrown) {
    const reason = (await firstError(module)) ?? messageOf(thrown);
    throw new DeviceError("validation", reason, { kernel: label, origin: source.origin });
  }
}

function layoutEntry(type: BindingKind, binding: number): GPUBindGroupLayoutEntry {
  const hasDynamicOffset = type === "uniform";
  return { binding, visibility: shaderStageCompute, buffer: { type, hasDynamicOffset } };
}

/** The WGSL compiler's first error as `line:column message`, or undefined if the text itself is well formed. */
async function firstError(module: GPUShaderModule): Promise<string | undefined> {
  const { messages } = await module.getCompilationInfo();
  const first = messages.find((message) => message.type === "error");
  return first && `WGSL ${String(first.lineNum)}:${String(first.linePos)}: ${first.message}`;
}

function messageOf(thrown: unknown): string {
  const hasMessage = typeof thrown === "object" && thrown !== null && "message" in thrown;
  return hasMessage ? String(thrown.message) : String(thrown);
}
