// Remembers the syntax trees of files, so that a module of the standard library is parsed once a process.
import type { Parsed } from "../../grammar/ast.js";
import { parse } from "../../grammar/index.js";
import type { SourceFile } from "../../grammar/source.js";

/** How many files are remembered; the one that was asked for longest ago is forgotten first. */
const most = 512;

const known = new Map<string, Parsed>();

/** The tree and the problems of a file, as `parse` gives them; equal texts under one path share one tree. */
export function parsed(file: SourceFile): Parsed {
  const before = known.get(file.path);
  const isSame = before?.module.file.text === file.text;
  const result = before && isSame ? before : parse(file);
  known.delete(file.path);
  known.set(file.path, result);
  if (known.size > most) forgetOldest();
  return result;
}

function forgetOldest(): void {
  for (const path of known.keys()) {
    known.delete(path);
    return;
  }
}
