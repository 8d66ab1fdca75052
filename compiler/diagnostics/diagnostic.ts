// What the compiler says about a program, as data; renderers turn it into text, JSON and editor messages.
import type { Span } from "../../grammar/source.js";
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

/** A repair that can be applied as it stands. */
export interface Fix {
  readonly title: string;
  readonly edits: readonly Edit[];
}

/** One line of an aligned comparison: a name, its type axis by axis, and the axes to mark. */
export interface ComparisonRow {
  readonly name: string;
  readonly dtype: string;
  readonly axes: readonly string[];
  readonly marks: readonly number[];
  /** Whether the dtype itself is what differs. */
  readonly isDtypeMarked?: boolean;
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
  readonly fix?: Fix;
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
