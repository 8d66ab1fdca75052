// Prints what the compiler has to say.
import {
  renderJson,
  renderText,
  type Diagnostic,
  type Paint,
  type Result,
  type Role,
} from "../compiler/diagnostics/index.js";
import pc from "picocolors";
import { Exit, exitStatus } from "./faults.js";
import type { Io } from "./io.js";

/** How diagnostics are printed. */
export const formats = ["human", "json"] as const;
export type Format = (typeof formats)[number];

/** Prints diagnostics: for people on the error output, as JSON on the standard output. */
export function printDiagnostics(diagnostics: readonly Diagnostic[], format: Format, io: Io): void {
  if (format === "json") io.out(`${renderJson(diagnostics)}\n`);
  else if (diagnostics.length > 0)
    io.err(renderText(diagnostics, io.isTerminal ? paint : undefined));
}

const colours: Readonly<Record<Role, (text: string) => string>> = {
  error: (text) => pc.bold(pc.red(text)),
  warning: (text) => pc.bold(pc.yellow(text)),
  title: pc.bold,
  path: pc.dim,
  gutter: pc.dim,
  mark: pc.red,
  help: pc.cyan,
};

/** Colours by role; picocolors leaves them out where the terminal or NO_COLOR wants none. */
const paint: Paint = (role, text) => colours[role](text);

/** The value of a result, its warnings printed; where there is none the diagnostics are printed and the command ends. */
export function unwrap<T>(result: Result<T>, io: Io): T {
  printDiagnostics(result.diagnostics, "human", io);
  if (result.ok) return result.value;
  throw new Exit(exitStatus.wrong);
}
