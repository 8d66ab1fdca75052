// Findings about `scan`: its function, its state, and what it goes through.
import type { Span } from "../../../grammar/source.js";
import type { TensorType } from "../../types/tensor.js";
import { compareTypes, row, type Named } from "../compare.js";
import type { Diagnostic } from "../diagnostic.js";
import { originsOf, quoted } from "../explain.js";
import { finding } from "./finding.js";

interface At {
  readonly at: Span;
}

/** A function that does not give a state and something to collect. */
export const result = ({ at, isTuple }: At & { readonly isTuple: boolean }): Diagnostic =>
  finding("scan-result", {
    primary: { span: at, text: "this function does not give a next state and a value to collect" },
    notes: [
      isTuple
        ? "it gives a pair: the next states in the order of the first ones, and what is collected of each round"
        : "it gives a pair: the next state, and what is collected of each round",
    ],
  });

/** A state whose type is not the one that it starts with. */
export const changedState = ({
  at,
  before,
  after,
}: At & { readonly before: TensorType; readonly after: TensorType }): Diagnostic =>
  finding("scan-state", {
    primary: { span: at, text: "this state has another type than the one before it" },
    secondary: originsOf([...before.shape, ...after.shape]),
    comparison: compareTypes({ name: "before", type: before }, { name: "after", type: after }),
    notes: ["every round starts from the state that the one before it left"],
  });

/** Sequences of different lengths. */
export const lengths = ({
  at,
  first,
  other,
  axis,
  otherAxis,
}: At & {
  readonly first: Named;
  readonly other: Named;
  readonly axis: number;
  readonly otherAxis: number;
}): Diagnostic =>
  finding("scan-lengths", {
    primary: {
      span: at,
      text: `${quoted(other.name)} has another length than ${quoted(first.name)}`,
    },
    secondary: originsOf([...first.type.shape, ...other.type.shape]),
    comparison: [row(first, [axis]), row(other, [otherAxis])],
    notes: ["each round takes one element of every sequence"],
  });

/** No sequence at all, so that nobody knows how many rounds there are. */
export const nothingToScan = ({ at }: At): Diagnostic =>
  finding("scan-lengths", {
    primary: { span: at, text: "there is nothing to go through" },
    notes: ["the number of rounds is the size of an axis: `iota(T)` counts them"],
  });

/** A state of a layer that is written within a round. */
export const stateWritten = ({ at }: At): Diagnostic =>
  finding("scan-state", {
    primary: { span: at, text: "this function writes a state of a layer" },
    notes: [
      "what rounds hand on is their `state`; a `state` of a layer is written before or after the scan",
    ],
  });
