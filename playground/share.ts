// A program in a link: its files, compressed, behind the `#`, which no server sees.
import type { SourceFile } from "../grammar/source.js";
import { mostFiles, problemOfName } from "./program.js";

/** Characters of a program that a link may hold once it is unpacked. */
const longest = 500_000;

/** Characters of the longest link that is made: all browsers show and copy as much, and so do most programs that pass links on. */
const longestLink = 32_000;

/** The part of a link behind the `#` that holds a program, or why there is none. */
export async function packed(
  files: readonly SourceFile[],
): Promise<{ readonly hash: string } | { readonly problem: string }> {
  const text = JSON.stringify(files.map(({ path, text: source }) => [path, source]));
  const stream = new Blob([text]).stream().pipeThrough(new CompressionStream("deflate-raw"));
  const bytes = new Uint8Array(await new Response(stream).arrayBuffer());
  const binary = Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
  const code = btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
  const count = (n: number): string => n.toLocaleString("en");
  if (code.length > longestLink || text.length > longest) {
    const [largest] = [...files].sort((a, b) => b.text.length - a.text.length);
    return {
      problem: `This program is too long for a link: it takes ${count(code.length)} characters, and a link holds ${count(longestLink)}. Shorten or delete a file; the largest is ${largest?.path ?? ""}.`,
    };
  }
  return { hash: `#files=${code}` };
}

/** The files that a link holds; undefined where it holds none. Rejects where it is damaged or too long. */
export async function unpacked(hash: string): Promise<readonly SourceFile[] | undefined> {
  const [, kind, code] = /^#(files|dl)=([\w-]+)$/.exec(hash) ?? [];
  if (code === undefined) return undefined;
  const text = await inflated(code);
  // Links of before programs had several files hold the text of one.
  return kind === "dl" ? [{ path: "model.dl", text }] : filesIn(JSON.parse(text));
}

/** The files that someone's link names; throws where it breaks a rule of the page's own programs. */
function filesIn(value: unknown): readonly SourceFile[] {
  if (!Array.isArray(value) || value.length === 0 || value.length > mostFiles)
    throw new Error("no list of files");
  const files: SourceFile[] = [];
  for (const file of value as readonly unknown[]) {
    const [path, text, ...more] = Array.isArray(file) ? (file as readonly unknown[]) : [];
    if (typeof path !== "string" || typeof text !== "string" || more.length > 0)
      throw new Error("no name and text of a file");
    const known = files.map((other) => other.path);
    const problem = problemOfName(path, known);
    if (problem !== undefined) throw new Error(problem);
    files.push({ path, text });
  }
  return files;
}

async function inflated(code: string): Promise<string> {
  const binary = atob(code.replaceAll("-", "+").replaceAll("_", "/"));
  const bytes = Uint8Array.from(binary, (character) => character.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  const reader = stream.pipeThrough(new TextDecoderStream("utf-8", { fatal: true })).getReader();
  let text = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return text;
    text += value;
    if (text.length > longest) throw new Error("the program in this link is too long");
  }
}
