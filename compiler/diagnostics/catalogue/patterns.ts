// Findings about axis patterns: `[b t (h k) -> b h t k]`.
import type { Span } from "../../../grammar/source.js";
import type { Verdict } from "../../types/constraints.js";
import { show, type Dim } from "../../types/dim.js";
import { showType, type TensorType } from "../../types/tensor.js";
import type { Diagnostic } from "../diagnostic.js";
import { originsOf, quoted, reasons } from "../explain.js";
import { finding } from "./codes.js";

/** A place. */
interface At {
  readonly at: Span;
}

/** An axis of the input that a rearrangement would drop. */
export const lostAxis = ({
  at,
  axis,
  of = "rearrange",
}: At & { readonly axis: string; readonly of?: string }): Diagnostic =>
  finding("pattern-lost-axis", {
    primary: { span: at, text: `${quoted(axis)} does not occur on the right` },
    notes: [`${quoted(of)} keeps every axis; a reduction such as ${quoted("sum")} drops some`],
  });

/** An axis that one side of a pattern names twice. */
export const repeatedAxis = ({ at, axis }: At & { readonly axis: string }): Diagnostic =>
  finding("pattern-repeated-axis", {
    primary: { span: at, text: `${quoted(axis)} occurs twice on this side` },
  });

/** An axis of the output that no input names and no argument sizes. */
export const unknownAxis = ({
  at,
  axis,
  near = [],
}: At & { readonly axis: string; readonly near?: readonly string[] }): Diagnostic =>
  finding("pattern-unknown-axis", {
    primary: { span: at, text: `nothing on the left names ${quoted(axis)}` },
    notes: near.length > 0 ? [`axes on the left: ${near.map(quoted).join(", ")}`] : [],
  });

/** A pattern with another number of axes than the tensor. */
export const rank = ({
  at,
  axes,
  type,
  name,
}: At & { readonly axes: number; readonly type: TensorType; readonly name?: string }): Diagnostic =>
  finding("pattern-rank", {
    primary: {
      span: at,
      text: `${String(axes)} ${axes === 1 ? "axis" : "axes"} for ${quoted(showType(type))}`,
    },
    notes: name === undefined ? [] : [`${quoted(name)} has ${String(type.shape.length)}`],
  });

/** A group whose known factors do not divide the axis. */
export const patternIndivisible = ({
  at,
  size,
  by,
}: At & { readonly size: Dim; readonly by: Dim }): Diagnostic =>
  finding("pattern-indivisible", {
    primary: { span: at, text: `${quoted(show(by))} does not divide ${quoted(show(size))}` },
    secondary: originsOf([size, by]),
    notes: [`the missing fact: ${quoted(`where ${show(size)} % ${show(by)} == 0`)}`],
  });

/** A group with more than one factor that nothing sizes. */
export const ambiguousGroup = ({
  at,
  axes,
}: At & { readonly axes: readonly string[] }): Diagnostic =>
  finding("ambiguous-dim", {
    primary: { span: at, text: `nothing sizes ${axes.map(quoted).join(" or ")}` },
    notes: [
      "one factor of a group is computed; the others are dimensions in scope or named arguments, as in `h = 4`",
    ],
  });

/** An axis name that means one size in one input and another size in a second. */
export const axisSizes = ({
  at,
  axis,
  left,
  right,
  verdict,
}: At & {
  readonly axis: string;
  readonly left: Dim;
  readonly right: Dim;
  readonly verdict: Verdict;
}): Diagnostic =>
  finding("shape-mismatch", {
    primary: {
      span: at,
      text: `${quoted(axis)} is ${quoted(show(left))} and ${quoted(show(right))}`,
    },
    secondary: originsOf([left, right]),
    notes: reasons("==", left, right, verdict),
  });
