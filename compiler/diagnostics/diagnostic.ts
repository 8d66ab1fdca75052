// What the compiler says about a program, as data; renderers turn it into text, JSON and editor messages.
import type { Span } from "../../grammar/source.js";
import type { Relation } from "../types/constraints.js";
import type { Dim } from "../types/dim.js";
import type { Code } from "./catalogue/codes.js";

/** Errors make a program unusable; warnings do not, and can be silenced by `@allow(code)`. */
export type Severity = "error" | "warning";

/** A place and what is to be said about it. */
export interface Label {
  readonly span: Span;
  readonly text: string;
}

/** Replaces the text of a span. */
export interface Edit {
  readonly span: Span;
  readonly text: string;
}

/** A repair that was applied to the files and checked: it removes its error and adds none. */
export interface Fix {
  readonly title: string;
  readonly edits: readonly Edit[];
  /** How many errors the checked files still have once it is made. */
  readonly leaves: number;
}

/**
 * A repair worth trying, not yet known to help. The edits of some follow from the tree around the place, which the
 * catalogue does not see; `compiler/repair` works them out.
 */
export type Proposal =
  | {
      readonly kind: "edit";
      readonly title: string;
      readonly edits: readonly Edit[];
      /** Shown beside others of this kind: the program may have meant either. */
      readonly isAlternative?: true;
    }
  /** Another type in the place of the one that is declared here. */
  | { readonly kind: "declare"; readonly at: Span; readonly type: string }
  /** A `where` clause for the declaration around the place. */
  | { readonly kind: "clause"; readonly clause: string }
  /** An import of a name that some module declares. */
  | { readonly kind: "import"; readonly name: string }
  /** The transpose of an operand of the expression here, or of the argument that stands here. */
  | { readonly kind: "transpose"; readonly at: Span }
  /** Something around the operand of the expression here that is written so: `cast(` and `, f32)`. */
  | {
      readonly kind: "wrap";
      readonly title: string;
      readonly at: Span;
      readonly operand: string;
      readonly before: string;
      readonly after: string;
      readonly isAlternative?: true;
    }
  /** The argument here left out. */
  | { readonly kind: "drop"; readonly at: Span }
  /** A value in scope for an argument that the call here leaves out. */
  | { readonly kind: "give"; readonly at: Span; readonly name: string }
  /** The axes of the value here in another order: result axis `i` is axis `order[i]`. */
  | { readonly kind: "permute"; readonly at: Span; readonly order: readonly number[] }
  /** Another name wherever the file uses this one. */
  | { readonly kind: "rename"; readonly name: string; readonly as: string }
  /** The nearest module that exists. */
  | { readonly kind: "module"; readonly at: Span; readonly name: string }
  /** A size that the arguments of the function around the place determine, in the place of the name here. */
  | { readonly kind: "size"; readonly at: Span }
  /** Another function in the call around the place. */
  | { readonly kind: "callee"; readonly at: Span; readonly name: string }
  /** Another axis in the call around the place, of a tensor with this many. */
  | { readonly kind: "axis"; readonly at: Span; readonly rank: number }
  /** Another order of the operands of the expression here, or of the arguments of the call that this is one of. */
  | { readonly kind: "swap"; readonly at: Span }
  /** A size of the signature around the place by the name of another. */
  | { readonly kind: "unite"; readonly name: string; readonly as: string }
  /** An element type for the parameter of this name. */
  | { readonly kind: "retype"; readonly at: Span; readonly name: string; readonly dtype: string };

/** One line of an aligned comparison: a name, its type axis by axis, and the axes to mark. */
export interface ComparisonRow {
  readonly name: string;
  readonly dtype: string;
  readonly axes: readonly string[];
  readonly marks: readonly number[];
  /** Whether the dtype itself is what differs. */
  readonly isDtypeMarked?: boolean;
}

/** What should hold between two sizes and does not, or is not proved. */
export interface Clash {
  readonly relation: Relation | "divides";
  readonly left: Dim;
  readonly right: Dim;
  /** Whether a `where` clause could say it, so that a missing fact is worth naming. */
  readonly isSayable?: boolean;
}

/** One finding. Everything that a renderer needs, and no layout. */
export interface Diagnostic {
  readonly code: Code;
  readonly severity: Severity;
  /** At most six words, no full stop. */
  readonly title: string;
  /** The smallest place that must change. A span of an empty text stands for a whole file. */
  readonly primary: Label;
  /** Where the facts came from, possibly in other files. */
  readonly secondary: readonly Label[];
  /** Types side by side. */
  readonly comparison?: readonly ComparisonRow[];
  readonly notes: readonly string[];
  /** The sizes that the finding is about: the first pair of them. */
  readonly clash?: Clash;
  /** Repairs worth trying, best first; shown by nobody before they were applied and checked. */
  readonly proposals?: readonly Proposal[];
  /** Repairs that hold: at most one, or the two that the program may have meant. */
  readonly fixes?: readonly Fix[];
}

/** A value, or the errors that prevented it; warnings may come with either. */
export type Result<T> =
  | { readonly ok: true; readonly value: T; readonly diagnostics: readonly Diagnostic[] }
  | { readonly ok: false; readonly diagnostics: readonly Diagnostic[] };

/** A result with a value, and possibly warnings. */
export const success = <T>(value: T, diagnostics: readonly Diagnostic[] = []): Result<T> => ({
  ok: true,
  value,
  diagnostics,
});

/** A result without a value. */
export const failure = <T>(diagnostics: readonly Diagnostic[]): Result<T> => ({
  ok: false,
  diagnostics,
});

/** Whether anything among the diagnostics is an error. */
export const hasErrors = (diagnostics: readonly Diagnostic[]): boolean =>
  diagnostics.some((d) => d.severity === "error");

/** The span of a whole file that is no source text, such as a weights file. */
export const wholeFile = (path: string): Span => ({ file: { path, text: "" }, start: 0, end: 0 });
