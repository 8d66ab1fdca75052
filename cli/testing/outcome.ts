// What came of one test: the same data for every form it is printed in.
import type { Diagnostic } from "../../compiler/diagnostics/index.js";
import type { Span } from "../../grammar/source.js";

/** A property, or one law of one declaration. */
export interface Outcome {
  /** `property "…"`, or the declaration: `fn relu`. */
  readonly subject: string;
  /** The law, where it is one of a declaration. */
  readonly law?: string;
  readonly span: Span;
  readonly status: "passed" | "failed" | "left out";
  /** How many cases were tried. */
  readonly runs: number;
  /** Why it was left out, or ended before all cases were tried. */
  readonly reason?: string;
  readonly diagnostics: readonly Diagnostic[];
}

/** The outcomes that failed. */
export const failures = (outcomes: readonly Outcome[]): readonly Outcome[] =>
  outcomes.filter(({ status }) => status === "failed");
