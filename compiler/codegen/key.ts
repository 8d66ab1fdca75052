// Names kernels by what their speed depends on, so that what was measured for one is found again for those like it.
import type { Value } from "../ir/op.js";
import { Attended, type AttendAttrs } from "../ops/attend.js";
import { constantOf, numel, type Dim } from "../types/dim.js";
import { ContractSpace } from "./templates/contract-space.js";
import { Space } from "./templates/rows-space.js";
import type { KernelSpec } from "./spec.js";

/** Versions of the templates: raised when what a template generates changes so much that old measurements say nothing. */
const versions = { contract: 1, rows: 1, map: 1, attend: 1 } as const;

/**
 * Template and its version, element types, sizes (each up to the next power of two, `/4` where it is a multiple of four, `?` where
 * it comes with the call) and the ops that are computed in the kernel; undefined for kernels without a choice.
 */
export function keyOf(spec: KernelSpec, isInMemory: (value: Value) => boolean): string | undefined {
  const { stores, facts } = describe(spec);
  if (stores.length === 0 || facts === undefined) return undefined;
  const { ops, types } = within(stores, isInMemory);
  const written = stores.map((v) => v.type.dtype).join(",");
  return `${facts} ${types.join(",")}>${written} | ${ops.join(" ")}`;
}

function describe(spec: KernelSpec): { stores: readonly Value[]; facts?: string } {
  switch (spec.kind) {
    case "map": {
      const { stores } = spec;
      const size = numel(stores[0]?.type.shape ?? []);
      return { stores, facts: `map/${String(versions.map)} n${bucket(size)}` };
    }
    case "rows": {
      const space = new Space(spec.rows);
      const along = spec.rows.axes.includes(spec.rows.shape.length - 1) ? "along" : "across";
      return {
        stores: [
          ...spec.rows.stores.map((s) => s.value),
          ...spec.rows.reductions.map((r) => r.value),
        ],
        facts: `rows/${String(versions.rows)} rows${bucket(space.rows)} columns${bucket(space.columns)} ${along} passes${String(spec.rows.passes)}`,
      };
    }
    case "contract": {
      const space = new ContractSpace(spec.result);
      const sides = (["left", "right"] as const).map((s) => (space.runsAlongK(s) ? "k" : "-"));
      const { batch, m, n, k } = space;
      const sizes = `b${bucket(batch)} m${bucket(m)} n${bucket(n)} k${bucket(k)} ${sides.join("")}`;
      return { stores: spec.stores, facts: `contract/${String(versions.contract)} ${sizes}` };
    }
    case "fused": {
      const [first] = spec.results;
      if (first?.op.lower.kind !== "fused") return { stores: [] };
      const attrs = first.attrs as AttendAttrs;
      const use = new Attended(first.op.lower.template, first.operands, attrs);
      const sizes = (["T", "S", "K", "V"] as const).map((s) => `${s}${bucket(use.size(s))}`);
      const facts = `attend/${String(versions.attend)} b${bucket(numel(use.batch))} ${sizes.join(" ")}${attrs.causal ? " causal" : ""}`;
      return { stores: spec.results, facts };
    }
    case "scatter":
      return { stores: [] };
  }
}

function bucket(size: Dim): string {
  const known = constantOf(size);
  if (known === undefined) return "?";
  const upper = 2 ** Math.ceil(Math.log2(Math.max(1, known)));
  return `${String(upper)}${known % 4 === 0 ? "/4" : ""}`;
}

/** The ops between memory and what is stored, with how often each occurs, and the element types that are read. */
function within(
  stores: readonly Value[],
  isInMemory: (value: Value) => boolean,
): { readonly ops: readonly string[]; readonly types: readonly string[] } {
  const counts = new Map<string, number>();
  const types: string[] = [];
  const seen = new Set<Value>();
  const stack = [...stores].reverse();
  const own = new Set(stores);
  for (let value = stack.pop(); value; value = stack.pop()) {
    if (seen.has(value)) continue;
    seen.add(value);
    if (value.op.lower.kind === "leaf" || (isInMemory(value) && !own.has(value))) {
      types.push(value.type.dtype);
      continue;
    }
    counts.set(value.op.name, (counts.get(value.op.name) ?? 0) + 1);
    stack.push(...[...value.operands].reverse());
  }
  const ops = [...counts].sort(([a], [b]) => (a < b ? -1 : 1));
  return { ops: ops.map(([op, n]) => (n === 1 ? op : `${op}*${String(n)}`)), types: types.sort() };
}
