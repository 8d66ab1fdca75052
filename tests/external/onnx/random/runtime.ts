// ONNX Runtime as an oracle: runs a model on its own CPU kernels.
import { createRequire } from "node:module";
import { join } from "node:path";
import { fetchPackages } from "../../../../cli/setup/packages.js";
import type { Tensor } from "../model.js";
import type { Sketch } from "./sketch.js";

/** The package and release that models are compared with. */
export const oracle = "onnxruntime-node@1.30.0";

type Numbers = Float32Array | BigInt64Array | Int32Array | Uint8Array;

interface RuntimeTensor {
  readonly type: string;
  readonly dims: readonly number[];
  readonly data: Numbers;
}

/** The part of the package that is used here; it is not installed with the project, so its own types are not there. */
interface RuntimePackage {
  readonly Tensor: new (type: string, data: Numbers, dims: readonly number[]) => RuntimeTensor;
  readonly InferenceSession: {
    create(
      bytes: Uint8Array,
      options: { readonly logSeverityLevel: number },
    ): Promise<{
      readonly outputNames: readonly string[];
      run(
        inputs: Readonly<Record<string, RuntimeTensor>>,
      ): Promise<Readonly<Record<string, RuntimeTensor>>>;
      release(): Promise<void>;
    }>;
  };
}

/** Runs models; gives their results in order. */
export type Oracle = (model: Sketch) => Promise<readonly Tensor[]>;

/** Fetches ONNX Runtime where it is missing; throws an `InstallError` where it cannot be had. */
export function openOracle(say: (line: string) => void): Oracle {
  const modules = fetchPackages("external/onnxruntime", [oracle], say);
  const runtime = createRequire(join(modules, "here.js"))("onnxruntime-node") as RuntimePackage;
  return async ({ bytes, given }) => {
    const session = await runtime.InferenceSession.create(bytes, { logSeverityLevel: 3 });
    const inputs = [...given].map(([name, tensor]) => {
      const { type, numbers } = numbersOf(tensor);
      return [name, new runtime.Tensor(type, numbers, tensor.shape)] as const;
    });
    const results = await session.run(Object.fromEntries(inputs));
    const tensors = session.outputNames.flatMap((name) => results[name] ?? []).map(tensorOf);
    await session.release();
    return tensors;
  };
}

function numbersOf({ dtype, data }: Tensor): { readonly type: string; readonly numbers: Numbers } {
  if (dtype === "f32") return { type: "float32", numbers: Float32Array.from(data) };
  if (dtype === "bool") return { type: "bool", numbers: Uint8Array.from(data) };
  return { type: "int64", numbers: BigInt64Array.from(data, BigInt) };
}

function tensorOf({ type, dims, data }: RuntimeTensor): Tensor {
  const dtype = type === "float32" ? "f32" : type === "bool" ? "bool" : "i32";
  return { dtype, shape: dims, data: Array.from(data, Number) };
}
