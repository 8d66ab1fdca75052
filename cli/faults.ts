// Turns whatever ended a command into a message and an exit status.
import { CommanderError } from "commander";
import { RuntimeFault } from "../runtime/errors.js";
import type { Io } from "./io.js";

/** Exit statuses of the command line. */
export const exitStatus = {
  done: 0,
  wrong: 1,
  usage: 2,
  ours: 70,
  device: 75,
  interrupted: 130,
  terminated: 143,
} as const;

/** Ends a command whose reasons were already printed. */
export class Exit extends Error {
  readonly status: number;

  constructor(status: number) {
    super(`exit ${String(status)}`);
    this.status = status;
  }
}

/** The command line itself is wrong: exit status 2. */
export class UsageError extends Error {
  readonly remedy: string | undefined;

  constructor(message: string, remedy?: string) {
    super(message);
    this.remedy = remedy;
  }
}

/** A refusal of the program's data or files, with its stable code: exit status 1. */
export function dataFault(code: string, message: string, remedy?: string): RuntimeFault {
  return new RuntimeFault(message, { code, exit: 1, remedy });
}

/** Prints what ended a command and gives its exit status. Stack traces are shown only when debugging. */
export function reportEnd(thrown: unknown, io: Io, isDebug: boolean): number {
  if (thrown instanceof Exit) return thrown.status;
  if (thrown instanceof CommanderError)
    return thrown.exitCode === 0 ? exitStatus.done : exitStatus.usage;
  if (isDebug && thrown instanceof Error) io.err(`${thrown.stack ?? thrown.message}\n`);
  return reportFault(thrown, io);
}

function reportFault(thrown: unknown, io: Io): number {
  if (thrown instanceof UsageError) {
    io.err(message("usage", thrown.message, thrown.remedy));
    return exitStatus.usage;
  }
  if (thrown instanceof RuntimeFault) {
    const remedy = thrown.exit === exitStatus.ours ? (thrown.remedy ?? reportUs) : thrown.remedy;
    io.err(message(thrown.code, thrown.message, remedy));
    return thrown.exit;
  }
  const system = systemFault(thrown);
  if (system !== undefined) {
    io.err(message("file", system, undefined));
    return exitStatus.wrong;
  }
  const text = thrown instanceof Error ? thrown.message : String(thrown);
  io.err(message("internal", `a fault in Adjoint itself: ${text}`, reportUs));
  return exitStatus.ours;
}

const reportUs = "run again with --debug and report what it prints, together with the .dl file";

function message(code: string, text: string, remedy: string | undefined): string {
  return `error[${code}]: ${text}\n${remedy === undefined ? "" : ` help: ${remedy}\n`}`;
}

/** A refusal of the operating system in plain words, or undefined where it is none. */
function systemFault(thrown: unknown): string | undefined {
  if (!(thrown instanceof Error) || !("code" in thrown) || !("syscall" in thrown)) return undefined;
  const path = "path" in thrown ? `\`${String(thrown.path)}\`` : "a file";
  const reason = systemReasons[String(thrown.code)];
  return `${path}: ${reason ?? thrown.message}`;
}

const systemReasons: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file or folder",
  EACCES: "it may not be opened: permission denied",
  EPERM: "it may not be changed: permission denied",
  EISDIR: "it is a folder, not a file",
  ENOTDIR: "a part of its path is a file, not a folder",
  ENOSPC: "the disk is full",
  EROFS: "the disk is read-only",
  EIO: "the disk reported an error",
  EMFILE: "too many files are open",
};
