// Assembles one kernel: its bindings, its words of the uniform block, and its body.
import type { Value } from "../ir/op.js";
import type { LeafSpec } from "../ir/program.js";
import type { ScalarExpr } from "../scalar/expr.js";
import { add, freshSym, int, scale, symbol, symsOf, type Dim, type Sym } from "../types/dim.js";
import type { Dtype } from "../types/dtype.js";
import { Body } from "./body.js";
import { Elements } from "./element.js";
import type { Binding, Launch, SharedArray, Statement, Word } from "./kernel.js";
import { linearize } from "../types/place.js";
import { takePassed } from "./passed.js";
import { withVectors } from "./vectors.js";
import { withWideNumbers } from "./halves.js";

/** Memory that a group of kernels needs between its dispatches. */
export interface Scratch {
  readonly kind: "scratch";
  readonly dtype: Dtype;
  readonly elements: Dim;
}

/** What a binding of a dispatch is: a value in memory, or scratch. */
export type Operand = Value | Scratch;

/** A launch with what its bindings are. */
export interface BoundLaunch extends Launch {
  readonly operands: readonly Operand[];
}

/** Where a value lies: within the memory of another from some element on, or in memory of its own. */
export interface Home {
  readonly operand: Operand;
  readonly from: Dim;
}

/** What code generation must know about the program around a kernel. */
export interface KernelContext {
  /** Whether a value is read from memory; else the kernel computes it. */
  isInMemory(value: Value): boolean;
  /** Where a value lies: a result may overwrite a leaf, or be one row of what the rounds of a loop gather. */
  homeOf(value: Value): Home;
  /** Words of the uniform block. */
  wordOfSize(sym: Sym): number;
  wordOfScalar(spec: LeafSpec): number;
  readonly wordCount: number;
}

/** Builds one kernel. Bindings appear in the order of first use. */
export class KernelBuilder {
  readonly body = new Body();
  readonly elements: Elements;
  readonly group = freshSym("group", "index", undefined, int(1 << 30));
  readonly lane: Sym;
  readonly workgroupSize: number;
  readonly #context: KernelContext;
  readonly #operands: Operand[] = [];
  readonly #access: Binding["access"][] = [];
  readonly #scalars = new Map<string, Word>();
  readonly #shared: SharedArray[] = [];

  readonly #isSubgroup: boolean;

  /** `isSubgroup`: the workgroup is to be one subgroup, whose invocations may hand each other values. */
  constructor(context: KernelContext, workgroupSize: number, isSubgroup = false) {
    this.#isSubgroup = isSubgroup;
    this.#context = context;
    this.workgroupSize = workgroupSize;
    this.lane = freshSym("lane", "index", undefined, int(workgroupSize));
    this.elements = new Elements(this.body, {
      sourceOf: (value) =>
        this.#reads(value)
          ? { binding: this.bindingOf(value, "read"), from: context.homeOf(value).from }
          : undefined,
      scalarOf: (spec) => this.#scalar(spec),
    });
  }

  /** Number of the invocation over the whole launch. */
  get invocation(): Dim {
    return add(scale(symbol(this.group), this.workgroupSize), symbol(this.lane));
  }

  /** The binding of an operand. A second use with another access makes it `update`. */
  bindingOf(operand: Operand, access: "read" | "write"): number {
    const target = "kind" in operand ? operand : this.#context.homeOf(operand).operand;
    const known = this.#operands.indexOf(target);
    if (known < 0) {
      this.#operands.push(target);
      this.#access.push(access);
      return this.#operands.length - 1;
    }
    if (this.#access[known] !== access) this.#access[known] = "update";
    return known;
  }

  /** Stores the element of a value. */
  store(value: Value, at: readonly Dim[], element: ScalarExpr): void {
    this.storeAt(value, linearize(at, value.type.shape), element);
  }

  /** Stores at a row-major index of an operand. */
  storeAt(operand: Operand, at: Dim, element: ScalarExpr): void {
    const binding = this.bindingOf(operand, "write");
    const from = "kind" in operand ? int(0) : this.#context.homeOf(operand).from;
    this.body.push({ kind: "store", binding, at: this.body.settle(add(at, from)), value: element });
  }

  /** Memory of the workgroup. */
  shared(dtype: Dtype, length: number): string {
    const name = `shared${String(this.#shared.length)}`;
    this.#shared.push({ name, dtype, length });
    return name;
  }

  /** The finished kernel, to run in `groups` workgroups. */
  finish(groups: Dim): BoundLaunch {
    const sizes = new Set<Sym>();
    collectSizes(this.body.statements, sizes);
    const context = this.#context;
    const words: Word[] = [...sizes].map((sym) => ({
      kind: "size",
      sym,
      word: context.wordOfSize(sym),
    }));
    words.push(...this.#scalars.values());
    words.sort((a, b) => a.word - b.word);
    const dtypes = this.#operands.map((o) => ("kind" in o ? o.dtype : o.type.dtype));
    const bindings = this.#access.map((access, i) => ({ access, dtype: dtypes[i] ?? "f32" }));
    const made = { bindings, body: this.body.statements, shared: this.#shared, words };
    const isHalf = this.elements.hasHalves || dtypes.includes("f16");
    const wide = isHalf ? withWideNumbers(made) : made;
    const vectored = withVectors(wide);
    return {
      operands: this.#operands,
      groups,
      kernel: {
        ...(this.#isSubgroup ? { subgroup: this.workgroupSize } : {}),
        bindings: vectored.bindings,
        ...takePassed(vectored.body),
        shared: wide.shared,
        workgroupSize: this.workgroupSize,
        group: this.group,
        lane: this.lane,
        words: wide.words,
        get wordCount() {
          return context.wordCount;
        },
      },
    };
  }

  #reads(value: Value): boolean {
    if (value.op.lower.kind === "leaf")
      return (value.attrs as LeafSpec).role !== "scalar" || this.#context.isInMemory(value);
    return this.#context.isInMemory(value);
  }

  #scalar(spec: LeafSpec): string {
    const name = `scalar ${spec.name}`;
    this.#scalars.set(name, {
      kind: "scalar",
      name,
      dtype: spec.dtype,
      word: this.#context.wordOfScalar(spec),
    });
    return name;
  }
}

/** Every size that the statements mention. */
function collectSizes(statements: readonly Statement[], into: Set<Sym>): void {
  const dim = (d: Dim): void => {
    for (const sym of symsOf(d)) if (sym.kind !== "index") into.add(sym);
  };
  const seen = new Set<ScalarExpr>();
  const scalar = (x: ScalarExpr): void => {
    if (seen.has(x)) return;
    seen.add(x);
    if (x.kind === "dim") dim(x.dim);
    if (x.kind === "call") x.args.forEach(scalar);
  };
  for (const s of statements) {
    if ("at" in s) dim(s.at);
    if (s.kind === "store4") s.values.forEach(scalar);
    if ("value" in s) {
      if ("terms" in s.value) dim(s.value);
      else scalar(s.value);
    }
    if (s.kind === "loop") [s.from, s.to, s.step].forEach(dim);
    if (s.kind === "when" || s.kind === "while") scalar(s.condition);
    if ("body" in s) collectSizes(s.body, into);
  }
}
