// Findings of `dl test`: properties and laws that do not hold for some values.
import type { Span } from "../../../grammar/source.js";
import type { Diagnostic } from "../diagnostic.js";
import { finding } from "./finding.js";

/** Where two sides are furthest apart. */
export interface Worst {
  readonly left: string;
  readonly right: string;
  /** `[0, 3]`; empty for scalars. */
  readonly index: string;
}

/** Values for which something does not hold, and how to see it again. */
export interface Counterexample {
  /** `T = 2`, `x = f32[1, 2] [[0, 1]]`. */
  readonly values: readonly string[];
  /** What was tried, such as `case 3 of 100, made simpler 12 times, seed 0`. */
  readonly how: string;
  /** A command that tries it again. */
  readonly again: string;
}

const notesOf = (
  { values, how, again }: Counterexample,
  more: readonly string[],
): readonly string[] => [
  ...values.map((value, i) => `${i === 0 ? "for" : "and"} ${value}`),
  ...more,
  how,
  `again: ${again}`,
];

/** An assertion that is false for some values. */
export const propertyFails = ({
  at,
  title,
  worst,
  counterexample,
}: {
  readonly at: Span;
  readonly title: Span;
  readonly worst?: Worst | undefined;
  readonly counterexample: Counterexample;
}): Diagnostic =>
  finding("property-fails", {
    primary: { span: at, text: worst ? sides(worst) : "is false" },
    secondary: [{ span: title, text: "of this property" }],
    notes: notesOf(counterexample, []),
  });

const sides = ({ left, right, index }: Worst): string =>
  `\`${left}\` on the left, \`${right}\` on the right${index === "" ? "" : `, at \`${index}\``}`;

/** A program that is wrong for values of a property which its checks let pass. */
export const propertyRefused = (
  cause: Diagnostic,
  { title, counterexample }: { readonly title: Span; readonly counterexample: Counterexample },
): Diagnostic => ({
  ...cause,
  secondary: [...cause.secondary, { span: title, text: "of this property" }],
  notes: [...cause.notes, ...notesOf(counterexample, [])],
});

/** A law that a declaration does not obey. `what` says which, `how` in which way it is broken. */
export const lawFails = ({
  at,
  law,
  says,
  what,
  counterexample,
  more = [],
}: {
  readonly at: Span;
  readonly law: string;
  readonly says: string;
  readonly what: string;
  readonly counterexample: Counterexample;
  readonly more?: readonly string[];
}): Diagnostic =>
  finding("law-fails", {
    primary: { span: at, text: what },
    notes: [
      `the law \`${law}\`: ${says}`,
      ...notesOf(counterexample, more),
      `\`@skip(${law}, "reason")\` leaves the law out`,
    ],
  });

/** A property without anything to assert, or whose variables have no values. */
export const nothingToTry = ({
  at,
  why,
}: {
  readonly at: Span;
  readonly why: string;
}): Diagnostic => finding("nothing-to-try", { primary: { span: at, text: why } });
