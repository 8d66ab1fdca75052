// The rules of the style guide for messages as far as a program can hold them: each says what it finds wrong, or nothing.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { applyEdits, type Diagnostic } from "../../compiler/diagnostics/index.js";
import { lineText, positionOf } from "../../grammar/source.js";
import { errorsOf, type WrongCase } from "../harness/corpus.js";
import { root } from "../harness/sources.js";

/** One rule: a name, and what speaks against a finding of a case; undefined where it keeps the rule. */
export interface Rule {
  readonly name: string;
  readonly check: (found: Diagnostic, wrong: WrongCase) => string | undefined;
}

/** Everything that a finding says in words. */
const wordsOf = ({ title, primary, secondary, notes, fixes = [] }: Diagnostic): string =>
  [
    title,
    primary.text,
    ...secondary.map((l) => l.text),
    ...notes,
    ...fixes.map((f) => f.title),
  ].join("\n");

/** What a text sets in backticks. */
const quotedIn = (text: string): readonly string[] =>
  [...text.matchAll(/`([^`]+)`/g)].map((m) => m[1] ?? "");

/** The axes of a comparison that are marked. */
const markedAxes = ({ comparison = [] }: Diagnostic): readonly string[] =>
  comparison.flatMap((r) => r.marks.map((m) => r.axes[m] ?? ""));

const isSymbolic = (axis: string): boolean => /[A-Za-z]/.test(axis);
const isCompound = (axis: string): boolean => isSymbolic(axis) && /[-+*/%]/.test(axis);

/** The rules, in the order of the guide. */
export const rules: readonly Rule[] = [
  {
    name: "a title of at most six words, in sentence case, without a full stop",
    check: ({ title }) =>
      title.split(" ").length <= 6 && /^[A-Z][^A-Z]*[^.]$/.test(title.replaceAll("GPU", "gpu"))
        ? undefined
        : title,
  },
  {
    name: "a primary span with a text, on one line unless the whole expression is what is wrong",
    check: ({ primary: { span } }) => {
      const { line, column } = positionOf(span.file, span.start);
      const rest = lineText(span.file, line).slice(column - 1);
      const isAtEnd = rest.trim() === "";
      return span.end > span.start || isAtEnd ? undefined : "the span is empty";
    },
  },
  {
    name: "types side by side have both their rows, with a mark where they differ",
    check: ({ comparison = [], code }) => {
      const isComparing = /mismatch|broadcast|stretch|variant|write-shape/.test(code);
      if (!isComparing) return undefined;
      if (comparison.length === 0) return "no types are shown";
      const isMarked = comparison.some((r) => r.marks.length > 0 || r.isDtypeMarked === true);
      const isScalar = comparison.some((r) => r.axes.length === 0);
      return isMarked || isScalar ? undefined : "nothing is marked";
    },
  },
  {
    name: "every symbolic size in question is said to be declared somewhere",
    check: (found) => {
      const wanted = markedAxes(found).filter((axis) => isSymbolic(axis) && axis !== "...");
      return wanted.length > 0 && found.secondary.length === 0
        ? `nothing says where ${wanted.join(", ")} come from`
        : undefined;
    },
  },
  {
    name: "arithmetic comes solved: a difference, a counterexample or the missing fact",
    check: (found) => {
      const isOpen = markedAxes(found).some(isCompound) && /mismatch|broadcast/.test(found.code);
      const solved = /differ by|for `|missing fact|makes|remainder|is \d/;
      return isOpen && !solved.test([...found.notes, found.primary.text].join("\n"))
        ? "nothing is solved"
        : undefined;
    },
  },
  {
    name: "neutral words",
    check: (found) =>
      /\b(I|we|you|your|sorry|please|oops|invalid|illegal|bad|error)\b|!(?!=)/i.exec(
        wordsOf(found)
          .replaceAll(/`[^`]*`/g, "")
          .replaceAll("leaves no error", ""),
      )?.[0],
  },
  {
    name: "no internals of the compiler",
    check: (found) =>
      /operand \d|\bundefined\b|\bNaN\b|\[object|%\w|\bAST\b|\bnode\b|\bgraph\b|\btoken\b/.exec(
        [wordsOf(found), ...(found.comparison ?? []).map((r) => r.name)].join("\n"),
      )?.[0],
  },
  {
    name: "one report",
    check: (_, wrong) => {
      const { length } = errorsOf(wrong.files);
      return length === 1 ? undefined : `${String(length)} errors`;
    },
  },
  {
    name: "a repair that leaves as many errors as it says",
    check: ({ fixes = [] }, { files }) => {
      const [fix] = fixes;
      if (!fix) return undefined;
      const mended = files.map((file) => ({
        ...file,
        text: applyEdits(
          file.text,
          fix.edits.filter(({ span }) => span.file.path === file.path),
        ),
      }));
      const left = errorsOf(mended).length;
      return left === fix.leaves ? undefined : `leaves ${String(left)} errors`;
    },
  },
  {
    name: "both things by their names",
    check: (found) => {
      const named = [...quotedIn(wordsOf(found)), ...(found.comparison ?? []).map((r) => r.name)];
      return new Set(named).size >= 2 ? undefined : `only ${named.join(", ")}`;
    },
  },
  {
    name: "a page for the code",
    check: ({ code }) =>
      existsSync(join(root, "docs", "errors", `${code}.md`)) ? undefined : `no page for ${code}`,
  },
];
