// A program as the page has it: a few files in one folder, with names that imports can say.
import type { SourceFile } from "../grammar/source.js";

/** Files that a program has at most; more need an editor on the machine itself. */
export const mostFiles = 24;

/** Why a name is none for a file beside others; undefined where it is one. */
export function problemOfName(name: string, others: readonly string[]): string | undefined {
  if (!/^[A-Za-z_][\w-]{0,59}\.dl$/.test(name))
    return `\`${name}\` is no name for a file: letters, digits, _ and -, then .dl`;
  // File systems that do not tell capitals from small letters would have one file for both.
  const same = others.find((other) => other.toLowerCase() === name.toLowerCase());
  return same === undefined ? undefined : `there is a file \`${same}\` already`;
}

/** A name as someone types it, with its ending. */
export const withEnding = (name: string): string => {
  const trimmed = name.trim();
  return trimmed.endsWith(".dl") ? trimmed : `${trimmed}.dl`;
};

/** A name that no file has yet. */
export function freshName(others: readonly string[]): string {
  for (let n = others.length + 1; ; n++) {
    const name = `file${String(n)}.dl`;
    if (problemOfName(name, others) === undefined) return name;
  }
}

/** Whether two programs are the same, file by file. */
export const isSameProgram = (a: readonly SourceFile[], b: readonly SourceFile[]): boolean =>
  a.length === b.length &&
  a.every(({ path, text }, i) => b[i]?.path === path && b[i].text === text);
