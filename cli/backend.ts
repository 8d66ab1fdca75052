// What every command asks of whatever runs a compiled model.
import type { HostTensor } from "../runtime/weights.js";

/** Tensors by name. */
export type Tensors = ReadonlyMap<string, HostTensor>;

/** Numbers that may change with every call: `seed` and `step`. */
export interface CallScalars {
  readonly seed: number;
  /** Counted from 1 in training; 0 outside it. */
  readonly step: number;
}

/** What a training step reports. */
export interface StepReport {
  readonly loss: number;
  readonly metrics: ReadonlyMap<string, number>;
}

/** A compiled model ready to run, with its parameters and states. */
export interface Backend {
  /** For people: `llvmpipe (LLVM 15.0.6)` or `reference (float64 on the CPU)`. */
  readonly description: string;
  /**
   * Fills parameters and states with what is given by path, the others by their initialisers, which may read those; and optimizer
   * states with their start values.
   */
  init(seed: number, given?: Tensors): Promise<void>;
  /** Evaluates an entry; its states move on. Results and gradients by name. */
  run(entry: string, inputs: Tensors, scalars: CallScalars): Promise<Tensors>;
  /**
   * One step of a `train` declaration: parameters, states and optimizer states move on. A list of inputs has one element for each
   * micro-batch that the step accumulates; loss and metrics are means over them.
   */
  trainStep(
    name: string,
    inputs: Tensors | readonly Tensors[],
    scalars: CallScalars,
  ): Promise<StepReport>;
  /** Parameters and states by path; with `isComplete` optimizer states too, under names only this backend reads. */
  readVariables(isComplete: boolean): Promise<Tensors>;
  /** Overwrites variables by the names that `readVariables` gives; those not named stay. */
  writeVariables(values: Tensors): Promise<void>;
  dispose(): void;
}

/** Which backend is wanted. */
export interface BackendChoice {
  readonly backend: "webgpu" | "reference";
  /** Driver name or a part of the adapter's description. */
  readonly adapter?: string | undefined;
  /** Bytes of device memory that a call may take. */
  readonly memory?: number | undefined;
  /** File of measured schedules; `true` for the user's. Without it schedules are chosen by sizes. */
  readonly tuned?: string | true | undefined;
  /** Sizes of free dims by name, where they are known beforehand. */
  readonly sizes?: Readonly<Record<string, number>> | undefined;
}
