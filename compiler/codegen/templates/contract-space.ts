// The axes of a sum of products as four flat ones: batch, rows m, columns n, and the summed k.
import type { ContractSpec, Value } from "../../ir/op.js";
import type { ScalarExpr } from "../../scalar/expr.js";
import { int, numel, type Dim } from "../../types/dim.js";
import type { KernelBuilder } from "../builder.js";
import { delinearize, linearize } from "../../types/place.js";

/** A contraction and the values its kernel stores: the result itself or what follows from it element by element. */
export interface ContractKernelSpec {
  readonly result: Value;
  readonly stores: readonly Value[];
}

/** Labels of a contraction grouped by where they occur, in the order in which memory runs. */
export class ContractSpace {
  readonly left: Value;
  readonly right: Value;
  readonly batch: Dim;
  readonly m: Dim;
  readonly n: Dim;
  readonly k: Dim;
  readonly #spec: ContractSpec;
  readonly #sizes = new Map<string, Dim>();
  readonly #labels: Readonly<Record<"batch" | "m" | "n" | "k", readonly string[]>>;

  constructor(result: Value) {
    const { lower } = result.op;
    const [first, second] = result.operands;
    if (lower.kind !== "contract" || !first || !second)
      throw new Error(`\`${result.op.name}\` is not a contraction`);
    // Columns are what lies next to each other in the result, so the operand that has its last axis is the right one.
    const given = lower.spec(result.attrs);
    const last = given.out.at(-1) ?? "";
    const isTurned = given.left.includes(last) && !given.right.includes(last);
    const [left, right] = isTurned ? [second, first] : [first, second];
    const spec = isTurned ? { ...given, left: given.right, right: given.left } : given;
    this.left = left;
    this.right = right;
    this.#spec = spec;
    for (const [i, label] of [...spec.left].entries())
      this.#sizes.set(label, left.type.shape[i] ?? int(1));
    for (const [i, label] of [...spec.right].entries())
      this.#sizes.set(label, right.type.shape[i] ?? int(1));
    const out = [...spec.out];
    this.#labels = {
      batch: out.filter((l) => spec.left.includes(l) && spec.right.includes(l)),
      m: out.filter((l) => spec.left.includes(l) && !spec.right.includes(l)),
      n: out.filter((l) => !spec.left.includes(l) && spec.right.includes(l)),
      k: [...spec.left].filter((l) => !spec.out.includes(l)),
    };
    this.batch = this.#count("batch");
    this.m = this.#count("m");
    this.n = this.#count("n");
    this.k = this.#count("k");
  }

  /** Index of an element of the left operand along each of its axes. */
  leftAt(batch: Dim, m: Dim, k: Dim): Dim[] {
    const at = this.#spread({ batch, m, k });
    return [...this.#spec.left].map((l) => at.get(l) ?? int(0));
  }

  rightAt(batch: Dim, k: Dim, n: Dim): Dim[] {
    const at = this.#spread({ batch, k, n });
    return [...this.#spec.right].map((l) => at.get(l) ?? int(0));
  }

  outAt(batch: Dim, m: Dim, n: Dim): Dim[] {
    const at = this.#spread({ batch, m, n });
    return [...this.#spec.out].map((l) => at.get(l) ?? int(0));
  }

  /** Whether the last axis of an operand is one that is summed over. */
  runsAlongK(side: "left" | "right"): boolean {
    return !this.#spec.out.includes(this.#spec[side].at(-1) ?? "");
  }

  #count(role: "batch" | "m" | "n" | "k"): Dim {
    return numel(this.#shape(role));
  }

  #shape(role: "batch" | "m" | "n" | "k"): Dim[] {
    return this.#labels[role].map((l) => this.#sizes.get(l) ?? int(1));
  }

  #spread(flat: Readonly<Partial<Record<"batch" | "m" | "n" | "k", Dim>>>): Map<string, Dim> {
    const at = new Map<string, Dim>();
    for (const role of ["batch", "m", "n", "k"] as const) {
      const index = flat[role];
      if (!index) continue;
      for (const [i, place] of delinearize(index, this.#shape(role)).entries()) {
        const label = this.#labels[role][i];
        if (label !== undefined) at.set(label, place);
      }
    }
    return at;
  }
}

/** Stores what follows from neighbouring elements of a contraction: all of one value before the next. */
export function storeEpilogue(
  builder: KernelBuilder,
  spec: ContractKernelSpec,
  own: readonly { readonly at: readonly Dim[]; readonly total: ScalarExpr }[],
): void {
  const { result, stores } = spec;
  const found = own.map(({ at, total }) => {
    const linear = linearize(at, result.type.shape);
    builder.elements.define(result, at, total);
    return stores.map((value) => {
      const isSame =
        value.type.shape.length === at.length &&
        value.type.shape.every((d, i) => d.key === result.type.shape[i]?.key);
      const place = isSame ? at : delinearize(linear, value.type.shape);
      return { value, place, element: builder.elements.at(value, place) };
    });
  });
  for (const i of stores.keys())
    for (const line of found) {
      const store = line[i];
      if (store) builder.store(store.value, store.place, store.element);
    }
}
