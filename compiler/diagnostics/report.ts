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

/** Sorts by file and position, drops repetitions, and keeps the first hundred, errors before warnings where some must go. */
export function arrange(diagnostics: readonly Diagnostic[], limit = maxReported): Report {
  const unique = new Map<string, Diagnostic>();
  for (const d of diagnostics) {
    const key = `${d.code}\n${d.primary.span.file.path}\n${String(d.primary.span.start)}\n${String(d.primary.span.end)}\n${d.primary.text}`;
    if (!unique.has(key)) unique.set(key, d);
  }
  const all = [...unique.values()];
  const errors = all.filter((d) => d.severity === "error").sort(byPlace);
  const warnings = all.filter((d) => d.severity === "warning").sort(byPlace);
  const kept = [...errors, ...warnings].slice(0, limit);
  return {
    shown: kept.sort(byPlace),
    hidden: all.length - kept.length,
    errors: errors.length,
    warnings: warnings.length,
  };
}

function byPlace(a: Diagnostic, b: Diagnostic): number {
  const [x, y] = [a.primary.span, b.primary.span];
  if (x.file.path !== y.file.path) return x.file.path < y.file.path ? -1 : 1;
  return x.start - y.start || x.end - y.end || (a.code < b.code ? -1 : 1);
}
