// What is known, or asked, about two dims.
import type { Span } from "../../../grammar/source.js";
import type { Dim } from "../dim.js";

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
}
