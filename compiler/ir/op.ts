// The contract that every operation answers: one field for each question a stage asks.
import type { Span } from "../../grammar/source.js";
import type { ScalarBuilder, ScalarExpr } from "../scalar/expr.js";
import type { Dim } from "../types/dim.js";
import type { Dtype } from "../types/dtype.js";
import type { TensorType } from "../types/tensor.js";

/** One result: a use of an op on earlier values. Created only by `Graph.emit`. */
export interface Value {
  readonly graph: Emitter;
  /** Position in the graph: operands have smaller ids. */
  readonly id: number;
  readonly op: Op;
  readonly operands: readonly Value[];
  readonly attrs: Attrs;
  readonly type: TensorType;
  /** Where in the source it comes from, innermost first. */
  readonly spans: readonly Span[];
}

/** Whatever appends values; `Graph` in practice. */
export interface Emitter {
  /** Spans given to values emitted now. */
  at: readonly Span[];
  emit(op: Op, operands: readonly Value[], attrs: Attrs): Value;
}

/** Static facts of one use of an op; plain data. */
export type Attrs = object;

/** The same shape of tuple with other elements. */
export type Each<Args extends readonly unknown[], T> = { readonly [K in keyof Args]: T };

/** Everything the compiler knows about one operation. Passes ask these questions; none asks for the name. */
export interface Op<Args extends readonly Value[] = readonly Value[], A extends Attrs = Attrs> {
  readonly name: string;
  /** One sentence for the reference page. */
  readonly doc: string;
  /** Names of the operands; the last one repeats when `isVariadic`. */
  readonly operands: readonly string[];
  readonly isVariadic?: boolean;
  /** Shape and dtype rule: the type and what must hold of the dims for it, or why there is none. */
  type(operands: Each<Args, TensorType>, attrs: A): Typing | Problem;
  /**
   * Pulls the cotangent `g` of `out` back to the operands; `null` where no gradient flows. Absent only where `lower` is
   * fused: then it is the pullback of the definition.
   */
  vjp?(g: Value, args: Args, out: Value, attrs: A): readonly (Value | null)[];
  /** How one element of the result is computed, independent of any target. */
  readonly lower: Lowering<A>;
  /** An earlier or cheaper value that equals this use, else null: `reshape(reshape(x))` is one reshape. */
  simplify?(args: Args, attrs: A): Value | null;
  /** The same result computed together with what gave its first operand, else null; asked where nobody else uses that operand. */
  absorb?(args: Args, attrs: A): Value | null;
  /** The same result with its axes in another order, where the op can give it so at no cost. */
  permute?(args: Args, attrs: A, perm: readonly number[]): Value;
  /**
   * The attributes of the same use where the result has fewer rows, being of this shape; asked along axes that the lowering takes
   * as they are. Absent: attributes name no size of the result.
   */
  resize?(attrs: A, shape: readonly Dim[]): A;
  /** Work in scalar operations. Absent: derived from `lower`. */
  flops?(operands: Each<Args, TensorType>, out: TensorType, attrs: A): Dim;
  /**
   * Whether it takes apart what is stored in few bits. What follows from nothing else is computed wherever it is used: stored, it
   * would take the memory that the storage is there to save.
   */
  readonly isUnpacking?: boolean;
  /** Facts that rewriting uses. An involution undoes itself: `neg(neg(x)) == x`. */
  readonly algebra?: { readonly isInvolution?: boolean };
  /** Integer operands whose values must lie in [0, below): the runtime checks those that the caller gives. */
  indexes?(
    operands: Each<Args, TensorType>,
  ): readonly { readonly operand: number; readonly below: Dim }[];
  /** What generated tests and documentation feed it; at least one. Empty only for leaves. */
  readonly samples: readonly Sample<A>[];
}

/** The result of a type rule. */
export interface Typing {
  readonly type: TensorType;
  readonly requires?: readonly Requirement[];
}

/** A relation of dims that a type rule needs; whoever emits the op proves it from the facts in scope. */
export interface Requirement {
  readonly code: string;
  readonly relation: "==" | "<=" | "divides";
  readonly left: Dim;
  readonly right: Dim;
  /** Which operand axes disagree. */
  readonly at: readonly Place[];
}

