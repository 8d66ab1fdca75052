// Findings as workflow commands of GitHub Actions, which shows them beside the lines of a change.
import { positionOf } from "../../grammar/source.js";
import type { Diagnostic } from "./diagnostic.js";
import { report } from "./report.js";
import { details } from "./summary.js";

/** One annotation a line, and a notice with the count of what is not shown. */
export function renderGithub(diagnostics: readonly Diagnostic[]): string {
  const { shown, hidden } = report(diagnostics);
  const lines = shown.map(annotation);
  if (hidden > 0) lines.push(`::notice::+${String(hidden)} more`);
  return lines.map((line) => `${line}\n`).join("");
}

function annotation(d: Diagnostic): string {
  const properties = Object.entries({ ...place(d), title: `${d.title} [${d.code}]` }).map(
    ([key, value]) => `${key}=${property(value)}`,
  );
  const message = [d.primary.text, ...details(d)].filter((line) => line !== "").join("\n");
  return `::${d.severity} ${properties.join(",")}::${data(message === "" ? d.title : message)}`;
}

/** Columns are shown only for a span within one line: GitHub ignores the others. */
function place({ primary }: Diagnostic): Readonly<Record<string, string>> {
  const { file, start, end } = primary.span;
  if (file.text === "") return { file: file.path };
  const [from, to] = [positionOf(file, start), positionOf(file, end)];
  const lines = { file: file.path, line: String(from.line), endLine: String(to.line) };
  if (from.line !== to.line) return lines;
  return { ...lines, col: String(from.column), endColumn: String(to.column) };
}

/** Text behind `::`, where a line break would end the command. */
const data = (text: string): string =>
  text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");

/** The value of a property, where colons and commas have a meaning too. */
const property = (text: string): string => data(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
