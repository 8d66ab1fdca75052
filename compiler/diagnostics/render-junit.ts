// Findings as a JUnit report: a suite for each file, a test case for each declaration, failed where an error lies in it.
import type { Span } from "../../grammar/source.js";
import type { Diagnostic } from "./diagnostic.js";
import { renderOne } from "./render-text.js";
import { report } from "./report.js";
import { headline } from "./summary.js";

/** Something that was checked: a declaration, such as `layer Mlp`, and where it stands. */
export interface Subject {
  readonly name: string;
  readonly span: Span;
}

/** A file that was checked and its declarations. */
export interface CheckedFile {
  readonly path: string;
  readonly subjects: readonly Subject[];
}

/** The report as XML. Findings in files that were not asked for, such as imported ones, get a suite of their own. */
export function renderJunit(
  diagnostics: readonly Diagnostic[],
  files: readonly CheckedFile[],
  tool = "dl check",
): string {
  const { shown, hidden, errors } = report(diagnostics);
  const known = new Set(files.map(({ path }) => path));
  const others = [...new Set(shown.map((d) => d.primary.span.file.path))]
    .filter((path) => !known.has(path))
    .map((path): CheckedFile => ({ path, subjects: [] }));
  const suites = [...files, ...others].map((file) => suiteOf(file, shown));
  const rest = hidden > 0 ? [element("system-out", {}, [escape(`+${String(hidden)} more`)])] : [];
  const cases = suites.flatMap((s) => s.cases);
  return `<?xml version="1.0" encoding="UTF-8"?>\n${element(
    "testsuites",
    { name: tool, tests: cases.length, failures: failed(cases), errors: 0 },
    [...suites.map(printSuite), ...(errors === 0 ? [] : rest)],
  )}\n`;
}

interface Case {
  readonly name: string;
  readonly errors: readonly Diagnostic[];
  readonly warnings: readonly Diagnostic[];
}

interface Suite {
  readonly path: string;
  readonly cases: readonly Case[];
}

/** The first case is the file itself: it holds what lies in no declaration. */
function suiteOf({ path, subjects }: CheckedFile, shown: readonly Diagnostic[]): Suite {
  const here = shown.filter((d) => d.primary.span.file.path === path);
  const home = (d: Diagnostic): Subject | undefined =>
    subjects.find(
      ({ span }) => span.start <= d.primary.span.start && d.primary.span.start <= span.end,
    );
  const homes = new Map(here.map((d) => [d, home(d)]));
  const caseOf = (name: string, subject: Subject | undefined): Case => {
    const own = here.filter((d) => homes.get(d) === subject);
    return {
      name,
      errors: own.filter((d) => d.severity === "error"),
      warnings: own.filter((d) => d.severity === "warning"),
    };
  };
  return {
    path,
    cases: [caseOf(path, undefined), ...subjects.map((s) => caseOf(s.name, s))],
  };
}

const failed = (cases: readonly Case[]): number => cases.filter((c) => c.errors.length > 0).length;

function printSuite({ path, cases }: Suite): string {
  const counts = { tests: cases.length, failures: failed(cases), errors: 0, skipped: 0 };
  return element(
    "testsuite",
    { name: path, ...counts },
    cases.map((c) => printCase(path, c)),
  );
}

function printCase(path: string, { name, errors, warnings }: Case): string {
  const [first] = errors;
  const parts: string[] = [];
  if (first) {
    const more = errors.length > 1 ? ` (+${String(errors.length - 1)} more)` : "";
    const facts = { type: first.code, message: `${headline(first)}${more}` };
    parts.push(element("failure", facts, [texts(errors)]));
  }
  if (warnings.length > 0) parts.push(element("system-out", {}, [texts(warnings)]));
  return element("testcase", { name, classname: path, file: path }, parts);
}

const texts = (diagnostics: readonly Diagnostic[]): string =>
  escape(diagnostics.map((d) => renderOne(d)).join("\n\n"));

type Attributes = Readonly<Record<string, string | number>>;

function element(name: string, attributes: Attributes, content: readonly string[]): string {
  const head = [
    name,
    ...Object.entries(attributes).map(([key, value]) => `${key}="${escape(String(value))}"`),
  ].join(" ");
  return content.length === 0 ? `<${head}/>` : `<${head}>${content.join("\n")}</${name}>`;
}

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
};

/** Text for XML 1.0, which has no place for most control characters and for halves of characters. */
function escape(text: string): string {
  return text
    .replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, "\ufffd")
    .replace(/[&<>"]/g, (c) => entities[c] ?? c);
}
