// Cases of the corpus of wrong programs: Markdown files with a package, the place of its one mistake, and what is said of it.
import { readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { openPackage } from "../../cli/host.js";
import { checkWithRepairs } from "../../compiler/compile.js";
import { renderText, type Diagnostic } from "../../compiler/diagnostics/index.js";
import type { Host } from "../../compiler/resolve/modules.js";
import { positionOf, type SourceFile } from "../../grammar/source.js";
import { root } from "./sources.js";

/** Stands at the end of the line of the mistake; taken off before the program is checked. */
const MARK = " // here";

/** One case as read from its file. */
export interface WrongCase {
  /** The folder that the case lies in: what the mistake is about. */
  readonly area: string;
  readonly name: string;
  readonly path: string;
  /** What is wrong, in a few words. */
  readonly title: string;
  readonly files: readonly SourceFile[];
  /** File and line of the mistake, as `case.dl:3`. */
  readonly mistake: string;
  /** The recorded message; empty before the first `UPDATE=1`. */
  readonly message: string;
  /** The whole text of the case. */
  readonly text: string;
}

const folder = join(root, "tests", "corpus");
const { host: library } = openPackage(folder);

/** Every case of the corpus, in the order of the paths. */
export function readCorpus(): readonly WrongCase[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => /[\\/]/.test(name) && name.endsWith(".md"))
    .sort()
    .map((name) => parseCase(join(folder, name), readFileSync(join(folder, name), "utf8")));
}

/** Reads a case; throws with what is wrong where the file has not the shape of one. */
export function parseCase(path: string, text: string): WrongCase {
  const title = /^# (.+)$/m.exec(text)?.[1];
  const blocks = [...text.matchAll(/^```dl(?: (\S+))?\n([\s\S]*?)^```$/gm)].map((m) => ({
    path: m[1] ?? "case.dl",
    text: m[2] ?? "",
  }));
  const marked = blocks.flatMap((block) =>
    block.text
      .split("\n")
      .flatMap((line, i) => (line.endsWith(MARK) ? [`${block.path}:${String(i + 1)}`] : [])),
  );
  const [mistake] = marked;
  if (title === undefined || mistake === undefined || marked.length > 1)
    throw new Error(`${path}: a case has a \`# Title\` and one line that ends in \`${MARK}\``);
  return {
    area: basename(dirname(path)),
    name: basename(path, ".md"),
    path: relative(root, path).replaceAll("\\", "/"),
    title,
    files: blocks.map((b) => ({ path: b.path, text: b.text.replaceAll(`${MARK}\n`, "\n") })),
    mistake,
    message: /^```text\n([\s\S]*?)^```$/m.exec(text)?.[1] ?? "",
    text,
  };
}

/** The text of a case with another message recorded. */
export function recordCase({ text }: WrongCase, message: string): string {
  const programs = text.replace(/^```text\n[\s\S]*?^```$/m, "").trimEnd();
  return `${programs}\n\n\`\`\`text\n${message.trimEnd()}\n\`\`\`\n`;
}

/** The errors of a package that is given as a list of files, each of which is checked. */
export function errorsOf(files: readonly SourceFile[]): readonly Diagnostic[] {
  const host: Host = {
    read: (module) =>
      module.startsWith("std/")
        ? library.read(module)
        : files.find((f) => f.path === `${module}.dl`),
    moduleOf: (file) => file.path.replace(/\.dl$/, ""),
    modules: () => library.modules?.() ?? [],
  };
  return checkWithRepairs(files, host).diagnostics.filter((d) => d.severity === "error");
}

/** File and line of the primary place of a finding, as `case.dl:3`. */
export function placeOf({ primary: { span } }: Diagnostic): string {
  return `${span.file.path}:${String(positionOf(span.file, span.start).line)}`;
}

/** What a user reads of the errors. */
export const messageOf = (errors: readonly Diagnostic[]): string => renderText(errors);
