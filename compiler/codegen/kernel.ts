// Kernels in loop form: what one invocation does, as data, before any shading language.
import type { ScalarExpr } from "../scalar/expr.js";
import type { Dim, Sym } from "../types/dim.js";
import type { Dtype } from "../types/dtype.js";

/** A storage buffer that a kernel sees as a flat array. */
export interface Binding {
  readonly dtype: Dtype;
  readonly access: "read" | "write" | "update";
  /** Elements of one access: four where it is an array of vectors. */
  readonly width?: 4;
}

/** A flat array shared by the invocations of a workgroup. */
export interface SharedArray {
  readonly name: string;
  readonly dtype: Dtype;
  readonly length: number;
}

/** The value of one lane, by its number; or of all lanes combined. */
export type SubgroupFn = { readonly lane: number } | "add" | "mul" | "max" | "min";

/**
 * One step of an invocation. Places are dims over the kernel's index symbols and the program's sizes, all counted in
 * elements. Locals are named by strings, indices by symbols; both are unique within a kernel.
 */
export type Statement =
  /** Names a value. */
  | { readonly kind: "let"; readonly name: string; readonly value: ScalarExpr }
  /** Names an integer. */
  | { readonly kind: "index"; readonly sym: Sym; readonly value: Dim }
  /** Names an integer that was computed or loaded. */
  | { readonly kind: "bind"; readonly sym: Sym; readonly value: ScalarExpr }
  /** Names an element of a binding. */
  | {
      readonly kind: "load";
      readonly name: string;
      readonly binding: number;
      readonly at: Dim;
      readonly dtype: Dtype;
    }
  /** Names four neighbouring elements of a binding of vectors; `at` is that of the first, a multiple of four. */
  | {
      readonly kind: "load4";
      readonly names: readonly string[];
      readonly binding: number;
      readonly at: Dim;
      readonly dtype: Dtype;
    }
  /** What the invocations of a subgroup have together; only where all of them arrive. */
  | {
      readonly kind: "subgroup";
      readonly name: string;
      readonly fn: SubgroupFn;
      readonly value: ScalarExpr;
    }
  /** A local that later statements assign to. */
  | { readonly kind: "var"; readonly name: string; readonly value: ScalarExpr }
  | { readonly kind: "assign"; readonly name: string; readonly value: ScalarExpr }
  | {
      readonly kind: "store";
      readonly binding: number;
      readonly at: Dim;
      readonly value: ScalarExpr;
    }
  | {
      readonly kind: "store4";
      readonly binding: number;
      readonly at: Dim;
      readonly values: readonly ScalarExpr[];
    }
  /** `for (sym = from; sym < to; sym += step)`. */
  | {
      readonly kind: "loop";
      readonly sym: Sym;
      readonly from: Dim;
      readonly to: Dim;
      readonly step: Dim;
      readonly body: readonly Statement[];
    }
  | { readonly kind: "while"; readonly condition: ScalarExpr; readonly body: readonly Statement[] }
  | { readonly kind: "when"; readonly condition: ScalarExpr; readonly body: readonly Statement[] }
  /** A flat array of the invocation's own. */
  | {
      readonly kind: "array";
      readonly name: string;
      readonly dtype: Dtype;
      readonly length: number;
    }
  /** Writes and reads of an array, shared or own. */
  | { readonly kind: "put"; readonly array: string; readonly at: Dim; readonly value: ScalarExpr }
  | {
      readonly kind: "take";
      readonly name: string;
      readonly array: string;
      readonly at: Dim;
      readonly dtype: Dtype;
    }
  /** Waits for the whole workgroup; only where all invocations arrive. */
  | { readonly kind: "barrier" };

/** A kernel: one entry point of a shader, target independent. */
export interface Kernel {
  readonly bindings: readonly Binding[];
  readonly shared: readonly SharedArray[];
  /** Invocations of a workgroup. */
  readonly workgroupSize: number;
  /** Where lanes are those of one subgroup with so many of them, which is the whole workgroup. */
  readonly subgroup?: number;
  /** Number of the workgroup, and of the invocation in it. */
  readonly group: Sym;
  readonly lane: Sym;
  /** Free sizes and scalars that arrive with each call, by word of the uniform block. */
  readonly words: readonly Word[];
  /** Words of the uniform block of the whole program. */
  readonly wordCount: number;
  /** Numbers that come with each dispatch, in the words behind those of the program. */
  readonly passed: readonly Passed[];
  readonly body: readonly Statement[];
}

/** One word of the uniform block that the kernel reads. */
export type Word =
  | { readonly kind: "size"; readonly sym: Sym; readonly word: number }
  | {
      readonly kind: "scalar";
      readonly name: string;
      readonly dtype: Dtype;
      readonly word: number;
    };

/** A number that a dispatch passes to its kernel; the local that holds it. */
export interface Passed {
  readonly name: string;
  readonly dtype: "i32" | "u32";
  readonly value: number;
}

/** A kernel and how many workgroups of it run. */
export interface Launch {
  readonly kernel: Kernel;
  readonly groups: Dim;
}
