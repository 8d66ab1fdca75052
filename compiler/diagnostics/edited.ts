// Texts with edits made, and the lines that an edit changes.
import { lineText, positionOf, type SourceFile } from "../../grammar/source.js";
import type { Edit } from "./diagnostic.js";

/** The text with all edits made; they must not overlap. */
export function applyEdits(text: string, edits: readonly Edit[]): string {
  const ordered = [...edits].sort((a, b) => b.span.start - a.span.start);
  return ordered.reduce(
    (t, { span, text: put }) => t.slice(0, span.start) + put + t.slice(span.end),
    text,
  );
}

/** One line of a file as it reads after edits, with the number that it then has. */
export interface EditedLine {
  readonly path: string;
  readonly line: number;
  readonly content: string;
}

/** Every line that the edits change, as it then reads, file by file. */
export function editedLines(edits: readonly Edit[]): readonly EditedLine[] {
  const files = new Map(edits.map((e) => [e.span.file.path, e.span.file]));
  return [...files.values()].flatMap((file) => linesIn(file, ofFile(file, edits)));
}

const ofFile = (file: SourceFile, edits: readonly Edit[]): readonly Edit[] =>
  edits.filter((e) => e.span.file.path === file.path).sort((a, b) => a.span.start - b.span.start);

function linesIn(file: SourceFile, edits: readonly Edit[]): readonly EditedLine[] {
  const edited = { path: file.path, text: applyEdits(file.text, edits) };
  const lines = new Set<number>();
  let shift = 0;
  for (const { span, text } of edits) {
    const start = span.start + shift;
    shift += text.length - (span.end - span.start);
    const last = positionOf(edited, start + text.replace(/\n$/, "").length).line;
    for (let line = positionOf(edited, start).line; line <= last; line++) lines.add(line);
  }
  return [...lines].map((line) => ({ path: file.path, line, content: lineText(edited, line) }));
}

/** Where an offset of the file lies after the edits; what is replaced lies at the start of its replacement. */
export function movedOffset(offset: number, file: SourceFile, edits: readonly Edit[]): number {
  let shift = 0;
  for (const { span, text } of ofFile(file, edits)) {
    if (span.start > offset) break;
    if (span.end > offset) return span.start + shift;
    if (span.start === offset && span.end === offset) break;
    shift += text.length - (span.end - span.start);
  }
  return offset + shift;
}
