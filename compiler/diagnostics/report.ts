// Puts findings into the order in which they are read: by file and place, each once, at most a hundred.
import type { Diagnostic } from "./diagnostic.js";

/** How many findings one run shows. */
export const maxReported = 100;

/** What is shown, and how many findings are not. */
export interface Report {
  readonly shown: readonly Diagnostic[];
  readonly hidden: number;
  readonly errors: number;
  readonly warnings: number;
}

/** Sorts by file and position and drops repetitions. */
export function arrange(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  const unique = new Map<string, Diagnostic>();
  for (const d of diagnostics) {
    const { span, text } = d.primary;
    const key = [d.code, span.file.path, span.start, span.end, text].join("\n");
    if (!unique.has(key)) unique.set(key, d);
  }
  return [...unique.values()].sort(byPlace);
}

/** The first hundred findings in order; warnings give way to errors where not all can be shown. */
export function report(diagnostics: readonly Diagnostic[], limit = maxReported): Report {
  const all = arrange(diagnostics);
  const errors = all.filter((d) => d.severity === "error");
  const warnings = all.filter((d) => d.severity === "warning");
  const shown = arrange([...errors, ...warnings].slice(0, limit));
  return {
    shown,
    hidden: all.length - shown.length,
    errors: errors.length,
    warnings: warnings.length,
  };
}

function byPlace(a: Diagnostic, b: Diagnostic): number {
  const [x, y] = [a.primary.span, b.primary.span];
  if (x.file.path !== y.file.path) return x.file.path < y.file.path ? -1 : 1;
  return x.start - y.start || x.end - y.end || compare(a.code, b.code);
}

/** Findings that are alike in all of this stay in the order in which they were found. */
const compare = (a: string, b: string): number => (a === b ? 0 : a < b ? -1 : 1);
