// Checks files that are being edited: after a change only those are checked again that can see it.
import type { SourceFile } from "../../grammar/source.js";
import type { Diagnostic } from "../diagnostics/index.js";
import { overlaid, type Host } from "../resolve/modules.js";
import { checkAll } from "./check.js";
import { libraryOf } from "./library.js";
import { Recall } from "./recall.js";

/** Files under check, as they are at the moment. */
export interface Checker {
  /** Takes new files and new texts of known ones; tells what is wrong with all files, as a check of them from nothing would. */
  update(...files: readonly SourceFile[]): readonly Diagnostic[];
  /** Forgets the file at a path; tells what is wrong with the others. */
  remove(path: string): readonly Diagnostic[];
}

/** A checker without files. The host is asked for what they import beside each other. */
export function createChecker(host: Host): Checker {
  const files = new Map<string, SourceFile>();
  const recall = new Recall();
  const check = (): readonly Diagnostic[] => {
    const present = [...files.values()];
    return checkAll(libraryOf(present, overlaid(present, host)), { recall }).told;
  };
  return {
    update(...changed) {
      for (const file of changed) files.set(file.path, file);
      return check();
    },
    remove(path) {
      files.delete(path);
      return check();
    },
  };
}
