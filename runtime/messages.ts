// What a page and the worker that holds its model say to one another.
import type { Artifact } from "./format.js";
import type { TensorData } from "./inputs.js";
import type { Loadable } from "./load.js";
import type { Inputs } from "./model.js";

/** A call of the page, answered in order. */
export type Call =
  | {
      readonly kind: "load";
      readonly what: Exclude<Loadable, URL>;
      readonly weights?: string | Uint8Array | Readonly<Record<string, TensorData>> | undefined;
      readonly seed?: number | undefined;
      readonly warmUp?: readonly string[] | undefined;
    }
  | { readonly kind: "run" | "lastRow"; readonly name: string; readonly inputs: Inputs }
  | {
      readonly kind: "trainStep";
      readonly name: string;
      readonly inputs: Inputs | readonly Inputs[];
      readonly scalars?: Readonly<Record<string, number>> | undefined;
    }
  | {
      readonly kind: "init";
      readonly seed: number;
      readonly given?: Readonly<Record<string, TensorData>> | undefined;
    }
  | { readonly kind: "readVariables" };

/** What the worker answers, besides how far weights have arrived. */
export type Answer =
  | { readonly kind: "done"; readonly value: unknown }
  | { readonly kind: "failed"; readonly fault: FaultData }
  | { readonly kind: "progress"; readonly received: number; readonly total: number };

/** A fault as it travels between threads. */
export interface FaultData {
  readonly message: string;
  readonly code: string;
  readonly exit: 1 | 70 | 75;
  readonly remedy: string | undefined;
}

/** What `load` answers: the artifact without the text of its kernels, and the adapter it runs on. */
export interface Loaded {
  readonly artifact: Artifact;
  readonly adapter: string;
}
