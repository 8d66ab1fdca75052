// Findings as JSON for tools: stable keys, positions counted from 1.
import { positionOf, type Span } from "../../grammar/source.js";
import type { Diagnostic } from "./diagnostic.js";
import { report } from "./report.js";

/** All findings of a run as one JSON document with a version. */
export function renderJson(diagnostics: readonly Diagnostic[]): string {
  const { shown, hidden, errors, warnings } = report(diagnostics);
  return JSON.stringify(
    { version: 1, errors, warnings, hidden, diagnostics: shown.map(toJson) },
    null,
    2,
  );
}

/** One finding as a plain object. */
export function toJson(d: Diagnostic): object {
  const { code, severity, title, notes, comparison, fixes = [] } = d;
  return {
    code,
    severity,
    title,
    primary: label(d.primary),
    secondary: d.secondary.map(label),
    ...(comparison
      ? {
          comparison: comparison.map(({ name, dtype, axes, marks }) => ({
            name,
            type: `${dtype}[${axes.join(", ")}]`,
            axes,
            marks,
          })),
        }
      : {}),
    notes,
    fixes: fixes.map(({ title, leaves, edits }) => ({
      title,
      leaves,
      edits: edits.map(({ span, text }) => ({ ...place(span), text })),
    })),
  };
}

const label = ({ span, text }: { readonly span: Span; readonly text: string }): object => ({
  ...place(span),
  text,
});

function place({ file, start, end }: Span): object {
  const [from, to] = [positionOf(file, start), positionOf(file, end)];
  return {
    path: file.path,
    line: from.line,
    column: from.column,
    endLine: to.line,
    endColumn: to.column,
    start,
    end,
  };
}
