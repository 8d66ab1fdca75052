// Asks a WebGPU implementation for an adapter and a logical device, and describes them as data.
import { RuntimeFault } from "./errors.js";
import type { AdapterClass, Target } from "./format.js";
import { computeLimits, type ComputeLimits, wantedFeatures } from "./webgpu.js";

/** What an adapter is and offers, as plain data. */
export interface AdapterDescription {
  readonly vendor: string;
  readonly architecture: string;
  readonly device: string;
  /** Name and version of the driver, as it calls itself. */
  readonly description: string;
  /** Whether it computes on the CPU. */
  readonly isSoftware: boolean;
  /** Optional features offered, of those that matter for compute. */
  readonly features: readonly string[];
  readonly limits: ComputeLimits;
  /** Invocations of a subgroup at least and at most, where the adapter says so. */
  readonly subgroups?: { readonly least: number; readonly most: number };
}

/** How much of the adapter to ask for. */
export interface Requirements {
  /** `maximal` (the default) asks for all the adapter has, `default` for what every WebGPU device has. */
  readonly limits?: "maximal" | "default" | undefined;
  /** `all` (the default) enables every offered feature that matters for compute, `none` enables none. */
  readonly features?: "all" | "none" | undefined;
}

/** Requests an adapter; throws `no-adapter` (exit 75) if there is none. */
export async function requestAdapter(gpu: GPU): Promise<GPUAdapter> {
  const adapter = await gpu.requestAdapter({ powerPreference: "high-performance" });
  if (adapter !== null) return adapter;
  throw new RuntimeFault("no WebGPU adapter was found", {
    code: "no-adapter",
    exit: 75,
    remedy: "`dl doctor` says what is missing; `--backend reference` needs no adapter",
  });
}

/** Requests a logical device with the wanted features and limits. An adapter can be used for one device only. */
export async function requestDevice(adapter: GPUAdapter, want: Requirements): Promise<GPUDevice> {
  const offered = describeAdapter(adapter);
  const features = want.features === "none" ? [] : offered.features;
  try {
    return await adapter.requestDevice({
      label: "adjoint",
      requiredFeatures: features as GPUFeatureName[],
      requiredLimits: want.limits === "default" ? {} : { ...offered.limits },
    });
  } catch (cause) {
    throw new RuntimeFault(`the adapter \`${offered.description}\` gave no device`, {
      code: "no-device",
      exit: 75,
      remedy: "`dl doctor` lists the adapters of this machine; `--adapter` picks another",
      cause,
    });
  }
}

/** The parts of a WebGPU adapter that its description is made of; also what a probe in another process reports. */
export interface AdapterFacts {
  readonly info: Pick<
    GPUAdapterInfo,
    | "vendor"
    | "architecture"
    | "device"
    | "description"
    | "isFallbackAdapter"
    | "subgroupMinSize"
    | "subgroupMaxSize"
  >;
  readonly features: { has(feature: string): boolean };
  readonly limits: ComputeLimits;
}

/** Describes an adapter as plain data. */
export function describeAdapter(adapter: AdapterFacts): AdapterDescription {
  const { vendor, architecture, device, description } = adapter.info;
  const { subgroupMinSize: least, subgroupMaxSize: most } = adapter.info;
  return {
    vendor,
    architecture,
    device,
    description,
    isSoftware: adapter.info.isFallbackAdapter || softwareNames.test(`${device} ${description}`),
    features: wantedFeatures.filter((feature) => adapter.features.has(feature)),
    limits: readLimits(adapter.limits),
    ...(least !== undefined && most !== undefined && least > 0
      ? { subgroups: { least, most } }
      : {}),
  };
}

/** What kernels may rely on, on a device with these features and limits. */
export function targetOf(
  adapter: AdapterDescription,
  features: ReadonlySet<string>,
  limits: ComputeLimits,
): Target {
  const { subgroups } = adapter;
  return {
    adapterClass: classOf(adapter),
    ...(subgroups && features.has("subgroups") ? { subgroups } : {}),
    storageBuffers: limits.maxStorageBuffersPerShaderStage,
    workgroupBytes: limits.maxComputeWorkgroupStorageSize,
    invocations: limits.maxComputeInvocationsPerWorkgroup,
    bufferBytes: limits.maxBufferSize,
    bindingBytes: limits.maxStorageBufferBindingSize,
  };
}

function classOf({ isSoftware, vendor, description }: AdapterDescription): AdapterClass {
  if (isSoftware) return "software";
  return sharedMemory.test(`${vendor} ${description}`) ? "integrated" : "discrete";
}

/** Vendors and names of adapters that have no memory of their own. */
const sharedMemory =
  /apple|qualcomm|adreno|\barm\b|mali|imagination|broadcom|intel(?!.*\barc\b)|iris|radeon (graphics|vega|6[68]0m|7[48]0m)/i;

/** Reads the compute limits out of a WebGPU limits object. */
export function readLimits(limits: ComputeLimits): ComputeLimits {
  return Object.fromEntries(computeLimits.map((name) => [name, limits[name]])) as ComputeLimits;
}

const softwareNames = /llvmpipe|lavapipe|swiftshader|basic render/i;
