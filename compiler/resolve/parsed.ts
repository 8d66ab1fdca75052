// Remembers the syntax trees of files, so that a module of the standard library is parsed once a process.
import type { SyntaxProblem } from "../../grammar/ast.js";
import { parse } from "../../grammar/index.js";
import type { SourceFile } from "../../grammar/source.js";
import { quarantine, type Quarantined } from "./quarantine.js";

/** The tree of a file without what is doubtful, and what could not be read of it. */
export interface Read extends Quarantined {
  readonly problems: readonly SyntaxProblem[];
}

/** How many files are remembered; the one that was asked for longest ago is forgotten first. */
const most = 512;

const known = new Map<string, Read>();

/** The tree and the problems of a file; equal texts under one path share one tree. */
export function parsed(file: SourceFile): Read {
  const before = known.get(file.path);
  const isSame = before?.module.file.text === file.text;
  const result = before && isSame ? before : read(file);
  known.delete(file.path);
  known.set(file.path, result);
  if (known.size > most) forgetOldest();
  return result;
}

const nothing: ReadonlySet<string> = new Set();

function read(file: SourceFile): Read {
  const { module, problems } = parse(file);
  return problems.length > 0
    ? { ...quarantine(module, problems), problems }
    : { module, lost: nothing, problems };
}

function forgetOldest(): void {
  for (const path of known.keys()) {
    known.delete(path);
    return;
  }
}
