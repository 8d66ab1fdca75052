// What of tfjs-core the tests touch, as types: the package is installed by the external tests only.
import type { Elements } from "./expressions.js";

/** The key under which a backend keeps the elements of a tensor. */
export type DataId = object;

/** A tensor as kernels see it. */
export interface TensorInfo {
  readonly dataId: DataId;
  readonly shape: number[];
  readonly dtype: string;
}

/** Attributes of a kernel; what each holds is known by its name. */
export type Attributes = Readonly<Record<string, unknown>>;

/** What a kernel is called with. */
export interface KernelCall {
  readonly inputs: Readonly<Record<string, TensorInfo | readonly TensorInfo[] | null | undefined>>;
  readonly attrs: Attributes;
}

/** The part of the engine that is used or replaced. */
export interface Engine {
  makeTensorFromTensorInfo(info: TensorInfo): TensorInfo;
  tidy<T>(f: () => T): T;
  scopedRun<T>(start: () => void, end: () => void, f: () => T): T;
  startTape(): void;
  endTape(): void;
  gradients: (
    f: () => TensorInfo,
    xs: readonly TensorInfo[],
    dy?: TensorInfo | null,
    allowNoGradients?: boolean,
  ) => { value: TensorInfo; grads: (TensorInfo | null)[] };
  customGrad: (f: CustomFunction) => (...inputs: TensorInfo[]) => TensorInfo;
}

/** What `tf.customGrad` is given. */
export type CustomFunction = (...args: unknown[]) => {
  readonly value: TensorInfo;
  readonly gradFunc: (dy: TensorInfo, saved: readonly TensorInfo[]) => TensorInfo | TensorInfo[];
};

/** A kernel of a backend. */
export interface KernelConfig {
  readonly kernelName: string;
  readonly backendName: string;
  readonly kernelFunc: (call: KernelCall) => TensorInfo | TensorInfo[];
}

/** Geometry of a convolution or of pooling, as `backend_util` computes it. */
export interface WindowInfo {
  readonly batchSize: number;
  readonly inShape: number[];
  readonly outShape: number[];
  readonly inDepth?: number;
  readonly inHeight: number;
  readonly inWidth: number;
  readonly outDepth?: number;
  readonly outHeight: number;
  readonly outWidth: number;
  readonly filterDepth?: number;
  readonly filterHeight: number;
  readonly filterWidth: number;
  readonly effectiveFilterHeight: number;
  readonly effectiveFilterWidth: number;
  readonly strideDepth?: number;
  readonly strideHeight: number;
  readonly strideWidth: number;
  readonly dilationDepth?: number;
  readonly dilationHeight: number;
  readonly dilationWidth: number;
  readonly inChannels: number;
  readonly outChannels: number;
  readonly padInfo: Readonly<
    Record<"front" | "back" | "top" | "bottom" | "left" | "right", number>
  >;
}

type Computes = (...args: unknown[]) => WindowInfo;

/** The package. */
export interface Tf {
  engine(): Engine;
  registerBackend(name: string, make: () => unknown, priority?: number): void;
  registerKernel(config: KernelConfig): void;
  readonly KernelBackend: new () => object;
  readonly backend_util: {
    readonly computeConv2DInfo: Computes;
    readonly computeConv3DInfo: Computes;
    readonly computePool2DInfo: Computes;
    readonly computePool3DInfo: Computes;
    readonly computeDilation2DInfo: Computes;
    readonly convertConv2DDataFormat: (format: unknown) => string;
  };
  readonly slice_util: {
    readonly sliceInfo: (...args: unknown[]) => {
      readonly finalShape: number[];
      readonly begin: number[];
      readonly end: number[];
      readonly strides: number[];
    };
    readonly parseSliceParams: (...args: unknown[]) => [number[], number[]];
  };
}

/** What a backend stores elements as. */
export type BackendValues = Elements | readonly unknown[];
