// Findings whose places have moved: the same words about the same text at other offsets.
import type { SourceFile, Span } from "../../grammar/source.js";
import type { Diagnostic } from "../diagnostics/index.js";

/** Where a span lies now; undefined where its text is gone. */
export type Move = (span: Span) => Span | undefined;

/** A finding at the places where its text lies now; undefined where some of that is gone. */
export function movedFinding(
  finding: Diagnostic,
  isOld: (file: SourceFile) => boolean,
  move: Move,
): Diagnostic | undefined {
  if (!mentions(finding, isOld)) return finding;
  const lost: Span[] = [];
  const walk = (value: unknown): unknown => {
    if (Array.isArray(value)) {
      const parts: readonly unknown[] = value;
      return parts.map(walk);
    }
    if (typeof value !== "object" || value === null) return value;
    if (isSpan(value)) {
      const now = isOld(value.file) ? move(value) : value;
      if (!now) lost.push(value);
      return now;
    }
    const parts = Object.entries(value) as readonly (readonly [string, unknown])[];
    return Object.fromEntries(
      parts.map(([key, part]) => [key, key === "clash" ? part : walk(part)]),
    );
  };
  const moved = walk(finding) as Diagnostic;
  return lost.length === 0 ? moved : undefined;
}

const isSpan = (value: object): value is Span =>
  "file" in value && "start" in value && "end" in value;

/** Whether a finding names a place in some file that is no more. */
function mentions(value: unknown, isOld: (file: SourceFile) => boolean): boolean {
  if (Array.isArray(value)) return value.some((part) => mentions(part, isOld));
  if (typeof value !== "object" || value === null) return false;
  if (isSpan(value)) return isOld(value.file);
  // The sizes that a finding is about are of use only while it is worded.
  return Object.entries(value).some(([key, part]) => key !== "clash" && mentions(part, isOld));
}
