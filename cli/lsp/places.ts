// Addresses and positions of the protocol, and the files and offsets that they stand for.
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { Location, Position, Range } from "vscode-languageserver/node";
import { linesOf, positionOf, type SourceFile, type Span } from "../../grammar/source.js";
import { standardLibrary } from "../host.js";

/** The path of an address; undefined for what is no file, such as an unsaved text. */
export function pathOf(uri: string): string | undefined {
  try {
    return uri.startsWith("file:") ? fileURLToPath(uri) : undefined;
  } catch {
    return undefined;
  }
}

/** The address of a file, those of the standard library included. */
export function uriOf({ path }: SourceFile): string {
  const place = resolve(path);
  if (path.startsWith("std/") && !existsSync(place))
    return pathToFileURL(join(standardLibrary(), path.slice("std/".length))).href;
  return /^[a-z]+:/.test(path) ? path : pathToFileURL(place).href;
}

/** The offset of a position; one behind the end of its line, or of the text, stands for that end. */
export function offsetAt(file: SourceFile, { line, character }: Position): number {
  const starts = linesOf(file);
  const start = starts[line];
  if (start === undefined) return line < 0 ? 0 : file.text.length;
  const next = starts[line + 1];
  const end = next === undefined ? file.text.length : next - 1;
  return Math.min(start + Math.max(0, character), end);
}

export function positionAt(file: SourceFile, offset: number): Position {
  const { line, column } = positionOf(file, Math.min(offset, file.text.length));
  return { line: line - 1, character: column - 1 };
}

export const rangeOf = ({ file, start, end }: Span): Range => ({
  start: positionAt(file, start),
  end: positionAt(file, end),
});

export const locationOf = (span: Span): Location => ({
  uri: uriOf(span.file),
  range: rangeOf(span),
});
