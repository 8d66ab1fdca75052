// `dl test`: tries the properties of files, and the laws that every declaration obeys.
import { InvalidArgumentError, Option, type Command } from "commander";
import { lawNames, type LawName } from "../../compiler/check/law-names.js";
import { formats, type Format } from "../diagnostics.js";
import { dataFault, Exit, exitStatus } from "../faults.js";
import { findSources, openPackage, readSource } from "../host.js";
import type { Io } from "../io.js";
import { positiveNumber, wholeNumber } from "../options.js";
import { openMachines, type MachineChoice } from "../testing/machines.js";
import { plant, type Planted } from "../testing/mutation.js";
import { failures } from "../testing/outcome.js";
import { printResults } from "../testing/print.js";
import { testFiles, type Subjects, type SuiteResult } from "../testing/suite.js";
import { showTests } from "../testing/progress.js";

interface TestOptions extends MachineChoice {
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

/** Registers `dl test`. */
export function registerTest(program: Command, io: Io): void {
  program
    .command("test")
    .description("try the properties of files, and the laws that every declaration obeys")
    .argument("<files...>", "`.dl` files or folders")
    .option("--runs <n>", "cases that each property is tried on", positiveNumber, 100)
    .option("--seed <n>", "seed of all that is drawn", wholeNumber, 0)
    .option("--only <text>", "only properties and declarations whose name holds this text")
    .addOption(new Option("--law <name>", "only this law of declarations").choices(lawNames))
    .option("--path <path>", "one case of the seed, as a report names it")
    .option("--time <duration>", "begin nothing more after this time, such as 60s", duration)
    .addOption(
      new Option("--backend <name>", "where to compute; the reference where left out").choices([
        "webgpu",
        "reference",
      ]),
    )
    .option("--adapter <name>", "driver or adapter to use, as `dl doctor` lists them")
    .option("--changed <commit>", "only what a change since this commit can affect")
    .option(
      "--mutate [most]",
      "plant mistakes, and list those that nothing catches",
      positiveNumber,
    )
    .option("--no-remember", "leave the file of failing cases as it is")
    .addOption(new Option("--format <name>", "how to print").choices(formats).default("human"))
    .option("--json", "the same as --format json")
    .addHelpText("after", "\nExample:\n  $ dl test examples/language-page --runs 20")
    .action((paths: readonly string[], options: TestOptions) => test(paths, options, io));
}

async function test(paths: readonly string[], options: TestOptions, io: Io): Promise<void> {
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

/** `60s`, `500ms`, `2m`, in milliseconds. */
function duration(text: string): number {
  const [, number, unit] = /^(\d+(?:\.\d+)?)(ms|s|m)?$/.exec(text) ?? [];
  if (number === undefined) throw new InvalidArgumentError("It must be a time such as 60s or 2m.");
  return Number(number) * (unit === "ms" ? 1 : unit === "m" ? 60_000 : 1000);
}
