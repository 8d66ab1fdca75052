// Findings as text for a terminal, in the form that docs/errors shows. Colour never carries meaning alone.
import { lineText, positionOf, type Span } from "../../grammar/source.js";
import type { ComparisonRow, Diagnostic, Fix, Label } from "./diagnostic.js";
import { editedLines } from "./edited.js";
import { report } from "./report.js";
import { placeOf, repairText } from "./summary.js";

/** What a piece of text is, for colouring. */
export type Role = "error" | "warning" | "title" | "path" | "gutter" | "mark" | "help";

/** Colours a piece of text; must keep its visible width. */
export type Paint = (role: Role, text: string) => string;

const plain: Paint = (_, text) => text;

const maxSecondary = 3;

/** How many changed lines of one repair are shown. */
const maxEdited = 4;

/** Lines longer than this do not push the labels of others to the right. */
const maxContent = 60;

/** All findings of a run, ordered, with a count of what was left out and of the whole. */
export function renderText(diagnostics: readonly Diagnostic[], paint: Paint = plain): string {
  const { shown, hidden, errors, warnings } = report(diagnostics);
  const parts = shown.map((d) => renderOne(d, paint));
  if (hidden > 0) parts.push(`+${String(hidden)} more`);
  if (errors + warnings > 1)
    parts.push(
      [counted(errors, "error"), counted(warnings, "warning")].filter((s) => s !== "").join(", "),
    );
  return parts.length === 0 ? "" : `${parts.join("\n\n")}\n`;
}

const counted = (n: number, noun: string): string =>
  n === 0 ? "" : `${String(n)} ${noun}${n === 1 ? "" : "s"}`;

/** One finding without a final line break. */
export function renderOne(d: Diagnostic, paint: Paint = plain): string {
  const width = gutterWidth(d);
  const margin = " ".repeat(width);
  const bar = `${margin} ${paint("gutter", "|")}`;
  const { span } = d.primary;
  const lines = [
    `${paint(d.severity, `${d.severity}[${d.code}]`)}: ${paint("title", d.title)}`,
    `${margin} ${paint("path", placeOf(span))}`,
  ];
  const secondary = secondaryLines(d, width, paint);
  const body = [
    primaryLines(d, width, paint),
    (d.comparison ?? []).length > 0 ? comparisonLines(d.comparison ?? [], bar, paint) : [],
    secondary,
  ].filter((block) => block.length > 0);
  for (const block of body) lines.push(bar, ...block);
  if (d.notes.length > 0 && body.length > 0) lines.push(bar);
  for (const note of d.notes) lines.push(`${margin} ${paint("gutter", "=")} ${note}`);
  for (const fix of d.fixes ?? []) lines.push(...fixLines(fix, width, span, paint));
  return lines.join("\n");
}

/** Digits of the largest line number shown, at least two. */
function gutterWidth(d: Diagnostic): number {
  const spans = [d.primary.span, ...shownLabels(d).map((l) => l.span)];
  const edited = (d.fixes ?? []).flatMap((fix) => editedLines(fix.edits).slice(0, maxEdited));
  const last = Math.max(
    ...spans.map((s) => positionOf(s.file, s.start).line),
    ...edited.map((e) => e.line),
  );
  return Math.max(2, String(last).length);
}

/** The line of the primary span with the span underlined; only the words for a file without a text. */
function primaryLines(
  { primary, severity }: Diagnostic,
  width: number,
  paint: Paint,
): readonly string[] {
  const { span, text } = primary;
  const gutter = `${" ".repeat(width)} ${paint("gutter", "|")}`;
  if (span.file.text === "") return [`${gutter} ${text}`];
  const { line, column } = positionOf(span.file, span.start);
  const content = lineText(span.file, line);
  const end = Math.min(
    column - 1 + Math.max(1, span.end - span.start),
    Math.max(content.length, column),
  );
  // Tabs stay tabs, so that the marks stand under what they mean.
  const indent = content
    .slice(0, column - 1)
    .replace(/[^\t]/g, " ")
    .padEnd(column - 1);
  const marks = "^".repeat(Math.max(1, end - (column - 1)));
  return [
    numbered(line, content, width, paint),
    `${gutter} ${indent}${paint(severity, `${marks} ${text}`.trimEnd())}`,
  ];
}

