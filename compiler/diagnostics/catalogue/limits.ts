// Findings about what a machine cannot do.
import type { Span } from "../../../grammar/source.js";
import { show, type Dim } from "../../types/dim.js";
import type { Diagnostic } from "../diagnostic.js";
import { quoted } from "../explain.js";
import { finding } from "./finding.js";

/** Most terms of a size that is compared with others. */
export const mostTerms = 256;

/** A tensor or buffer beyond what can be addressed. `size` and `limit` with their unit. */
export const sizeOverflow = ({
  at,
  what,
  size,
  limit,
}: {
  readonly at: Span;
  readonly what: string;
  readonly size: string;
  readonly limit?: string;
}): Diagnostic =>
  finding("size-overflow", {
    primary: { span: at, text: `${what} would take ${size}` },
    notes: limit === undefined ? [] : [`the limit is ${limit}`],
  });

/** A size with a factor beyond the whole numbers that are computed exactly, or of too many terms to be compared. */
export const numberTooLarge = ({
  at,
  what,
}: {
  readonly at: Span;
  readonly what: "a factor" | "terms";
}): Diagnostic =>
  finding("number-too-large", {
    primary: {
      span: at,
      text:
        what === "terms"
          ? `multiplied out, this size has more than ${grouped(mostTerms)} terms`
          : "this size has a factor too large to be exact",
    },
    notes:
      what === "terms" ? [] : [`whole numbers are exact up to ${grouped(Number.MAX_SAFE_INTEGER)}`],
  });

/** Calls or expressions inside each other, beyond what any program needs. */
export const evaluationTooDeep = ({ at }: { readonly at: Span }): Diagnostic =>
  finding("too-much-to-evaluate", {
    primary: { span: at, text: "calls and expressions stand too deep inside each other here" },
    notes: [
      "a function that is given to itself, or a very long chain of members, indices or calls",
    ],
  });

/** A declaration whose loops and calls take too many steps. */
export const evaluationTooLong = ({
  at,
  limit,
}: {
  readonly at: Span;
  readonly limit: number;
}): Diagnostic =>
  finding("too-much-to-evaluate", {
    primary: { span: at, text: `up to here the declaration took ${grouped(limit)} steps to check` },
    notes: [
      "loops of known length run in full; a function with a declared result is not evaluated where it is called",
    ],
  });

/** A list or range of known length with too many elements. */
export const tooManyElements = ({
  at,
  elements,
  limit,
}: {
  readonly at: Span;
  readonly elements: number;
  readonly limit: number;
}): Diagnostic =>
  finding("too-much-to-evaluate", {
    primary: { span: at, text: `this has ${grouped(elements)} elements` },
    notes: [`what is known element by element has at most ${grouped(limit)} of them`],
  });

/** A `for` whose number of rounds is a size that only calls bind: a program has as many rounds as were known when it was built. */
export const openLoop = ({ at, rounds }: { readonly at: Span; readonly rounds: Dim }): Diagnostic =>
  finding("open-loop", {
    primary: {
      span: at,
      text: `${quoted(show(rounds))} rounds, known only when an input is given`,
    },
    notes: [
      "`scan` goes along an axis of any length; a `for` has as many rounds as static arguments say",
    ],
  });

/** A whole number with its thousands apart. */
const grouped = (n: number): string => n.toLocaleString("en-US");
