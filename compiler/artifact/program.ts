// Plans one program: schedule, kernels, tensors with their places, and what is copied and handed back.
import type { Place, ProgramPlan, SymbolPlan, TensorPlan } from "../../runtime/format.js";
import type { BoundLaunch, KernelContext, Operand } from "../codegen/builder.js";
import { generate, type AdapterClass, type KernelSpec } from "../codegen/select.js";
import { InternalError } from "../ir/internal-error.js";
import type { Value } from "../ir/op.js";
import type { LeafSpec, Program } from "../ir/program.js";
import {
  formulaOf,
  isWord,
  planMemory,
  planRows,
  schedule,
  type Group,
  type Planned,
  type Schedule,
} from "../schedule/index.js";
import { elements } from "../types/tensor.js";
import type { Sym } from "../types/dim.js";
import type { Kernels } from "./kernels.js";
import { placeOutputs, type Homes, type Placement } from "./places.js";
import { Words } from "./words.js";

/** What plans depend on besides the program. */
export interface PlanOptions {
  readonly adapterClass: AdapterClass;
  /** Storage buffers that one kernel may use. */
  readonly mostBindings: number;
}

/** Free symbols of a program and where their values come from. */
export interface Symbols {
  readonly syms: readonly Sym[];
  readonly plans: readonly SymbolPlan[];
}

/** The plan of a program whose leaves and outputs have the given homes. */
export function planProgram(
  program: Program,
  symbols: Symbols,
  homes: Homes,
  kernels: Kernels,
  options: PlanOptions,
): ProgramPlan {
  const scheduled = schedule(program, options.mostBindings);
  const placement = placeOutputs(program, scheduled.order, homes);
  const words = new Words(symbols.syms, symbols.plans);
  const launches = scheduled.order.flatMap((planned) =>
    generate(
      contextOf(planned, scheduled, placement, words),
      specOf(planned, scheduled),
      options.adapterClass,
    ).map((launch) => ({
      launch,
      planned,
    })),
  );
  const tensors = new Tensors(placement, homes);
  const accesses = launches.map(({ launch }) => tensors.access(launch));
  const results = program.outputs.map(({ name, role, value }) => ({
    name,
    role,
    tensor: tensors.numberOf(value),
    shape: value.type.shape.map((d) => formulaOf(d, words.numberOf)),
  }));
  const copies = placement.copies.map(({ value, to }) => ({ tensor: tensors.numberOf(value), to }));
  const kept = new Set([...results.map((r) => r.tensor), ...copies.map((c) => c.tensor)]);
  const memory = planMemory(accesses, tensors.temporaries, kept);
  return {
    symbols: words.symbols,
    tensors: tensors.list.map(({ operand, place }, number): TensorPlan => {
      const { dtype, count } =
        "kind" in operand
          ? { dtype: operand.dtype, count: operand.elements }
          : { dtype: operand.type.dtype, count: elements(operand.type) };
      return {
        dtype,
        elements: formulaOf(count, words.numberOf),
        place: place ?? temporary(memory.of.get(number), operand),
      };
    }),
    dispatches: launches.map(({ launch, planned }) => ({
      kernel: kernels.add(launch.kernel, planned.group.kind, spansOf(planned)),
      tensors: launch.operands.map((o) => tensors.numberOf(o)),
      groups: formulaOf(launch.groups, words.numberOf),
    })),
    words: words.words,
    copies,
    results,
    arenas: memory.arenas,
  };
}

function temporary(
  found: { from: number; to: number; arena: number } | undefined,
  operand: Operand,
): Place {
  if (!found)
    throw new InternalError("a tensor is never computed", "kind" in operand ? [] : operand.spans);
  return { kind: "temporary", ...found };
}

const spansOf = ({ writes }: Planned) => [...writes].find((v) => v.spans.length > 0)?.spans ?? [];

function contextOf(
  planned: Planned,
  scheduled: Schedule,
  placement: Placement,
  words: Words,
): KernelContext {
  return {
    isInMemory: (value) => scheduled.isRead(value, planned.group),
    aliasOf: (value) => placement.aliases.get(value),
    wordOfSize: (sym) => words.wordOfSize(sym),
    wordOfScalar: (spec) => words.wordOfScalar(spec),
    get wordCount() {
      return words.words.length;
    },
  };
}

function specOf({ group }: Planned, scheduled: Schedule): KernelSpec {
  const stores = [...group.stores];
  switch (group.kind) {
    case "map":
      return { kind: "map", stores };
    case "rows": {
      const plan = planRows(group, (value) => scheduled.isRead(value, group));
      return { kind: "rows", rows: { shape: group.shape, axes: group.axes, ...plan } };
    }
    case "contract":
      return { kind: "contract", result: anchorOf(group), stores };
    case "scatter":
      return { kind: "scatter", result: anchorOf(group) };
  }
}

function anchorOf(group: Group): Value {
  const [first] = group.members.keys();
  if (!first) throw new InternalError("a fusion group has no member");
  return first;
}

/** Numbers the tensors that launches, results and copies mention. */
class Tensors {
  readonly list: { readonly operand: Operand; readonly place: Place | undefined }[] = [];
  readonly #placement: Placement;
  readonly #homes: Homes;
  readonly #numbers = new Map<Operand, number>();

  constructor(placement: Placement, homes: Homes) {
    this.#placement = placement;
    this.#homes = homes;
  }

  /** Tensors without a home. */
  get temporaries(): number[] {
    return this.list.flatMap(({ place }, i) => (place ? [] : [i]));
  }

  numberOf(operand: Operand): number {
    const target =
      ("kind" in operand ? undefined : this.#placement.aliases.get(operand)) ?? operand;
    const known = this.#numbers.get(target);
    if (known !== undefined) return known;
    const number = this.list.length;
    this.#numbers.set(target, number);
    this.list.push({ operand: target, place: this.#placeOf(target) });
    return number;
  }

  access(launch: BoundLaunch): { reads: number[]; writes: number[] } {
    const numbers = launch.operands.map((o) => this.numberOf(o));
    const byAccess = (wants: (access: string) => boolean): number[] =>
      numbers.filter((_, i) => wants(launch.kernel.bindings[i]?.access ?? "read"));
    return { reads: byAccess((a) => a === "read"), writes: byAccess((a) => a !== "read") };
  }

  #placeOf(operand: Operand): Place | undefined {
    if ("kind" in operand) return undefined;
    if (operand.op.lower.kind === "leaf" && !isWord(operand))
      return this.#homes.leaf(operand.attrs as LeafSpec);
    return this.#placement.direct.get(operand);
  }
}
