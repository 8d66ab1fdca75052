// Golden cases: one Markdown file with a `.dl` program and the recorded text of the stages it is about.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** One section of a golden case: the recorded text of one stage. */
export interface GoldenSection {
  readonly stage: string;
  readonly recorded: string;
}

/** A golden case as read from its file. */
export interface GoldenCase {
  /** What a reader learns from it. */
  readonly title: string;
  readonly source: string;
  readonly sections: readonly GoldenSection[];
}

/** Reads a golden case; throws with what is wrong where the file has not the shape of one. */
export function parseGolden(text: string): GoldenCase {
  const title = /^# (.+)$/m.exec(text)?.[1];
  const source = fenced("dl").exec(text)?.[2];
  if (title === undefined || source === undefined)
    throw new Error("a golden case has a `# Title` and a ```dl block");
  const heads = [...text.matchAll(/^## (\w+)\n/gm)];
  const sections = heads.map((head, i): GoldenSection => {
    const body = text.slice(head.index, heads[i + 1]?.index);
    return { stage: head[1] ?? "", recorded: fenced("\\w+").exec(body)?.[2] ?? "" };
  });
  if (sections.length === 0) throw new Error("a golden case has at least one `## stage` section");
  return { title, source, sections };
}

/** Prints a golden case the way `UPDATE=1` records it, keeping the remarks between title and program. */
export function printGolden(text: string, sections: readonly GoldenSection[]): string {
  const firstSection = text.search(/^## \w+$/m);
  const head = firstSection < 0 ? text : text.slice(0, firstSection);
  const printed = sections.map(({ stage, recorded }) => {
    const fence = recorded.includes("```") ? "````" : "```";
    return `## ${stage}\n\n${fence}${languages[stage] ?? "text"}\n${recorded.trimEnd()}\n${fence}\n`;
  });
  return `${head.trimEnd()}\n\n${printed.join("\n")}`;
}

/** Paths of all golden cases below a folder, in order. */
export function goldenFiles(folder: string): readonly string[] {
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" });
  return names
    .filter((name) => /[\\/]/.test(name) && name.endsWith(".md"))
    .sort()
    .map((name) => join(folder, name));
}

/** Reads one file as UTF-8. */
export function readText(path: string): string {
  return readFileSync(path, "utf8");
}

const languages: Readonly<Record<string, string>> = { wgsl: "wgsl", formatted: "dl" };

function fenced(language: string): RegExp {
  return new RegExp(`^(\`\`\`+)${language}\\n([\\s\\S]*?)^\\1$`, "m");
}
