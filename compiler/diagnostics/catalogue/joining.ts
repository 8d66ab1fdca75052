// Findings about reshaping, joining and splitting tensors.
import type { Span } from "../../../grammar/source.js";
import type { Verdict } from "../../types/constraints.js";
import { numel, show, type Dim } from "../../types/dim.js";
import { showType, type TensorType } from "../../types/tensor.js";
import { compareTypes, differingAxes, row, shortened, type Named } from "../compare.js";
import type { Diagnostic } from "../diagnostic.js";
import { difference, originsOf, quoted, reasons } from "../explain.js";
import { remainderFacts, type Division } from "./division.js";
import { finding } from "./finding.js";
import { reordering, sayable, uniting } from "./proposals.js";

/** A place. */
interface At {
  readonly at: Span;
}

/** A reshape to another number of elements. */
export const reshape = ({
  at,
  from,
  to,
  verdict,
}: At & {
  readonly from: Named;
  readonly to: TensorType;
  readonly verdict: Verdict;
}): Diagnostic => {
  const [before, after] = [numel(from.type.shape), numel(to.shape)];
  return finding("numel-mismatch", {
    primary: { span: at, text: `${quoted(show(before))} elements into ${quoted(show(after))}` },
    secondary: originsOf([before, after]),
    comparison: compareTypes(from, { name: "to", type: to }),
    ...sayable("==", before, after, verdict),
    notes: [...difference(before, after), ...reasons("==", before, after, verdict)],
  });
};

/** A part of a `concat` or `stack` that differs from the first in another axis than the joined one. */
export const concat = ({
  at,
  callee,
  first,
  other,
  axis,
}: At & {
  readonly callee: string;
  readonly first: Named;
  readonly other: Named;
  readonly axis?: number;
}): Diagnostic => {
  const [a, b] = differingAxes(first.type.shape, other.type.shape);
  const isFree = (i: number): boolean => i !== axis;
  const pick = ({ type: t }: Named, marks: readonly number[]): readonly Dim[] =>
    t.shape.filter((_, i) => marks.includes(i) && isFree(i));
  return finding("concat-mismatch", {
    primary: { span: at, text: unaligned(first, other) },
    secondary: originsOf([...pick(first, a), ...pick(other, b)]),
    comparison: [row(first, a.filter(isFree)), row(other, b.filter(isFree))],
    proposals: [
      ...pick(first, a).flatMap((d, i) => uniting(d, pick(other, b)[i] ?? d)),
      ...(axis === undefined ? [] : [{ kind: "axis", at, rank: first.type.shape.length } as const]),
      ...reordering(at),
    ],
    notes: [
      axis === undefined
        ? `the parts of ${quoted(callee)} have one shape`
        : `the parts of ${quoted(callee)} agree in every axis but axis ${String(axis)}`,
    ],
  });
};

const unaligned = (first: Named, other: Named): string =>
  `${quoted(shortened(other.name))} does not line up with ${quoted(shortened(first.name))}`;

/** A split, or an inferred axis of a reshape, whose parts do not divide the whole. */
export const indivisible = (facts: Division): Diagnostic =>
  finding("indivisible", remainderFacts(facts));

/** Sizes of a split that do not add up to the axis. */
export const splitSizes = ({
  at,
  type,
  axis,
  total,
  size,
  verdict,
}: At & {
  readonly type: TensorType;
  readonly axis: number;
  readonly total: Dim;
  readonly size: Dim;
  readonly verdict: Verdict;
}): Diagnostic =>
  finding("indivisible", {
    primary: {
      span: at,
      text: `the parts add up to ${quoted(show(total))}, the axis is ${quoted(show(size))}`,
    },
    secondary: originsOf([total, size]),
    comparison: [row({ name: "given", type }, [axis])],
    ...sayable("==", total, size, verdict),
    notes: [...difference(total, size), ...reasons("==", total, size, verdict)],
  });

/** A function that needs more axes than the tensor has. */
export const rankTooSmall = ({
  at,
  callee,
  least,
  type,
}: At & {
  readonly callee: string;
  readonly least: number;
  readonly type: TensorType;
}): Diagnostic =>
  finding("rank-mismatch", {
    primary: {
      span: at,
      text: `${quoted(showType(type))}, where ${quoted(callee)} needs at least ${String(least)} axes`,
    },
  });
