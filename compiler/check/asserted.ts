// What a property asserts, and the comparisons behind it: for whoever tells why an assertion fails.
import type { Span } from "../../grammar/source.js";
import type { Graph } from "../ir/graph.js";
import type { Value } from "../ir/op.js";
import type { Meaning } from "./meaning.js";

/** A condition that was asserted: a boolean tensor, or known already. */
export interface Assertion {
  readonly span: Span;
  readonly condition: Value | boolean;
}

/** Two tensors that were compared element by element. */
export interface Comparison {
  /** Whether it holds, at each place or for all of them. */
  readonly result: Value;
  /** The sides, which may still have to be stretched to one shape. */
  readonly left: Value;
  readonly right: Value;
}

/** What was asserted in one graph, and where layers go that have no name of their own. */
export class Asserted {
  /** Only values of this graph are noted: what a scan asserts has no one value. */
  private readonly graph: Graph;
  readonly assertions: Assertion[] = [];
  readonly comparisons: Comparison[] = [];
  private place: readonly string[] = [];
  private layers = 0;

  constructor(graph: Graph) {
    this.graph = graph;
  }

  /** Notes an asserted condition; one that is not known is checked for all sizes elsewhere. */
  assert(meaning: Meaning, span: Span): void {
    if (meaning.kind === "tensor" && meaning.value.graph === this.graph)
      this.assertions.push({ span, condition: meaning.value });
    if (meaning.kind === "bool" && meaning.value !== undefined)
      this.assertions.push({ span, condition: meaning.value });
  }

  compare(comparison: Comparison): void {
    if (comparison.result.graph === this.graph) this.comparisons.push(comparison);
  }

  /** The path at which layers are made from now on, each with one of its own below a name. */
  enter(name: string): readonly string[] {
    this.place = [name];
    this.layers = 0;
    return this.place;
  }

  /** The path of the next layer: the one at hand, unless a layer without a name has taken it. */
  pathFor(path: readonly string[]): readonly string[] {
    if (path !== this.place) return path;
    const count = this.layers++;
    return count === 0 ? path : [...path, `layer_${String(count + 1)}`];
  }
}
