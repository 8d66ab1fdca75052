// Applies edits to the files under check and says whether the error is gone, and how many are left.
import type { SourceFile, Span } from "../../grammar/source.js";
import { applyEdits, movedOffset, type Diagnostic, type Edit } from "../diagnostics/index.js";

/** Checks files that replace those of the same path: all declarations of them, or those whose spans are wanted. */
export type Recheck = (
  files: readonly SourceFile[],
  isWanted?: (declaration: Span) => boolean,
) => readonly Diagnostic[];

/** What edits do that remove an error and add none. */
export interface Outcome {
  /** How many errors are left. */
  readonly leaves: number;
  /** Whether another error is gone too. */
  readonly mends: (other: Diagnostic) => boolean;
}

/** What comes of some edits; nothing where they do not remove the error, add another or cost too much. */
export type Trial = (d: Diagnostic, edits: readonly Edit[]) => Outcome | undefined;

/** Tries edits of the given files until about `budget` characters were checked again; to read a file counts a quarter. */
export function openTrial(
  files: readonly SourceFile[],
  found: readonly Diagnostic[],
  recheck: Recheck,
  budget: number,
): Trial {
  const before = found.filter(isError);
  const cost = files.reduce((sum, f) => sum + f.text.length, 0);
  let left = budget;
  return (d, edits) => {
    if (left < cost || edits.length === 0 || !edits.every((e) => isAmong(files, e)))
      return undefined;
    left -= cost / 4;
    const edited = files.map((f) => edit(f, edits));
    const gone = keyAfter(d, edits);
    const known = new Set(before.map((e) => keyAfter(e, edits)).filter((key) => key !== gone));
    const errorsOf = (isWanted?: (declaration: Span) => boolean): readonly Diagnostic[] =>
      recheck(edited, isWanted).filter(isError);
    const isHarmless = (after: readonly Diagnostic[]): boolean =>
      after.every((e) => known.has(keyAfter(e, [])));
    // Most of what does not help shows so where the error was.
    const { file, start } = d.primary.span;
    const at = movedOffset(start, file, edits);
    const isHere = (span: Span): boolean =>
      span.file.path === file.path && span.start <= at && at <= span.end;
    if (!isHarmless(errorsOf(isHere))) return undefined;
    left -= cost;
    const after = errorsOf();
    if (!isHarmless(after)) return undefined;
    const kept = new Set(after.map((e) => keyAfter(e, [])));
    return { leaves: after.length, mends: (other) => !kept.has(keyAfter(other, edits)) };
  };
}

/** Only what is checked can be repaired: a fault in the library is mended where it is used. */
const isAmong = (files: readonly SourceFile[], { span }: Edit): boolean =>
  files.some((f) => f.path === span.file.path);

const isError = (d: Diagnostic): boolean => d.severity === "error";

function edit(file: SourceFile, edits: readonly Edit[]): SourceFile {
  const own = edits.filter((e) => e.span.file.path === file.path);
  return own.length === 0 ? file : { path: file.path, text: applyEdits(file.text, own) };
}

/** What an error is known by: its code and where its place lies after the edits. */
function keyAfter({ code, primary }: Diagnostic, edits: readonly Edit[]): string {
  const { file, start } = primary.span;
  return `${code} ${file.path} ${String(movedOffset(start, file, edits))}`;
}
