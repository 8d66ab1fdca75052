// What merging costs: the error of each merged tensor, the drift of outputs, and the alternatives where that is too much.
import type { HostTensor } from "../../runtime/weights.js";
import type { Tensors } from "../backend.js";
import { showBytes } from "../sizes.js";
import { allStoredAs, type Storage } from "./storage.js";

/** What is known of a merge. All errors are shares of the largest number. */
export interface Certificate {
  readonly tensors: readonly {
    readonly path: string;
    /** Length of the update as a share of the length of the base's tensor. */
    readonly update: number;
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
  readonly base: Tensors;
  /** As computed, and in double precision. */
  readonly merged: Tensors;
  readonly exact: Tensors;
  readonly adapters: Tensors;
  /** How far outputs are from the adapted model's with these tensors in the base; undefined without a probe. */
  readonly drift: (values: Tensors) => Promise<number | undefined>;
  readonly store: Storage;
  readonly tolerance: number;
}

/** Measures a merge. */
export async function certify(merging: Merging): Promise<Certificate> {
  const { base, exact, store, tolerance, drift } = merging;
  const values = allStoredAs(merging.merged, store);
  const tensors = [...values].map(([path, tensor]) => ({
    path,
    update: lengthOf(differenceOf(tensor, base.get(path))) / Math.max(lengthOf(tensor.data), 1e-30),
    error: errorOf(tensor, exact.get(path)),
  }));
  const drifted = await drift(values);
  const worst = Math.max(...tensors.map((t) => t.error), drifted ?? 0);
  const isWithin = worst <= tolerance;
  return {
    tensors,
    ...(drifted === undefined ? {} : { drift: drifted }),
    store,
    tolerance,
    isWithin,
    alternatives: isWithin ? [] : await alternativesTo(merging),
  };
}

async function alternativesTo({
  merged,
  exact,
  adapters,
  drift,
  store,
}: Merging): Promise<Certificate["alternatives"]> {
  const extra = [...adapters.values()].reduce((sum, { data }) => sum + 4 * data.length, 0);
  const separate = { what: "keep them apart", cost: `no error, ${showBytes(extra)} more` };
  if (store === "f32") return [separate];
  const error = Math.max(...[...merged].map(([path, t]) => errorOf(t, exact.get(path))));
  const drifted = await drift(merged);
  const outputs = drifted === undefined ? "" : `, drift ${drifted.toExponential(1)}`;
  const size = [...merged.values()].reduce((sum, { data }) => sum + 2 * data.length, 0);
  return [
    separate,
    {
      what: "merge into f32",
      cost: `error ${error.toExponential(1)}${outputs}, ${showBytes(size)} more`,
    },
  ];
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
  const rows = tensors.map(
    ({ path, update, error }) =>
      `  ${path.padEnd(width)}  update ${(100 * update).toFixed(2)} %  error ${error.toExponential(1)}`,
  );
  const outputs =
    drift === undefined
      ? "outputs were not compared (--probe)"
      : `outputs drift by ${drift.toExponential(1)}`;
  return `${rows.join("\n")}\nstored as ${store}; ${outputs}; ${isWithin ? "within" : "beyond"} the tolerance of ${String(tolerance)}\n`;
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

const differenceOf = (a: HostTensor, b: HostTensor | undefined): readonly number[] =>
  Array.from(a.data, (x, i) => x - (b?.data[i] ?? NaN));

const lengthOf = (data: ArrayLike<number>): number =>
  Math.sqrt(Array.from(data).reduce((sum, x) => sum + x * x, 0));

const largest = (data: ArrayLike<number>): number =>
  Array.from(data).reduce((most, x) => Math.max(most, Math.abs(x)), 0);

function errorOf(tensor: HostTensor, exact: HostTensor | undefined): number {
  const most = largest(differenceOf(tensor, exact));
  return most / Math.max(largest(exact?.data ?? []), 1e-30);
}
