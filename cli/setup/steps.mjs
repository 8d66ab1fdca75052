// Small shared pieces of the set-up scripts: the project's root, printing, and running commands.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The repository's root folder. */
export const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..");

/** A set-up step that could not be done; the message is for the user and `remedy` holds the commands that mend it. */
export class SetupError extends Error {
  constructor(message, remedy = []) {
    super(message);
    this.remedy = remedy;
  }
}

/** Prints one line about what the set-up does. */
export function say(line) {
  process.stdout.write(`set-up: ${line}\n`);
}

/**
 * Lets packages below this folder import `adjoint`, as where it is installed: what `dl build` writes is such a package. Without
 * symbolic links, as on some Windows, they are left to find it themselves.
 */
export function linkSelf() {
  const link = join(root, "node_modules", "adjoint");
  try {
    if (!existsSync(link)) symlinkSync(root, link, "junction");
  } catch {
    // Nothing else needs it.
  }
}

/** Runs a command quietly; returns `{ ok, stdout, stderr }` and never throws. */
export function quietly(command, args, options = {}) {
  const done = spawnSync(command, args, {
    cwd: root,
    encoding: "utf8",
    maxBuffer: 1 << 28,
    ...options,
  });
  return {
    ok: done.status === 0,
    stdout: done.stdout ?? "",
    stderr: done.stderr ?? String(done.error ?? ""),
  };
}

/** Runs a command with its output on screen; resolves to its exit status (128 + number after a signal). */
export function onScreen(command, args, env = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: root,
      stdio: "inherit",
      env: { ...process.env, ...env },
    });
    const forward = (signal) => child.kill(signal);
    process.once("SIGINT", forward).once("SIGTERM", forward);
    const finish = (status) => {
      process.off("SIGINT", forward).off("SIGTERM", forward);
      resolve(status);
    };
    child.once("error", () => finish(127));
    child.once("exit", (code, signal) => finish(code ?? (signal === "SIGINT" ? 130 : 143)));
  });
}
