// One call of `dl test`: the files of each package, planted mistakes where asked for, and the exit status.
import type { LawName } from "../../compiler/check/law-names.js";
import type { Format } from "../diagnostics.js";
import { dataFault, Exit, exitStatus } from "../faults.js";
import { findSources, openPackage, readSource } from "../host.js";
import type { Io } from "../io.js";
import { openMachines, type MachineChoice } from "./machines.js";
import { plant, type Planted } from "./mutation.js";
import { failures } from "./outcome.js";
import { printResults } from "./print.js";
import { showTests } from "./progress.js";
import { testFiles, type Subjects, type SuiteResult } from "./suite.js";

/** What the command line of `dl test` says. */
export interface TestOptions extends MachineChoice {
  readonly runs: number;
  readonly seed: number;
  readonly only?: string;
  readonly law?: LawName;
  readonly path?: string;
  readonly changed?: string;
  readonly mutate?: number | true;
  readonly time?: number;
  readonly format: Format;
  readonly json?: boolean;
  readonly remember: boolean;
}

/** Tries what the files hold and prints the outcome; rejects with `Exit` where something is wrong. */
export async function runTests(
  paths: readonly string[],
  options: TestOptions,
  io: Io,
): Promise<void> {
  const files = findSources(paths);
  if (files.length === 0)
    throw dataFault("no-files", `there is no .dl file in ${paths.join(", ")}`);
  const format = options.json === true ? "json" : options.format;
  const start = performance.now();
  const machines = await openMachines(options);
  const display = showTests(io, format === "human");
  const results: SuiteResult[] = [];
  const mistakes: Planted[] = [];
  try {
    for (const subjects of byPackage(files)) {
      const until = options.time === undefined ? Infinity : start + options.time;
      const { runs, seed, only, law, path, remember: isRemembering } = options;
      const changed = options.changed;
      const onTest = display.test;
      const suite = { runs, seed, only, law, path, changed, until, isRemembering, onTest };
      const result = await testFiles(subjects, machines, suite);
      results.push(result);
      if (options.mutate === undefined || isWrong([result])) continue;
      const most = options.mutate === true ? usualMutants : options.mutate;
      mistakes.push(...(await plant(subjects, machines, suite, most)));
    }
  } finally {
    display.stop();
    machines.close();
  }
  const outcomes = results.flatMap((r) => r.outcomes);
  const diagnostics = results.flatMap((r) => r.diagnostics);
  const seconds = (performance.now() - start) / 1000;
  const planted = options.mutate === undefined ? undefined : mistakes;
  printResults({ outcomes, diagnostics, seconds, machines, ...options, format, planted }, io);
  if (isWrong(results)) throw new Exit(exitStatus.wrong);
}

/** How many mistakes are planted unless told otherwise. */
const usualMutants = 40;

const isWrong = (results: readonly SuiteResult[]): boolean =>
  results.some(
    ({ outcomes, diagnostics }) =>
      failures(outcomes).length > 0 || diagnostics.some((d) => d.severity === "error"),
  );

/** Files by their packages. */
function byPackage(paths: readonly string[]): readonly Subjects[] {
  const found = new Map<string, Subjects>();
  for (const path of paths) {
    const opened = openPackage(path);
    const known = found.get(opened.root) ?? { package: opened, files: [] };
    found.set(opened.root, { ...known, files: [...known.files, readSource(path)] });
  }
  return [...found.values()];
}
