// Applies edits to the files under check and says whether the error is gone, and how many are left.
import type { SourceFile } from "../../grammar/source.js";
import { applyEdits, movedOffset, type Diagnostic, type Edit } from "../diagnostics/index.js";

/** How many errors are left once the edits are made; nothing where they do not remove the error, add another or cost too much. */
export type Trial = (d: Diagnostic, edits: readonly Edit[]) => number | undefined;

/** Tries edits of the given files until `budget` characters were checked again. */
export function openTrial(
  files: readonly SourceFile[],
  found: readonly Diagnostic[],
  recheck: (files: readonly SourceFile[]) => readonly Diagnostic[],
  budget: number,
): Trial {
  const before = found.filter(isError);
  const cost = files.reduce((sum, f) => sum + f.text.length, 0);
  let left = budget;
  return (d, edits) => {
    if (left < cost || edits.length === 0 || !edits.every((e) => isAmong(files, e)))
      return undefined;
    left -= cost;
    const edited = files.map((f) => edit(f, edits));
    const after = recheck(edited).filter(isError);
    const known = new Set(before.filter((e) => e !== d).map((e) => placeAfter(e, edits)));
    return after.every((e) => known.has(placeAfter(e, []))) ? after.length : undefined;
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
function placeAfter({ code, primary }: Diagnostic, edits: readonly Edit[]): string {
  const { file, start } = primary.span;
  return `${code} ${file.path} ${String(movedOffset(start, file, edits))}`;
}
