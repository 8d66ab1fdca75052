// Damaged programs: pieces of every `.dl` file of the repository with bytes, tokens and lines dropped, doubled, swapped,
// replaced and cut off. A seed names a mutant for ever, as long as the files stay the same.
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { generator, pick, type Draw } from "./random.js";

const root = join(import.meta.dirname, "..", "..");

/** A damaged text and where it comes from. */
export interface Mutant {
  readonly seed: number;
  readonly path: string;
  readonly text: string;
}

/** A file, cut into its top-level declarations. */
interface Source {
  readonly path: string;
  /** The imports of the file, which every piece of it keeps. */
  readonly head: string;
  readonly pieces: readonly string[];
}

const folders = ["examples", "stdlib", "tests/check/right", "tests/syntax/fixtures"];

const sources: readonly Source[] = folders.flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".dl"))
    .map((name) => `${folder}/${name.replaceAll("\\", "/")}`)
    .sort()
    .map(sourceOf),
);

function sourceOf(path: string): Source {
  const text = readFileSync(join(root, path), "utf8").replaceAll("\r\n", "\n");
  const all = text.split(/(?<=\n)(?=(?:\/\/|@|[a-z]+ )[^\n]*\n)(?<!\/\/[^\n]*\n)/);
  const isImport = (piece: string): boolean => piece.startsWith("import ");
  return {
    path,
    head: all.filter(isImport).join(""),
    pieces: all.filter((piece) => !isImport(piece)),
  };
}

/** How long the text of a mutant is before it is damaged, unless one declaration is longer. */
const usualLength = 900;

const tokensOf = (text: string): string[] =>
  text.match(/\s+|[A-Za-z_]\w*|\d[\w.]*|->|<-|=>|==|\.\.\.?|\|>|\*\*|[^]/gu) ?? [];

/** Every word and sign that the files use, each as often as it is used once in a file. */
const words: readonly string[] = [
  ...new Set(sources.flatMap(({ pieces }) => pieces.flatMap(tokensOf))),
].filter((token) => token.trim() !== "");

/** Characters that have been trouble elsewhere. */
const oddities = ["\0", "\ud800", "\u202e", "\ufeff", "é", "Α", "“", "\r", "\t", "1e999", '"', "`"];

/** The mutant of a seed. */
export function mutantOf(seed: number): Mutant {
  const draw = generator(seed);
  const { path, head, pieces } = pick(draw, sources, { path: "", head: "", pieces: [""] });
  const isWhole = draw(50) === 0;
  let text = isWhole ? head + pieces.join("") : head + some(draw, pieces);
  for (let rest = draw(3); rest >= 0; rest--) text = damage(draw, text);
  return { seed, path, text };
}

/** Some declarations that follow each other. */
function some(draw: Draw, pieces: readonly string[]): string {
  let text = "";
  for (let i = draw(Math.max(1, pieces.length)); i < pieces.length; i++) {
    const piece = pieces[i] ?? "";
    if (text !== "" && text.length + piece.length > usualLength) break;
    text += piece;
  }
  return text;
}

/** One accident of many kinds. */
function damage(draw: Draw, text: string): string {
  switch (draw(8)) {
    case 0:
      return text.slice(0, draw(text.length + 1));
    case 1:
      return damageBytes(draw, text);
    case 2:
      return damageLines(draw, text);
    default:
      return damageTokens(draw, text);
  }
}

function damageBytes(draw: Draw, text: string): string {
  const at = draw(text.length + 1);
  const to = Math.min(text.length, at + draw(20));
  switch (draw(5)) {
    case 0:
      return text.slice(0, at) + text.slice(to);
    case 1:
      return text.slice(0, to) + text.slice(at);
    case 2:
      return text.slice(0, at) + String.fromCharCode(draw(256)) + text.slice(at + 1);
    case 3:
      return text.slice(0, at) + String.fromCharCode(draw(0x10000)) + text.slice(at);
    default:
      return text.slice(0, at) + pick(draw, oddities, "") + text.slice(at);
  }
}

function damageLines(draw: Draw, text: string): string {
  const lines = text.split("\n");
  const [at, other] = [draw(lines.length), draw(lines.length)];
  const [one, two] = [lines[at] ?? "", lines[other] ?? ""];
  switch (draw(4)) {
    case 0:
      return lines.toSpliced(at, 1).join("\n");
    case 1:
      return lines.toSpliced(other, 0, one).join("\n");
    case 2:
      return lines.with(at, two).with(other, one).join("\n");
    default:
      return lines.with(at, one.slice(0, draw(one.length + 1))).join("\n");
  }
}

function damageTokens(draw: Draw, text: string): string {
  const tokens = tokensOf(text);
  if (tokens.length === 0) return pick(draw, words, "x");
  const places = tokens.flatMap((token, i) => (token.trim() === "" ? [] : [i]));
  const [at, other] = [pick(draw, places, 0), pick(draw, places, 0)];
  const [one, two] = [tokens[at] ?? "", tokens[other] ?? ""];
  switch (draw(7)) {
    case 0:
      return tokens.toSpliced(at, 1).join("");
    case 1:
      return tokens.toSpliced(at, 0, one, " ").join("");
    case 2:
      return tokens.with(at, two).with(other, one).join("");
    case 3:
      return tokens.with(at, two).join("");
    case 4:
      return tokens.toSpliced(at, 0, pick(draw, words, "x"), " ").join("");
    case 5:
      return tokens.toSpliced(at, draw(12)).join("");
    default:
      return tokens.with(at, pick(draw, words, "x")).join("");
  }
}
