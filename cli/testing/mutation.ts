// Measures what tests can see: plants mistakes in the declarations of files, one at a time, and tells which nobody notices.
import { overlaid } from "../../compiler/resolve/modules.js";
import { mutantsOf, planted, type Mutant } from "../../compiler/laws/mutants.js";
import { placeOf } from "../../compiler/diagnostics/index.js";
import { parse } from "../../grammar/index.js";
import { textOf, type SourceFile } from "../../grammar/source.js";
import type { Machines } from "./machines.js";
import { failures } from "./outcome.js";
import { below, seeded } from "./random.js";
import { testFiles, type Subjects, type SuiteOptions } from "./suite.js";

/** What became of one planted mistake. */
export interface Planted {
  readonly kind: string;
  /** `model.dl:3:7`. */
  readonly at: string;
  readonly was: string;
  readonly became: string;
  /** `check`, the property or law that fails, or nothing: it survived. */
  readonly caughtBy?: string;
}

/** Plants at most so many mistakes, spread over the files; each is tested until something fails. */
export async function plant(
  { package: opened, files }: Subjects,
  machines: Machines,
  options: SuiteOptions,
  most: number,
): Promise<readonly Planted[]> {
  const all = files.flatMap((file) => [...mutantsOf(parse(file).module)]);
  const results: Planted[] = [];
  const chosen = spread(all, most, options.seed);
  for (const [done, mutant] of chosen.entries()) {
    if (performance.now() > options.until) break;
    options.onTest?.(`${mutant.kind} at ${placeOf(mutant.span)}`, done, chosen.length);
    const changed: SourceFile = { path: mutant.span.file.path, text: planted(mutant) };
    const others = files.map((file) => (file.path === changed.path ? changed : file));
    const subjects: Subjects = {
      package: { ...opened, host: overlaid([changed], opened.host) },
      files: others,
    };
    const caughtBy = await catcher(subjects, machines, options);
    results.push({ ...shown(mutant), ...(caughtBy === undefined ? {} : { caughtBy }) });
  }
  return results;
}

async function catcher(
  subjects: Subjects,
  machines: Machines,
  { onTest: _, ...options }: SuiteOptions,
): Promise<string | undefined> {
  const quiet = { ...options, isRemembering: false, isEndedByFailure: true };
  const { outcomes, diagnostics } = await testFiles(subjects, machines, quiet);
  if (diagnostics.some((d) => d.severity === "error")) return "check";
  const [first] = failures(outcomes);
  return first && (first.law === undefined ? first.subject : `${first.subject}: ${first.law}`);
}

const shown = ({ kind, span, text }: Mutant): Omit<Planted, "caughtBy"> => ({
  kind,
  at: placeOf(span),
  was: textOf(span).replaceAll(/\s+/g, " "),
  became: text,
});

/** Some of them, in order, drawn by a seed. */
function spread<T>(all: readonly T[], most: number, seed: number): readonly T[] {
  const random = seeded(seed);
  const kept = [...all.keys()];
  while (kept.length > most) kept.splice(below(random, kept.length), 1);
  return kept.flatMap((i) => all.slice(i, i + 1));
}