const numbered = (line: number, content: string, width: number, paint: Paint): string =>
  `${paint("gutter", `${String(line).padStart(width)} |`)} ${content}`.trimEnd();

/** The compared types below each other, carets under the axes that differ. */
function comparisonLines(
  rows: readonly ComparisonRow[],
  bar: string,
  paint: Paint,
): readonly string[] {
  const nameWidth = Math.max(...rows.map((r) => r.name.length)) + 3;
  return rows.flatMap((r) => {
    const type = `${r.dtype}[${r.axes.join(", ")}]`;
    const marks = marksUnder(r);
    return [
      `${bar}   ${r.name.padEnd(nameWidth)}${type}`,
      ...(marks === "" ? [] : [`${bar}   ${" ".repeat(nameWidth)}${paint("mark", marks)}`]),
    ];
  });
}

function marksUnder({ dtype, axes, marks, isDtypeMarked }: ComparisonRow): string {
  let line = (isDtypeMarked ? "^" : " ").repeat(dtype.length) + " ";
  axes.forEach((axis, i) => {
    line += (marks.includes(i) ? "^" : " ").repeat(axis.length) + (i < axes.length - 1 ? "  " : "");
  });
  return line.trimEnd();
}

/** The first few labels, one line each where they share a file with the primary one. */
function shownLabels(d: Diagnostic): readonly Label[] {
  return d.secondary.slice(0, maxSecondary);
}

function secondaryLines(d: Diagnostic, width: number, paint: Paint): readonly string[] {
  const places = byLine(d);
  const column = Math.max(0, ...places.map((p) => p.content.length).filter((n) => n <= maxContent));
  const lines: string[] = [];
  let path = d.primary.span.file.path;
  for (const { span, line, content, texts } of places) {
    if (span.file.path !== path) {
      path = span.file.path;
      lines.push(`${" ".repeat(width)} ${paint("path", placeOf(span))}`);
    }
    const gutter = paint("gutter", `${String(line).padStart(width)} |`);
    lines.push(`${gutter} ${content.padEnd(column)}  ${texts.join("; ")}`);
  }
  const rest = d.secondary.length - shownLabels(d).length;
  if (rest > 0) lines.push(`${" ".repeat(width)} ${paint("gutter", "|")} +${String(rest)} more`);
  return lines;
}

/** A line of source and everything that is said about it. */
interface LabelledLine {
  readonly span: Span;
  readonly line: number;
  readonly content: string;
  readonly texts: string[];
}

/** The shown labels gathered by line, those of the primary file first. */
function byLine(d: Diagnostic): readonly LabelledLine[] {
  const labels = [...shownLabels(d)].sort(
    (a, b) => rank(d, a) - rank(d, b) || a.span.start - b.span.start,
  );
  const lines = new Map<string, LabelledLine>();
  for (const { span, text } of labels) {
    const { line } = positionOf(span.file, span.start);
    const key = `${span.file.path}:${String(line)}`;
    const known = lines.get(key);
    if (known) known.texts.push(text);
    else lines.set(key, { span, line, content: lineText(span.file, line), texts: [text] });
  }
  return [...lines.values()];
}

/** Labels of the primary file come first. */
const rank = (d: Diagnostic, label: Label): number =>
  Number(label.span.file.path !== d.primary.span.file.path);

/** The words of a repair, and each line that it changes as it would read. */
function fixLines(fix: Fix, width: number, at: Span, paint: Paint): readonly string[] {
  const lines = [` ${paint("help", "help")}: ${repairText(fix)}`];
  const changed = editedLines(fix.edits);
  let path = at.file.path;
  for (const { path: there, line, content } of changed.slice(0, maxEdited)) {
    if (there !== path) lines.push(`${" ".repeat(width)} ${paint("path", there)}`);
    path = there;
    lines.push(numbered(line, content, width, paint));
  }
  const rest = changed.length - maxEdited;
  if (rest > 0) lines.push(`${" ".repeat(width)} ${paint("gutter", "|")} +${String(rest)} more`);
  return lines;
}
