// Tries the repairs that findings propose: applies each, checks again, and keeps what removes its error and adds none.
import type { SourceFile } from "../../grammar/source.js";
import type { Diagnostic, Fix } from "../diagnostics/index.js";
import type { Host } from "../resolve/modules.js";
import { draftsOf } from "./draft.js";
import type { Draft } from "./surroundings.js";
import { openTrial, type Recheck, type Trial } from "./trial.js";

/** How many errors are repaired in one run. */
const mostErrors = 20;

/** How many repairs are tried for one error. */
const mostDrafts = 12;

/** How many characters of source are checked again in one run: what is large is repaired at fewer places. */
const mostText = 500_000;

/** The findings, the first errors with the repairs that hold. Nothing that was not applied and checked is among them. */
export function withRepairs(
  files: readonly SourceFile[],
  host: Host,
  { told, found }: { readonly told: readonly Diagnostic[]; readonly found: readonly Diagnostic[] },
  recheck: Recheck,
): readonly Diagnostic[] {
  const trial = openTrial(files, found, recheck, mostText);
  let errors = 0;
  return told.map((d) => {
    if (d.severity !== "error" || !d.proposals || errors >= mostErrors) return d;
    errors++;
    const fixes = fixesOf(d, draftsOf(d, files, host).slice(0, mostDrafts), trial);
    return fixes.length > 0 ? { ...d, fixes } : d;
  });
}

/** The first draft that holds, with the others that hold where all are alternatives. */
function fixesOf(d: Diagnostic, drafts: readonly Draft[], trial: Trial): readonly Fix[] {
  const fixes: Fix[] = [];
  let wantsMore = true;
  for (const { isAlternative, ...draft } of drafts) {
    if (!wantsMore && !isAlternative) continue;
    const leaves = trial(d, draft.edits);
    if (leaves === undefined) continue;
    fixes.push({ ...draft, leaves });
    if (!isAlternative) return fixes;
    wantsMore = false;
  }
  return fixes;
}
