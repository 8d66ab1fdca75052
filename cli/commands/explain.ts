// `dl explain`: the page of a code, or the list of all codes.
import type { Command } from "commander";
import pc from "picocolors";
import { codes, isCode, nearest, type Code } from "../../compiler/diagnostics/index.js";
import { UsageError } from "../faults.js";
import { printJson, type Io } from "../io.js";
import { pageText } from "../markdown.js";
import { pageOf } from "../pages.js";

/** Registers `dl explain`. */
export function registerExplain(program: Command, io: Io): void {
  program
    .command("explain")
    .description("explain the code of an error or warning, or list all codes")
    .argument("[code]", "such as `inner-dim-mismatch`")
    .option("--json", "print JSON for other programs")
    .addHelpText("after", "\nExample:\n  $ dl explain inner-dim-mismatch")
    .action((code: string | undefined, options: { readonly json?: boolean }) => {
      if (code === undefined) list(options.json === true, io);
      else explain(codeOf(code), options.json === true, io);
    });
}

/** What is said about a code in lists. */
interface Row {
  readonly code: Code;
  readonly severity: "error" | "warning";
  readonly title: string;
}

function rowOf(code: Code): Row {
  const row: { readonly title: string; readonly severity?: "warning" } = codes[code];
  return { code, severity: row.severity ?? "error", title: row.title };
}

function list(isJson: boolean, io: Io): void {
  const rows = Object.keys(codes).filter(isCode).map(rowOf);
  if (isJson) {
    printJson(io, rows);
    return;
  }
  const width = Math.max(...rows.map(({ code }) => code.length));
  for (const { code, severity, title } of rows) {
    io.out(`${code.padEnd(width)}  ${title}${severity === "warning" ? " (warning)" : ""}\n`);
  }
}

function explain(code: Code, isJson: boolean, io: Io): void {
  const page = pageOf(code) ?? "";
  if (isJson) printJson(io, { ...rowOf(code), page });
  else io.out(pageText(page, io.isTerminal ? { heading: pc.bold, code: pc.cyan } : undefined));
}

/** The code that is meant; `error[CODE]` as it stands in messages does too. */
function codeOf(text: string): Code {
  const code = /^(?:error|warning)\[(.*)\]:?$/.exec(text)?.[1] ?? text;
  if (isCode(code)) return code;
  const near = nearest(code, Object.keys(codes));
  throw new UsageError(
    `there is no code \`${code}\``,
    near.length > 0
      ? `the nearest: ${near.map((c) => `\`${c}\``).join(", ")}`
      : "`dl explain` without a code lists them all",
  );
}
