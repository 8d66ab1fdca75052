// The numbers of the WebGPU specification that its JavaScript globals carry, so that no global is needed.

/** What a buffer may be used for (WebGPU §5.1.3); combine with `|`. */
export const bufferUsage = {
  mapRead: 0x1,
  copySource: 0x4,
  copyTarget: 0x8,
  uniform: 0x40,
  storage: 0x80,
  indirect: 0x100,
  queryResolve: 0x200,
} as const;

/** Flag of `mapAsync` for reading (WebGPU §5.3). */
export const mapModeRead = 0x1;

/** Flag of a binding that compute shaders see (WebGPU §8.1). */
export const shaderStageCompute = 0x4;

/** Optional features worth having for compute, in the order they are reported. */
export const wantedFeatures: readonly string[] = [
  "shader-f16",
  "subgroups",
  "subgroup-size-control",
  "timestamp-query",
  "chromium-experimental-subgroup-matrix",
];

/** Limits that matter for compute; where asked for, the adapter's own values are requested. */
export const computeLimits = [
  "maxBufferSize",
  "maxStorageBufferBindingSize",
  "maxUniformBufferBindingSize",
  "maxStorageBuffersPerShaderStage",
  "maxUniformBuffersPerShaderStage",
  "maxComputeWorkgroupStorageSize",
  "maxComputeInvocationsPerWorkgroup",
  "maxComputeWorkgroupSizeX",
  "maxComputeWorkgroupSizeY",
  "maxComputeWorkgroupSizeZ",
  "maxComputeWorkgroupsPerDimension",
] as const;

/** Values of the compute limits, in bytes or counts as WebGPU defines them. */
export type ComputeLimits = Readonly<Record<(typeof computeLimits)[number], number>>;

/** Bytes rounded up to whole vectors of four: kernels may read four neighbours at once where they use only some of them. */
export const inVectors = (bytes: number): number => Math.ceil(bytes / 16) * 16;
