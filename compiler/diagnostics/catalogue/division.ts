// What is said of a division that leaves a remainder, by patterns, splits and type rules alike.
import type { Span } from "../../../grammar/source.js";
import type { Verdict } from "../../types/constraints.js";
import { show, type Dim } from "../../types/dim.js";
import { row, type Named } from "../compare.js";
import type { ComparisonRow } from "../diagnostic.js";
import { divisibility, originsOf, quoted } from "../explain.js";
import type { Facts } from "./finding.js";
import { sayable } from "./proposals.js";

/** `part` should divide `whole`, an axis or the number of elements of a tensor of the type. */
export interface Division {
  readonly at: Span;
  readonly whole: Dim;
  readonly part: Dim;
  /** The tensor that the whole is an axis of. */
  readonly given: Named;
  readonly verdict: Verdict;
}

/** Places and words for a division that leaves a remainder. */
export const remainderFacts = ({ at, whole, part, given, verdict }: Division): Facts => ({
  primary: { span: at, text: `${quoted(show(part))} does not divide ${quoted(show(whole))}` },
  secondary: originsOf([whole, part]),
  comparison: [marked(given, whole)],
  notes: remainderNotes(part, whole, verdict),
  ...sayable("divides", part, whole, verdict),
});

/** The remainder where it is a number; else an example of one, and the fact that would exclude it. */
export function remainderNotes(part: Dim, whole: Dim, verdict: Verdict): readonly string[] {
  if (verdict.kind !== "refuted") {
    return [`the facts in scope do not decide ${quoted(divisibility(part, whole))}`];
  }
  const { counterexample, left } = verdict;
  if (counterexample.length === 0) return [`the remainder is ${String(left)}`];
  const values = counterexample.map(({ sym, value }) => `${quoted(sym.name)} = ${String(value)}`);
  return [`for ${values.join(" and ")} the remainder is ${String(left)}`];
}

/** A tensor with every axis marked that is the dim. */
export const marked = (given: Named, axis: Dim): ComparisonRow =>
  row(
    given,
    given.type.shape.flatMap((d, i) => (d.key === axis.key ? [i] : [])),
  );
