// Prints what the compiler has to say.
import {
  renderGithub,
  renderJson,
  renderJunit,
  renderSarif,
  renderText,
  type CheckedFile,
  type Diagnostic,
  type Paint,
  type Result,
  type Role,
} from "../compiler/diagnostics/index.js";
import pc from "picocolors";
import { Exit, exitStatus } from "./faults.js";
import type { Io } from "./io.js";
import { pageOf } from "./pages.js";
import { packageVersion } from "./version.js";

/** A renderer whose reader is a program. */
type Renderer = (
  diagnostics: readonly Diagnostic[],
  files: () => readonly CheckedFile[],
  tool: string,
) => string;

const renderers = {
  json: (diagnostics) => `${renderJson(diagnostics)}\n`,
  sarif: (diagnostics) =>
    `${renderSarif(diagnostics, { version: packageVersion(), page: pageOf })}\n`,
  github: renderGithub,
  junit: (diagnostics, files, tool) => renderJunit(diagnostics, files(), tool),
} as const satisfies Readonly<Record<string, Renderer>>;

/** A form that a program reads. */
export type MachineFormat = keyof typeof renderers;
/** How diagnostics are printed. */
export type Format = "human" | MachineFormat;
/** All forms, the one for people first. */
export const formats: readonly Format[] = ["human", ...(Object.keys(renderers) as MachineFormat[])];

/** Prints diagnostics for people, on the error output. */
export function printDiagnostics(diagnostics: readonly Diagnostic[], io: Io): void {
  if (diagnostics.length > 0) io.err(renderText(diagnostics, io.isTerminal ? paint : undefined));
}

/** Prints diagnostics for a program, on the standard output; `files` lists what `tool` looked at. */
export function printReport(
  diagnostics: readonly Diagnostic[],
  format: MachineFormat,
  files: () => readonly CheckedFile[],
  io: Io,
  tool = "dl check",
): void {
  io.out(renderers[format](diagnostics, files, tool));
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
  printDiagnostics(result.diagnostics, io);
  if (result.ok) return result.value;
  throw new Exit(exitStatus.wrong);
}
