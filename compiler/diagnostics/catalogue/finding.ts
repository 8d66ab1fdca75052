// Makes diagnostics: the table of codes gives title and severity, a catalogue function the rest.
import type { Diagnostic, Severity } from "../diagnostic.js";
import { codes, type Code } from "./codes.js";

/** What a catalogue function supplies; the table adds title and severity. */
export type Facts = Pick<Diagnostic, "primary"> &
  Partial<Pick<Diagnostic, "secondary" | "comparison" | "notes" | "clash" | "proposals">>;

/** A diagnostic of a code. Empty comparisons and proposals are left out. */
export function finding(code: Code, facts: Facts): Diagnostic {
  const row: { readonly title: string; readonly severity?: Severity } = codes[code];
  const { primary, secondary = [], comparison = [], notes = [], clash, proposals = [] } = facts;
  return {
    code,
    severity: row.severity ?? "error",
    title: row.title,
    primary,
    secondary,
    ...(comparison.length > 0 ? { comparison } : {}),
    notes,
    ...(clash ? { clash } : {}),
    ...(proposals.length > 0 ? { proposals } : {}),
  };
}
