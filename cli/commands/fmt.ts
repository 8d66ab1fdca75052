// `dl fmt`: lays files out canonically, or says which ones are not.
import type { Command } from "commander";
import { syntaxDiagnostic } from "../../compiler/diagnostics/catalogue/syntax.js";
import { format } from "../../grammar/index.js";
import { printDiagnostics } from "../diagnostics.js";
import { dataFault, Exit, exitStatus } from "../faults.js";
import { writeWhole } from "../files.js";
import { findSources, readSource } from "../host.js";
import type { Io } from "../io.js";

/** Registers `dl fmt`. Exit status 1 where a file has syntax errors or, with `--check`, another layout. */
export function registerFmt(program: Command, io: Io): void {
  program
    .command("fmt")
    .description("lay files out canonically; a folder stands for every .dl file below it")
    .argument("<files...>", "`.dl` files or folders")
    .option(
      "--check",
      "change nothing; name the files that would change, and end with status 1 if there are any",
    )
    .addHelpText("after", "\nExample:\n  $ dl fmt --check examples stdlib")
    .action(async (paths: readonly string[], options: { readonly check?: boolean }) => {
      await formatFiles(paths, options.check === true, io);
    });
}

type Outcome = "same" | "changed" | "broken";

async function formatFiles(paths: readonly string[], isCheck: boolean, io: Io): Promise<void> {
  const files = findSources(paths);
  if (files.length === 0)
    throw dataFault("no-files", `there is no .dl file in ${paths.join(", ")}`);
  const outcomes: Outcome[] = [];
  for (const file of files) outcomes.push(await formatFile(file, isCheck, io));
  const changed = outcomes.filter((outcome) => outcome === "changed").length;
  const isBroken = outcomes.includes("broken");
  if (!isBroken) io.err(`${summary(files.length, changed, isCheck)}\n`);
  if (isBroken || (isCheck && changed > 0)) throw new Exit(exitStatus.wrong);
}

async function formatFile(path: string, isCheck: boolean, io: Io): Promise<Outcome> {
  const source = readSource(path);
  const formatted = await format(source.text, source.path);
  if ("problems" in formatted) {
    printDiagnostics(formatted.problems.map(syntaxDiagnostic), io);
    return "broken";
  }
  if (formatted.text === source.text) return "same";
  if (!isCheck) writeWhole(path, formatted.text);
  io.out(`${source.path}\n`);
  return "changed";
}

function summary(files: number, changed: number, isCheck: boolean): string {
  const all = files === 1 ? "1 file" : `${String(files)} files`;
  if (changed === 0) return `${all} laid out as they should be`;
  return isCheck
    ? `${String(changed)} of ${all} would change`
    : `${String(changed)} of ${all} changed`;
}
