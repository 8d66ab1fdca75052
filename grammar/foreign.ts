// Comments and quotes of other languages, each put into ours before the text is read again: one mistake stays one.
import type { SyntaxProblem } from "./syntax-problem.js";
import type { SourceFile } from "./source.js";

/** A text in our own marks, of the same length, and what was wrong with it. */
export interface Translated {
  readonly text: string;
  readonly problems: readonly SyntaxProblem[];
}

// What is ours comes first, so that nothing inside of it is taken for foreign.
const marks =
  /(?<own>\/\/[^\n]*|"(?!"")[^"\n]*"?)|(?<comment>#[^\n]*|\/\*[^]*?(?:\*\/|$))|(?<text>"""[^]*?(?:"""|$))|(?<quoted>'[^'\n]*'|[“”„][^“”\n]*[“”]|[‘’][^‘’\n]*[‘’])/g;

/** Whether a text without illegal characters may still hold foreign marks. */
export const mayBeForeign = (text: string): boolean => text.includes("/*") || text.includes('"""');

/** The text with foreign comments blanked and foreign quotes made straight; undefined where there are none. */
export function translate(file: SourceFile): Translated | undefined {
  const problems: SyntaxProblem[] = [];
  const text = file.text.replace(marks, (...match) => {
    const [whole] = match as [string];
    const start = match.at(-3) as number;
    const groups = match.at(-1) as Readonly<Record<string, string | undefined>>;
    if (groups["own"] !== undefined) return whole;
    const isQuoted = groups["quoted"] !== undefined;
    const mark = /^(?:\/\*|"""|.)/u.exec(whole)?.[0] ?? whole;
    const end = start + (isQuoted ? whole.length : mark.length);
    const found = `\`${mark}\``;
    problems.push({ code: "illegal-character", span: { file, start, end }, found, expected: [] });
    if (!isQuoted) return whole.replace(/[^\r\n]/g, " ");
    return `"${whole.slice(1, -1).replaceAll('"', "'")}"`;
  });
  return problems.length > 0 ? { text, problems } : undefined;
}
