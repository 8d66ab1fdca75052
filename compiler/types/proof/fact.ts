// What is known, or asked, about two dims.
import type { Span } from "../../../grammar/source.js";
import type { Dim, Sym } from "../dim.js";

/** How the two sides of a fact relate. */
export type Relation = "==" | "!=" | "<=" | "<" | ">=" | ">";

/** What holds between two dims: a `where` clause, the condition of an `if`, the range of a loop. */
export interface Fact {
  readonly relation: Relation;
  readonly left: Dim;
  readonly right: Dim;
  /** Where it was written. */
  readonly span?: Span;
  /** As it was written. */
  readonly text?: string;
  /**
   * Where the fact says that one of several groups of facts holds: those groups. The relation says the same in
   * arithmetic (`A == 1 or B <= 2` is `min(max(A - 1, 1 - A), B - 2) <= 0`), for whoever only compares numbers.
   */
  readonly cases?: readonly (readonly Fact[])[];
}

/** Numbers for symbols. */
export type Assignment = readonly { readonly sym: Sym; readonly value: number }[];

/** The answer to a question about dims. A counterexample satisfies all facts. */
export type Verdict =
  | { readonly kind: "proved" }
  | {
      readonly kind: "refuted";
      readonly counterexample: Assignment;
      readonly left: number;
      readonly right: number;
    }
  | { readonly kind: "unknown" };
