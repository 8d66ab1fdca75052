// Source files, spans, and the conversion between offsets and line and column.

/** A named text. `path` is what diagnostics print: project-relative where there is a project. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
}

/** Half-open range of UTF-16 offsets in one source file. */
export interface Span {
  readonly file: SourceFile;
  readonly start: number;
  readonly end: number;
}

/** A place for people: both counted from 1, the column in UTF-16 units. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** The smallest span that covers both; they must lie in one file. */
export function join(a: Span, b: Span): Span {
  return { file: a.file, start: Math.min(a.start, b.start), end: Math.max(a.end, b.end) };
}

const lineStarts = new WeakMap<SourceFile, readonly number[]>();

/** Offsets at which the lines of a file start; computed once a file. */
export function linesOf(file: SourceFile): readonly number[] {
  const known = lineStarts.get(file);
  if (known) return known;
  const starts = [0];
  for (let i = file.text.indexOf("\n"); i >= 0; i = file.text.indexOf("\n", i + 1))
    starts.push(i + 1);
  lineStarts.set(file, starts);
  return starts;
}

/** Line and column of an offset, by binary search over the line starts. */
export function positionOf(file: SourceFile, offset: number): Position {
  const starts = linesOf(file);
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((starts[middle] ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return { line: low + 1, column: offset - (starts[low] ?? 0) + 1 };
}

/** The text of one line (from 1) without its line break. */
export function lineText(file: SourceFile, line: number): string {
  const starts = linesOf(file);
  const start = starts[line - 1] ?? file.text.length;
  const end = starts[line] ?? file.text.length + 1;
  return file.text.slice(start, end - 1).replace(/\r$/, "");
}

/** The source text that a span covers. */
export const textOf = (span: Span): string => span.file.text.slice(span.start, span.end);
