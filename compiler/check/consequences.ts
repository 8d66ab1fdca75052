// Keeps quiet about what is missing only because a syntax error kept it from being read.
import type { Code, Diagnostic } from "../diagnostics/index.js";
import type { Library } from "../resolve/modules.js";

/** Findings that something is not there. */
const absences: ReadonlySet<Code> = new Set<Code>([
  "unknown-name",
  "unknown-member",
  "unknown-export",
  "unknown-variable",
  "missing-forward",
  "not-a-model",
  "selector-no-match",
  "loss-missing",
  "optimizer-missing",
]);

/** The findings without those that miss a name which unread text may have declared. */
export function withoutConsequences(
  library: Library,
  found: readonly Diagnostic[],
): readonly Diagnostic[] {
  const lost = new Set([...library.units.values()].flatMap((unit) => [...unit.lost]));
  if (lost.size === 0) return found;
  return found.filter((d) => !absences.has(d.code) || !quotedWords(d).some((w) => lost.has(w)));
}

const quotedWords = ({ primary }: Diagnostic): readonly string[] =>
  [...primary.text.matchAll(/`([^`]*)`/g)].flatMap(([, name]) => name?.match(/\w+/g) ?? []);
