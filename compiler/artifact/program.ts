// Plans one program: schedule, kernels, tensors with their places, and what is copied and handed back.
import {
  alignment,
  bytesOf,
  type Place,
  type ProgramPlan,
  type SymbolPlan,
  type TensorPlan,
} from "../../runtime/format.js";
import type { BoundLaunch, Home, Operand } from "../codegen/builder.js";
import { placeOf } from "../diagnostics/index.js";
import { isScheduled } from "../codegen/fused.js";
import { expand } from "../ir/fused.js";
import type { Choice } from "../codegen/choice.js";
import { InternalError } from "../ir/internal-error.js";
import type { Value } from "../ir/op.js";
import type { LeafSpec, Program } from "../ir/program.js";
import { optimize } from "../passes/index.js";
import { formulaOf, isWord, planMemory, schedule, type Planned } from "../schedule/index.js";
import { elements, showType } from "../types/tensor.js";
import { evaluate, type Dim, type Sym } from "../types/dim.js";
import type { Dtype } from "../types/dtype.js";
import type { Kernels } from "./kernels.js";
import { Sources, workOf } from "./work.js";
import { Launches } from "./launches.js";
import { placeOutputs, type Homes, type Placement } from "./places.js";
import { Words } from "./words.js";

/** Free symbols of a program and where their values come from. */
export interface Symbols {
  readonly syms: readonly Sym[];
  readonly plans: readonly SymbolPlan[];
}

/** The plan of a program whose leaves and outputs have the given homes. */
export function planProgram(
  given: Program,
  symbols: Symbols,
  homes: Homes,
  kernels: Kernels,
  options: Choice,
): ProgramPlan {
  const program = withoutUnscheduled(given, options);
  const scheduled = schedule(program, options.target.storageBuffers);
  const placement = placeOutputs(program, scheduled.order, homes);
  const words = new Words(symbols.syms, symbols.plans);
  const launches = new Launches(options, words, placement.aliases);
  launches.add(scheduled);
  const sources = new Sources();
  const tensors = new Tensors(launches.homeOf, placement, homes);
  const accesses = launches.list.map(({ launch }) => tensors.access(launch));
  const results = program.outputs.map(({ name, role, value }) => ({
    name,
    role,
    tensor: tensors.numberOf(value),
    shape: value.type.shape.map((d) => formulaOf(d, words.numberOf)),
  }));
  const copies = placement.copies.map(({ value, to }) => ({ tensor: tensors.numberOf(value), to }));
  const kept = new Set([...results.map((r) => r.tensor), ...copies.map((c) => c.tensor)]);
  const loops = launches.loops.map(({ from, to, gathered }) => {
    return { from, to, carried: new Set(gathered.map((o) => tensors.numberOf(o))) };
  });
  const memory = planMemory(accesses, tensors.temporaries, kept, loops, (n) => tensors.sizeOf(n));
  return {
    symbols: words.symbols,
    tensors: tensors.list.map(({ operand, place }, number): TensorPlan => {
      const { dtype, count } = sizeOfOperand(operand);
      return {
        dtype,
        elements: formulaOf(count, words.numberOf),
        place: place ?? temporary(memory.of.get(number), operand),
        ...("kind" in operand ? {} : aboutOf(operand)),
      };
    }),
    dispatches: launches.list.map(({ launch, planned }, i) => ({
      kernel: kernels.add(launch.kernel, planned.group.kind, spansOf(planned)),
      tensors: launch.operands.map((o) => tensors.numberOf(o)),
      groups: formulaOf(launch.groups, words.numberOf),
      ...passedBy(launch),
      ...workOf(planned, launches.list[i - 1]?.planned !== planned, symbols.syms, words),
      ...sources.of(planned),
    })),
    loops: launches.loops.map(({ from, to, count }) => {
      return { from, to, count: formulaOf(count, words.numberOf) };
    }),
    words: words.words,
    copies,
    results,
    arenas: memory.arenas,
  };
}

const sizeOfOperand = (operand: Operand): { readonly dtype: Dtype; readonly count: Dim } =>
  "kind" in operand
    ? { dtype: operand.dtype, count: operand.elements }
    : { dtype: operand.type.dtype, count: elements(operand.type) };

/** What a launch passes to its kernel, as words. */
const passedBy = ({ kernel: { passed } }: BoundLaunch): { readonly passed?: readonly number[] } =>
  passed.length === 0 ? {} : { passed: passed.map(({ value }) => value >>> 0) };

/** What messages say of a tensor. */
function aboutOf({ type, spans: [span] }: Value): Pick<TensorPlan, "text" | "origin"> {
  return { text: showType(type), ...(span ? { origin: placeOf(span) } : {}) };
}

/** What is fused is spelled out where several kernels are better than one, or where it has none. */
export function withoutUnscheduled(program: Program, options: Choice): Program {
  const spelled = expand(program, (value) => !isScheduled(value, options));
  return spelled === program ? program : optimize(spelled);
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

/** What a free size is taken for where a plan must be good for any. */
const typicalSize = 32;

/** Numbers the tensors that launches, results and copies mention. */
class Tensors {
  readonly list: { readonly operand: Operand; readonly place: Place | undefined }[] = [];
  readonly #homeOf: (value: Value) => Home;
  readonly #placement: Placement;
  readonly #homes: Homes;
  readonly #numbers = new Map<Operand, number>();

  constructor(homeOf: (value: Value) => Home, placement: Placement, homes: Homes) {
    this.#homeOf = homeOf;
    this.#placement = placement;
    this.#homes = homes;
  }

  /** Tensors without a home. */
  get temporaries(): number[] {
    return this.list.flatMap(({ place }, i) => (place ? [] : [i]));
  }

  /** Bytes of a tensor in multiples of the alignment, for typical values of free sizes. */
  sizeOf(number: number): number {
    const operand = this.list[number]?.operand;
    if (!operand) return 0;
    const { dtype, count } = sizeOfOperand(operand);
    return Math.ceil(bytesOf(dtype, evaluate(count, () => typicalSize) ?? 1) / alignment);
  }

  numberOf(operand: Operand): number {
    const target = "kind" in operand ? operand : this.#homeOf(operand).operand;
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
