// Reads the project's own sources as data, for the tests that watch over their structure.
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize, relative } from "node:path";
import ts from "typescript";

/** The repository's root folder. */
export const root = join(import.meta.dirname, "..", "..");

/** One TypeScript source file. Paths are relative to the root, with forward slashes. */
export interface SourceModule {
  readonly path: string;
  readonly text: string;
  readonly lines: number;
  /** What it imports: paths of our own files, and names of packages as written. */
  readonly imports: readonly string[];
}

/** All TypeScript files below the given folders. */
export function readModules(folders: readonly string[]): readonly SourceModule[] {
  return folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".ts"))
      .sort()
      .map((name) => readModule(join(root, folder, name))),
  );
}

/** Text without comments (strings are kept), for searches that mean code. */
export function withoutComments(text: string): string {
  return text.replaceAll(/\/\*[\s\S]*?\*\//g, "").replaceAll(/^\s*\/\/.*$/gm, "");
}

function readModule(path: string): SourceModule {
  const text = readFileSync(path, "utf8");
  const written = ts.preProcessFile(text).importedFiles.map(({ fileName }) => fileName);
  return {
    path: fromRoot(path),
    text,
    lines: text.split("\n").length - 1,
    imports: written.map((name) => (name.startsWith(".") ? target(path, name) : name)),
  };
}

function target(importer: string, name: string): string {
  return fromRoot(normalize(join(dirname(importer), name))).replace(/\.js$/, ".ts");
}

function fromRoot(path: string): string {
  return relative(root, path).replaceAll("\\", "/");
}
