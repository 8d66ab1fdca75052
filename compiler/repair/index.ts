// Tries the repairs that findings propose: applies each, checks again, and keeps what removes its error and adds none.
import type { SourceFile } from "../../grammar/source.js";
import type { Diagnostic, Fix } from "../diagnostics/index.js";
import type { Host } from "../resolve/modules.js";
import { draftsOf } from "./draft.js";
import type { Draft } from "./surroundings.js";
import { openTrial, type Outcome, type Recheck, type Trial } from "./trial.js";

/** How many errors are repaired in one run. */
const mostErrors = 20;

/** How many repairs are tried for one error. */
const mostDrafts = 12;

/** How many characters of source are checked again in one run: what is large is repaired at fewer places. */
const mostText = 500_000;

/**
 * The findings, the first errors with the repairs that hold. Nothing that was not applied and checked is among them. Errors
 * that the repair of one before them mends too are not told: one edit, one mistake.
 */
export function withRepairs(
  files: readonly SourceFile[],
  host: Host,
  { told, found }: { readonly told: readonly Diagnostic[]; readonly found: readonly Diagnostic[] },
  recheck: Recheck,
): readonly Diagnostic[] {
  const trial = openTrial(files, found, recheck, mostText);
  const mended = new Set<Diagnostic>();
  let errors = 0;
  const repaired = told.map((d, i) => {
    if (d.severity !== "error" || !d.proposals || errors >= mostErrors || mended.has(d)) return d;
    errors++;
    const { fixes, mends } = fixesOf(d, draftsOf(d, files, host).slice(0, mostDrafts), trial);
    for (const other of told.slice(i + 1))
      if (other.severity === "error" && mends(other)) mended.add(other);
    return fixes.length > 0 ? { ...d, fixes } : d;
  });
  return repaired.filter((_, i) => !isAmong(mended, told[i]));
}

const isAmong = (set: ReadonlySet<Diagnostic>, d: Diagnostic | undefined): boolean =>
  d !== undefined && set.has(d);

/** The repairs of one error. */
interface Repairs {
  readonly fixes: readonly Fix[];
  /** Whether the first of them mends another error too. */
  readonly mends: Outcome["mends"];
}

/** The first draft that holds, with the others that hold where all are alternatives. */
function fixesOf(d: Diagnostic, drafts: readonly Draft[], trial: Trial): Repairs {
  const fixes: Fix[] = [];
  let mends: Repairs["mends"] = () => false;
  for (const { isAlternative, ...draft } of drafts) {
    if (fixes.length > 0 && !isAlternative) continue;
    const outcome = trial(d, draft.edits);
    if (!outcome) continue;
    if (fixes.length === 0) mends = outcome.mends;
    fixes.push({ ...draft, leaves: outcome.leaves });
    if (!isAlternative) break;
  }
  return { fixes, mends };
}
