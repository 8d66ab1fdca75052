// Kernels of a model whose schedule can be chosen, each as a model of its own that can be run by itself.
import { candidatesOf } from "../codegen/candidates.js";
import { keyOf } from "../codegen/key.js";
import { recordOf, type ScheduleRecord } from "../codegen/record.js";
import type { KernelSpec } from "../codegen/spec.js";
import { ContractSpace } from "../codegen/templates/contract-space.js";
import { Space } from "../codegen/templates/rows-space.js";
import { placeOf } from "../diagnostics/index.js";
import { Graph } from "../ir/graph.js";
import type { Value } from "../ir/op.js";
import type { Compiled, InputSpec, LeafSpec, Program } from "../ir/program.js";
import { Attended, type AttendAttrs } from "../ops/attend.js";
import { leafOf } from "../ops/index.js";
import { schedule, type Planned } from "../schedule/index.js";
import { evaluate, int, numel, symbol, symsOf, type Dim, type Sym } from "../types/dim.js";
import type { Target } from "../../runtime/format.js";
import { specOf } from "./launches.js";
import { withoutUnscheduled } from "./program.js";

/** Name of the entry that computes one kernel alone. */
export const kernelEntry = "kernel";

/** Kernels that are alike, so that one schedule serves them all. */
export interface Site {
  /** What they have in common, as `keyOf` gives it. */
  readonly key: string;
  /** Entries and steps that they occur in, and how many they are. */
  readonly of: readonly string[];
  readonly count: number;
  /** Where they come from, such as `gpt.dl:12:7`, each once. */
  readonly origins: readonly string[];
  /** What is chosen by sizes and target, and what else the target allows. */
  readonly chosen: ScheduleRecord;
  readonly candidates: readonly ScheduleRecord[];
  /** The largest of them alone, as the entry `kernelEntry`; undefined where it computes something else by itself. */
  readonly alone: Compiled | undefined;
  /** Terms of its longest sum, for the sizes that are given. */
  readonly terms: number;
  /** Elements times terms of all of them together: about how much there is to gain. */
  readonly work: number;
}

interface Found {
  readonly name: string;
  readonly spec: KernelSpec;
  readonly planned: Planned;
  readonly isRead: (value: Value) => boolean;
  readonly elements: number;
}

/** The sites of all entries and training steps, the kernels inside loops and updates left out. */
export function sitesOf(
  { entries, steps }: Compiled,
  target: Target,
  sizes: Readonly<Record<string, number>>,
): readonly Site[] {
  const byKey = new Map<string, Found[]>();
  for (const { name, program } of [...entries, ...steps]) {
    for (const { key, ...found } of kernelsOf(name, program, target, sizes)) {
      byKey.set(key, [...(byKey.get(key) ?? []), found]);
    }
  }
  return [...byKey].flatMap(([key, found]): Site[] => {
    const largest = found.reduce((a, b) => (b.elements > a.elements ? b : a));
    const chosen = recordOf(largest.spec, target);
    if (!chosen) return [];
    const origins = found.flatMap(({ planned }) => {
      const span = [...planned.writes].find((v) => v.spans.length > 0)?.spans[0];
      return span ? [placeOf(span)] : [];
    });
    const terms = evaluate(termsOf(largest.spec), sizeIn(sizes)) ?? 1;
    return [
      {
        key,
        of: [...new Set(found.map((f) => f.name))],
        count: found.length,
        origins: [...new Set(origins)],
        chosen,
        candidates: candidatesOf(largest.spec, target),
        alone: isolated(key, largest, target),
        terms,
        work: terms * found.reduce((sum, f) => sum + f.elements, 0),
      },
    ];
  });
}

function kernelsOf(
  name: string,
  given: Program,
  target: Target,
  sizes: Readonly<Record<string, number>>,
): (Found & { readonly key: string })[] {
  const scheduled = schedule(withoutUnscheduled(given, { target }), target.storageBuffers);
  return scheduled.order.flatMap((planned) => {
    const { group } = planned;
    if (group.kind === "loop") return [];
    const isRead = (value: Value): boolean => scheduled.isRead(value, group);
    const spec = specOf(group, isRead);
    const key = keyOf(spec, isRead);
    if (key === undefined) return [];
    const elements = evaluate(numel(group.shape), sizeIn(sizes)) ?? 0;
    return [{ key, name, spec, planned, isRead, elements }];
  });
}

const sizeIn =
  (sizes: Readonly<Record<string, number>>) =>
  ({ name }: Sym): number | undefined =>
    sizes[name];

function termsOf(spec: KernelSpec): Dim {
  switch (spec.kind) {
    case "rows":
      return new Space(spec.rows).columns;
    case "contract":
      return new ContractSpace(spec.result).k;
    case "fused": {
      const [first] = spec.results;
      if (first?.op.lower.kind !== "fused") return int(1);
      const attrs = first.attrs as AttendAttrs;
      return new Attended(first.op.lower.template, first.operands, attrs).size("S");
    }
    case "map":
    case "scatter":
      return int(1);
  }
}

/**
 * A model of one kernel: what it reads becomes an input, what it stores a result. Its free sizes stay free, bound by inputs that
 * nothing reads, so that the kernel is the one that the whole program has.
 */
function isolated(key: string, found: Found, target: Target): Compiled | undefined {
  const graph = new Graph();
  const inputs: InputSpec[] = [];
  const made = new Map<Value, Value>();
  const rebuilt = (value: Value): Value => {
    const known = made.get(value);
    if (known) return known;
    const own = rebuild(value);
    made.set(value, own);
    return own;
  };
  const stores = new Set(found.planned.group.stores);
  const rebuild = (value: Value): Value => {
    const isLeaf = value.op.lower.kind === "leaf";
    const leaf = isLeaf ? (value.attrs as LeafSpec) : undefined;
    if (!isLeaf && (stores.has(value) || !found.isRead(value)))
      return graph.emit(value.op, value.operands.map(rebuilt), value.attrs);
    const { dtype, shape } = value.type;
    const spec: InputSpec = {
      name: `in${String(inputs.length)}`,
      role: leaf?.role === "scalar" ? "scalar" : "input",
      dtype,
      shape,
    };
    inputs.push(spec);
    return leafOf(graph, spec);
  };
  const outputs = [...stores].map((value, i) => ({
    name: `out${String(i)}`,
    role: "result" as const,
    value: rebuilt(value),
  }));
  const program = { graph, outputs };
  const [again, ...others] = kernelsOf("", program, target, {});
  if (again?.key !== key || others.length > 0) return undefined;
  const symbols = [
    ...new Set(graph.values.flatMap((v) => v.type.shape.flatMap((d) => [...symsOf(d)]))),
  ];
  const binding = symbols.map((sym, i): InputSpec => ({
    name: `size${String(i)}`,
    role: "input",
    dtype: "i32",
    shape: [symbol(sym)],
  }));
  const signature = { symbols, inputs: [...binding, ...inputs], guards: [] };
  return {
    name: kernelEntry,
    variables: [],
    entries: [{ name: kernelEntry, signature, program }],
    init: [],
    steps: [],
  };
}
