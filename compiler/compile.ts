// The whole front end on one screen: source in, programs or diagnostics out.
import type { SourceFile } from "../grammar/source.js";
import { check, checkAll, type Findings } from "./check/check.js";
import type { CheckedState } from "./check/checker.js";
import { Recall } from "./check/recall.js";
import { arrange, failure, success, type Diagnostic, type Result } from "./diagnostics/index.js";
import type { Compiled } from "./ir/program.js";
import { lint } from "./lint/index.js";
import { lower, type LowerOptions } from "./lower/index.js";
import { withRepairs } from "./repair/index.js";
import { libraryOf } from "./check/library.js";
import { overlaid, type Host } from "./resolve/modules.js";

/** What to compile of a file; see `LowerOptions`. */
export type CompileOptions = LowerOptions;

const hasErrors = (diagnostics: readonly Diagnostic[]): boolean =>
  diagnostics.some((d) => d.severity === "error");

/** Checks files and everything they declare, for all sizes. */
export function checkPackage(
  files: readonly SourceFile[],
  host: Host,
): { readonly diagnostics: readonly Diagnostic[] } {
  return { diagnostics: check(libraryOf(files, host)) };
}

/**
 * Checks files and tries the repairs of what is wrong, so that each error says how to mend it. As fast as `checkPackage`
 * where there is no error.
 */
export function checkWithRepairs(
  files: readonly SourceFile[],
  host: Host,
): { readonly diagnostics: readonly Diagnostic[] } {
  const recall = new Recall();
  const findings = checkAll(libraryOf(files, host), { recall });
  return { diagnostics: repaired(files, host, findings, recall) };
}

const repaired = (
  files: readonly SourceFile[],
  host: Host,
  findings: Findings,
  recall: Recall,
): readonly Diagnostic[] =>
  withRepairs(
    files,
    host,
    findings,
    (edited, isWanted) =>
      checkAll(
        libraryOf(edited, overlaid(edited, host)),
        isWanted ? { isWanted: (item) => isWanted(item.span) } : { recall },
      ).told,
  );

/** Checks files and, where nothing is wrong with them, warns of what their models and training runs do that nobody means. */
export function inspectPackage(
  files: readonly SourceFile[],
  host: Host,
): { readonly diagnostics: readonly Diagnostic[] } {
  const library = libraryOf(files, host);
  const recall = new Recall();
  const findings = checkAll(library, { recall });
  if (hasErrors(findings.told)) return { diagnostics: repaired(files, host, findings, recall) };
  return { diagnostics: arrange([...findings.told, ...lint(library, findings.told)]) };
}

/** What is wrong with files that are being edited, with the repairs that hold. */
export function repairsOf({ files, host, findings, recall }: CheckedState): readonly Diagnostic[] {
  return hasErrors(findings.told) ? repaired(files, host, findings, recall) : findings.told;
}

/** What the models and training runs of one of the files do that nobody means; nothing while something is wrong with them. */
export function warningsOf(
  { library, findings }: CheckedState,
  path: string,
): readonly Diagnostic[] {
  const entries = library.entries.filter(({ module }) => module.file.path === path);
  return hasErrors(findings.told) ? [] : lint({ ...library, entries }, findings.told);
}

/** Checks a file and lowers one model, function or training run of it. */
export function compile(entry: SourceFile, host: Host, options: CompileOptions): Result<Compiled> {
  const library = libraryOf([entry], host);
  const recall = new Recall();
  const findings = checkAll(library, { recall });
  const checked = findings.told;
  const [unit] = library.entries;
  if (!unit || hasErrors(checked)) return failure(repaired([entry], host, findings, recall));
  const found: Diagnostic[] = [];
  const compiled = lower(library, unit, options, found);
  return compiled
    ? success(compiled, arrange([...checked, ...found]))
    : failure(arrange([...checked, ...found]));
}
