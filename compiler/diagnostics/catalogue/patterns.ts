// Findings about axis patterns: `[b t (h k) -> b h t k]`.
import type { Span } from "../../../grammar/source.js";
import type { Verdict } from "../../types/constraints.js";
import { show, type Dim } from "../../types/dim.js";
import { showType } from "../../types/tensor.js";
import { meets } from "../apart.js";
import { row, type Named } from "../compare.js";
import type { Diagnostic } from "../diagnostic.js";
import { difference, listed, madeHere, originsOf, quoted, reasons } from "../explain.js";
import { marked, remainderFacts, type Division } from "./division.js";
import { finding } from "./finding.js";
import { replacing, sayable, uniting } from "./proposals.js";

/** A place. */
interface At {
  readonly at: Span;
}

/** An axis of the input that a rearrangement would drop. */
export const lostAxis = ({
  name,
  at,
  callee,
}: At & { readonly name: string; readonly callee: string }): Diagnostic =>
  finding("pattern-lost-axis", {
    primary: { span: at, text: `${quoted(name)} does not occur on the right` },
    proposals: ["mean", "sum"].map((name) => ({ kind: "callee", at, name })),
    notes: [`${quoted(callee)} keeps every axis; reductions such as ${quoted("sum")} drop some`],
  });

/** An axis that one side of a pattern names twice. */
export const repeatedAxis = ({ name, at }: At & { readonly name: string }): Diagnostic =>
  finding("pattern-repeated-axis", {
    primary: { span: at, text: `${quoted(name)} occurs twice on this side` },
    notes: ["every axis has a name of its own on each side of the arrow"],
  });

/** An axis of the output, or a named size, that no input of the pattern names. */
export const unknownAxis = ({
  name,
  at,
  left,
}: At & { readonly name: string; readonly left: readonly string[] }): Diagnostic =>
  finding("pattern-unknown-axis", {
    primary: { span: at, text: `no axis ${quoted(name)} on the left` },
    proposals: [
      replacing(`leave out ${quoted(name)}`, { ...at, start: at.start - spaceBefore(at) }, ""),
    ],
    notes: left.length === 0 ? [] : [`the axes on the left: ${listed(left)}`],
  });

const spaceBefore = ({ file, start }: Span): number => Number(file.text[start - 1] === " ");

/** A pattern with another number of axes than the tensor; `isOpen` when it has `...`. */
export const rank = ({
  at,
  given,
  made,
  axes,
  isOpen,
}: At & {
  readonly given: Named;
  /** The expression that gave the tensor its axes. */
  readonly made?: Span | undefined;
  readonly axes: number;
  readonly isOpen: boolean;
}): Diagnostic => {
  const least = isOpen ? axes - 1 : axes;
  return finding("pattern-rank", {
    primary: {
      span: at,
      text: `${isOpen ? "at least " : ""}${String(least)} ${least === 1 ? "axis" : "axes"} for ${quoted(showType(given.type))}`,
    },
    secondary: madeHere(given, at, made),
    comparison: [row(given)],
  });
};

/** An axis, or the product of a group, that the tensor has in another size. */
export const size = (
  facts: At & {
    readonly actual: Dim;
    readonly expected: Dim;
    readonly given: Named;
    readonly verdict: Verdict;
    readonly name?: string;
  },
): Diagnostic => {
  const { at, actual, expected, given, verdict, name } = facts;
  return finding("shape-mismatch", {
    primary: {
      span: at,
      text: `${name === undefined || name === show(expected) ? "" : `${quoted(name)}: `}${meets(actual, expected)}`,
    },
    secondary: originsOf([actual, expected]),
    comparison: [marked(given, actual)],
    ...sayable("==", actual, expected, verdict),
    proposals: uniting(expected, actual),
    notes: [...difference(actual, expected), ...reasons("==", actual, expected, verdict)],
  });
};

/** A group whose known factors do not divide the axis. */
export const indivisible = (facts: Division): Diagnostic =>
  finding("pattern-indivisible", remainderFacts(facts));

/** A group with more than one factor that nothing sizes. */
export const undetermined = ({
  at,
  names,
}: At & { readonly names: readonly string[] }): Diagnostic =>
  finding("ambiguous-dim", {
    primary: { span: at, text: `nothing sizes ${listed(names)}` },
    notes: [
      "one factor of a group is computed; the others are dimensions in scope or named arguments, as in `h = 4`",
    ],
  });

/** `...` on the right of a pattern that has none on the left. */
export const restMissing = ({ at }: At): Diagnostic =>
  finding("pattern-unknown-axis", {
    primary: { span: at, text: "no `...` on the left" },
  });

/** An `einsum` with another number of operands than its pattern has inputs. */
export const operands = ({
  at,
  given,
  inputs,
}: At & { readonly given: number; readonly inputs: number }): Diagnostic =>
  finding("pattern-rank", {
    primary: {
      span: at,
      text: `${String(inputs)} ${inputs === 1 ? "input" : "inputs"} for ${String(given)} ${given === 1 ? "tensor" : "tensors"}`,
    },
    notes: ["the inputs of a pattern are separated by commas: `[i j, j k -> i k]`"],
  });
