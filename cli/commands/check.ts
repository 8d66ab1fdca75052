// `dl check`: parses, resolves and checks files or whole packages.
import { Option, type Command } from "commander";
import { inspectPackage } from "../../compiler/compile.js";
import type { CheckedFile, Diagnostic, Subject } from "../../compiler/diagnostics/index.js";
import type { Item } from "../../grammar/ast.js";
import { parse } from "../../grammar/index.js";
import type { SourceFile } from "../../grammar/source.js";
import { formats, printDiagnostics, printReport, type Format } from "../diagnostics.js";
import { dataFault, Exit, exitStatus } from "../faults.js";
import { findSources, openPackage, readSource, type Package } from "../host.js";
import type { Io } from "../io.js";

/** Registers `dl check`. */
export function registerCheck(program: Command, io: Io): void {
  program
    .command("check")
    .description("check files, or every file of a folder, for all values of their free dimensions")
    .argument("<files...>", "`.dl` files or folders")
    .addOption(new Option("--format <name>", "how to print").choices(formats).default("human"))
    .option("--json", "the same as --format json")
    .addHelpText("after", "\nExample:\n  $ dl check examples/shakespeare/model.dl")
    .action(
      (paths: readonly string[], options: { readonly format: Format; readonly json?: boolean }) => {
        check(paths, options.json === true ? "json" : options.format, io);
      },
    );
}

function check(paths: readonly string[], format: Format, io: Io): void {
  const files = findSources(paths);
  if (files.length === 0)
    throw dataFault("no-files", `there is no .dl file in ${paths.join(", ")}`);
  const packages = byPackage(files);
  const diagnostics = packages.flatMap(
    ([{ host }, sources]) => inspectPackage(sources, host).diagnostics,
  );
  const errors = count(diagnostics, "error");
  if (format === "human") {
    printDiagnostics(diagnostics, io);
    io.err(`${summary(files.length, errors, count(diagnostics, "warning"))}\n`);
  } else {
    const checked = (): CheckedFile[] =>
      packages.flatMap(([, sources]) =>
        sources.map((file) => ({ path: file.path, subjects: subjectsOf(file) })),
      );
    printReport(diagnostics, format, checked, io);
  }
  if (errors > 0) throw new Exit(exitStatus.wrong);
}

/** The declarations of a file, imports apart. */
function subjectsOf(file: SourceFile): readonly Subject[] {
  return parse(file)
    .module.items.filter((item) => item.kind !== "import")
    .map((item) => ({ name: headOf(item), span: item.span }));
}

/** A declaration by its keyword and name: `layer Mlp`. */
function headOf(item: Exclude<Item, { readonly kind: "import" }>): string {
  switch (item.kind) {
    case "property":
      return `property "${item.title.value}"`;
    case "layer":
      return `${item.keyword} ${item.name.name}`;
    case "derived-model":
      return `model ${item.name.name}`;
    default:
      return `${item.kind} ${item.name.name}`;
  }
}

/** Files of one package are checked together, so that a shared fault is reported once. */
function byPackage(files: readonly string[]): readonly (readonly [Package, SourceFile[]])[] {
  const packages = new Map<string, readonly [Package, SourceFile[]]>();
  for (const file of files) {
    const opened = openPackage(file);
    const known = packages.get(opened.root) ?? ([opened, []] as const);
    known[1].push(readSource(file));
    packages.set(opened.root, known);
  }
  return [...packages.values()];
}

const count = (diagnostics: readonly Diagnostic[], severity: Diagnostic["severity"]): number =>
  diagnostics.filter((diagnostic) => diagnostic.severity === severity).length;

function summary(files: number, errors: number, warnings: number): string {
  const parts = [
    `${plural(files, "file")} checked`,
    errors === 0 ? "no errors" : plural(errors, "error"),
    ...(warnings === 0 ? [] : [plural(warnings, "warning")]),
  ];
  return parts.join(", ");
}

const plural = (n: number, word: string): string => `${String(n)} ${word}${n === 1 ? "" : "s"}`;