/** A refusal of a type rule, before spans are known. */
export interface Problem {
  readonly problem: string;
  readonly at: readonly Place[];
  /** Facts for the message, by name; dims, dtypes and numbers already as text. */
  readonly facts?: Readonly<Record<string, string>>;
}

/** An operand, and one of its axes where only that matters. */
export interface Place {
  readonly operand: number;
  readonly axis?: number;
}

export interface Sample<A extends Attrs = Attrs> {
  /** Operand types with constant dims. */
  readonly operands: readonly TensorType[];
  readonly attrs: A;
  /** Range of float operands; default [-2, 2]. Integers: [0, high). */
  readonly between?: readonly [low: number, high: number];
  /** Exact values of an operand by its number, row-major, where random ones would not do. */
  readonly values?: Readonly<Record<number, readonly number[]>>;
}

/** How one element of the result comes about. */
export type Lowering<A extends Attrs = Attrs> =
  /** Comes from outside: an input, parameter or state. */
  | { readonly kind: "leaf" }
  /** The same element of each operand (all of the shape of the result), combined. */
  | {
      readonly kind: "pointwise";
      body(s: ScalarBuilder, args: readonly ScalarExpr[], attrs: A): ScalarExpr;
    }
  /** Elements of the operands at other places: never computes, so it costs no memory. */
  | {
      readonly kind: "view";
      pieces(out: readonly Dim[], context: ViewContext, attrs: A): readonly Piece[];
      readonly fill?: (attrs: A) => number;
    }
  /** One operand, combined over axes that disappear. */
  | { readonly kind: "reduce"; readonly monoid: Monoid; axes(attrs: A): readonly number[] }
  /** Sum of products of two operands, by labels of their axes. */
  | { readonly kind: "contract"; spec(attrs: A): ContractSpec }
  /** `out[ids[i], …] = sum of updates[i, …]`: operands `updates`, `ids`; result rows first. */
  | { readonly kind: "scatter" }
  /** One output of a program that runs once for each element of an axis, from what it left the time before: attrs are a `ScanSpec`. */
  | { readonly kind: "scan" }
  /**
   * What `definition` says in terms of other ops, for which code generation has a template: a kernel that stores nothing in
   * between. Uses of ops with one template on the same operands are results of one kernel.
   */
  | {
      readonly kind: "fused";
      readonly template: Template;
      /** Which result of the template this is. */
      readonly result: number;
      definition(args: readonly Value[], attrs: A): Value;
    };

/** Kernels that code generation has besides those for single lowerings; their operands and results stand with the ops. */
export type Template = "attend" | "attend-queries" | "attend-keys";

export interface ViewContext {
  readonly operands: readonly TensorType[];
  readonly result: TensorType;
  /**
   * The element of an integer operand at an index, clamped into [0, bound), as an `index` dim: data-dependent places
   * (gather, dynamic slices).
   */
  lookup(operand: number, index: readonly Dim[], bound: Dim): Dim;
}

/** Where one element may come from. The first piece whose guards all hold gives it; else `fill`. */
export interface Piece {
  readonly operand: number;
  readonly index: readonly Dim[];
  readonly guards?: readonly Guard[];
}
export type Guard =
  /** `0 <= value < size`. */
  | { readonly kind: "within"; readonly value: Dim; readonly size: Dim }
  /** `value % of == 0`. */
  | { readonly kind: "multiple"; readonly value: Dim; readonly of: Dim };

/** Identity and combination of a reduction. */
export interface Monoid {
  readonly name: "sum" | "prod" | "max" | "min";
  identity(dtype: Dtype): number;
  combine(s: ScalarBuilder, acc: ScalarExpr, x: ScalarExpr): ScalarExpr;
}

/** Axis labels of a contraction, one character an axis: `{ left: "bmk", right: "bkn", out: "bmn" }`. */
export interface ContractSpec {
  readonly left: string;
  readonly right: string;
  readonly out: string;
}
