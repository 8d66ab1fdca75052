// Checks files that are being edited: after a change only those declarations are checked again that can see it.
import type { SourceFile } from "../../grammar/source.js";
import type { Diagnostic } from "../diagnostics/index.js";
import { overlaid, type Host, type Library } from "../resolve/modules.js";
import { checkAll, type Findings } from "./check.js";
import { libraryOf } from "./library.js";
import { Recall } from "./recall.js";

/** Files under check, as they are at the moment. */
export interface Checker {
  /** Takes new files and new texts of known ones; tells what is wrong with all files, as a check of them from nothing would. */
  update(...files: readonly SourceFile[]): readonly Diagnostic[];
  /** Forgets the file at a path; tells what is wrong with the others. */
  remove(path: string): readonly Diagnostic[];
  /** What the last check read and found. */
  state(): CheckedState;
}

/** The files of a check, and all that it found. */
export interface CheckedState {
  readonly files: readonly SourceFile[];
  /** Asked for what the files import; it knows them as they are now. */
  readonly host: Host;
  readonly library: Library;
  readonly findings: Findings;
  readonly recall: Recall;
}

/** A checker without files. The host is asked for what they import beside each other. */
export function createChecker(host: Host): Checker {
  const known = new Map<string, SourceFile>();
  const recall = new Recall();
  const check = (): CheckedState => {
    const files = [...known.values()];
    const own = overlaid(files, host);
    const library = libraryOf(files, own);
    return { files, host: own, library, findings: checkAll(library, { recall }), recall };
  };
  let state: CheckedState | undefined;
  return {
    update(...changed) {
      for (const file of changed) known.set(file.path, file);
      state = check();
      return state.findings.told;
    },
    remove(path) {
      known.delete(path);
      state = check();
      return state.findings.told;
    },
    state: () => (state ??= check()),
  };
}
