// `dl test`: tries the properties of files, and the laws that every declaration obeys.
import { Option, type Command } from "commander";
import { lawNames } from "../../compiler/check/law-names.js";
import { formats } from "../diagnostics.js";
import type { Io } from "../io.js";
import { duration, positiveNumber, wholeNumber } from "../options.js";
import type { TestOptions } from "../testing/run.js";

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
    .action(async (paths: readonly string[], options: TestOptions) => {
      const { runTests } = await import("../testing/run.js");
      await runTests(paths, options, io);
    });
}
