// What merging costs: the error of each merged tensor, the drift of outputs, and the alternatives where that is too much.
import type { HostTensor } from "../../runtime/weights.js";
import type { Tensors } from "../backend.js";
import { showBytes } from "../sizes.js";
import {
  storages,
  storedAs,
  storedBytes,
  storeText,
  type BaseTensor,
  type Storage,
} from "./storage.js";

/** What is known of a merge. Errors and drifts are shares of the largest number, norms of the norm. */
export interface Certificate {
  readonly tensors: readonly {
    readonly path: string;
    /** How it is stored: `f32`, `nf4(block = 64)`. */
    readonly format: string;
    /** Length of what the adapter adds as a share of the length of the tensor. */
    readonly update: number;
    /** Length of the error against double precision as a share of the length of the tensor. */
    readonly norm: number;
    /** Largest error against double precision. */
    readonly error: number;
  }[];
  /** Largest difference of outputs on the probe batch between adapted and merged. */
  readonly drift?: number;
  readonly store: Storage;
  readonly tolerance: number;
  readonly isWithin: boolean;
  /** What else can be done, with its numbers; empty where the merge is within its tolerance. */
  readonly alternatives: readonly { readonly what: string; readonly cost: string }[];
}

/** What a certificate is made from. */
export interface Merging {
  /** The base in floats, those that its codes stand for where it has some. */
  readonly base: Tensors;
  /** How the base stores a tensor. */
  readonly baseOf: (path: string) => BaseTensor;
  /** As computed, and in double precision. */
  readonly merged: Tensors;
  readonly exact: Tensors;
  readonly adapters: Tensors;
  /** How far outputs are from the adapted model's with these tensors in a base that stores them so; undefined without a probe. */
  readonly drift: (values: Tensors, store: Storage) => Promise<number | undefined>;
  readonly store: Storage;
  readonly tolerance: number;
}

/** Measures a merge. */
export async function certify(merging: Merging): Promise<Certificate> {
  const { base, baseOf, exact, store, tolerance } = merging;
  const { values, error, drift } = await measured(merging, store);
  const tensors = [...values].map(([path, tensor]) => {
    const goal = exact.get(path);
    const length = Math.max(lengthOf(goal?.data ?? []), 1e-30);
    return {
      path,
      format: storeText(store, baseOf(path)),
      update: lengthOf(differenceOf(goal, base.get(path))) / length,
      norm: lengthOf(differenceOf(tensor, goal)) / length,
      error: errorOf(tensor, goal),
    };
  });
  const isWithin = Math.max(error, drift ?? 0) <= tolerance;
  return {
    tensors,
    ...(drift === undefined ? {} : { drift }),
    store,
    tolerance,
    isWithin,
    alternatives: isWithin ? [] : await alternativesTo(merging),
  };
}

/** The tensors as they are when stored so, and what that costs. */
async function measured({ merged, baseOf, exact, drift }: Merging, store: Storage) {
  const values = new Map(
    [...merged].map(([path, t]) => [path, storedAs(t, store, baseOf(path))] as const),
  );
  const error = Math.max(0, ...[...values].map(([path, t]) => errorOf(t, exact.get(path))));
  // A model codes what it is given; codes of what was decoded need not be the same ones.
  return { values, error, drift: await drift(store === "base" ? merged : values, store) };
}

/** Keeping the adapter apart, and what takes more bytes than what was asked for. */
async function alternativesTo(merging: Merging): Promise<Certificate["alternatives"]> {
  const { merged, adapters, baseOf, store } = merging;
  const extra = [...adapters.values()].reduce((sum, { data }) => sum + 4 * data.length, 0);
  const bytes = (as: Storage): number =>
    [...merged.keys()].reduce((sum, path) => sum + storedBytes(as, baseOf(path)), 0);
  const found = [{ what: "keep them apart", cost: `no error, ${showBytes(extra)} more` }];
  for (const other of storages) {
    const more = bytes(other) - bytes(store);
    if (more <= 0) continue;
    const { error, drift } = await measured(merging, other);
    const outputs = drift === undefined ? "" : `, drift ${drift.toExponential(1)}`;
    found.push({
      what: `merge into ${other}`,
      cost: `error ${error.toExponential(1)}${outputs}, ${showBytes(more)} more`,
    });
  }
  return found;
}

/** A certificate for people. */
export function certificateText({
  tensors,
  drift,
  store,
  tolerance,
  isWithin,
}: Certificate): string {
  const width = Math.max(6, ...tensors.map(({ path }) => path.length));
  const percent = (x: number): string => `${(100 * x).toFixed(2)} %`;
  const rows = tensors.map(({ path, format, update, norm, error }) => {
    // Of floats the largest error says all; codes lose so much that it is to be held against what the adapter adds.
    const lost = format === "f32" ? "" : `  lost ${percent(norm)} as ${format}`;
    return `  ${path.padEnd(width)}  update ${percent(update)}${lost}  error ${error.toExponential(1)}`;
  });
  const outputs =
    drift === undefined
      ? "outputs were not compared (--probe)"
      : `outputs drift by ${drift.toExponential(1)}`;
  const as = store === "base" ? "as the base is" : `as ${store}`;
  return `${rows.join("\n")}\nstored ${as}; ${outputs}; ${isWithin ? "within" : "beyond"} the tolerance of ${String(tolerance)}\n`;
}

/**
 * The base that gives `merged` when the adapters are folded in, and by how much it misses, as a share of the largest number. What an
 * adapter adds must not depend on the base; where it does, the error says so.
 */
export async function undone(
  merged: Tensors,
  fold: (values: Tensors) => Promise<Tensors>,
): Promise<{ readonly values: Tensors; readonly error: number }> {
  const twice = await fold(merged);
  const values = new Map(
    [...merged].map(([path, tensor]) => {
      const more = twice.get(path);
      const data = Float32Array.from(tensor.data, (x, i) =>
        more ? 2 * x - (more.data[i] ?? NaN) : x,
      );
      return [path, more ? { ...tensor, data } : tensor] as const;
    }),
  );
  const again = await fold(values);
  const error = Math.max(0, ...[...again].map(([path, t]) => errorOf(t, merged.get(path))));
  return { values, error };
}

const differenceOf = (a: HostTensor | undefined, b: HostTensor | undefined): readonly number[] =>
  Array.from(a?.data ?? [], (x, i) => x - (b?.data[i] ?? NaN));

const lengthOf = (data: ArrayLike<number>): number =>
  Math.sqrt(Array.from(data).reduce((sum, x) => sum + x * x, 0));

const largest = (data: ArrayLike<number>): number =>
  Array.from(data).reduce((most, x) => Math.max(most, Math.abs(x)), 0);

function errorOf(tensor: HostTensor, exact: HostTensor | undefined): number {
  const most = largest(differenceOf(tensor, exact));
  return most / Math.max(largest(exact?.data ?? []), 1e-30);
}
