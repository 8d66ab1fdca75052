// Runs rows of work in processes of their own, ours and the rivals' in turn, and collects the line of JSON that each prints.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Driver } from "../runtime/node.js";

/** Someone who does the rows: a command, and variables that it reads. */
export interface Contender {
  readonly name: string;
  readonly command: (row: string, driver: Driver) => readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** What one process said of one row; figures are undefined where it failed. */
export interface Report {
  readonly who: string;
  readonly driver: string;
  readonly row: string;
  readonly ms?: number;
  readonly cpu_ms?: number;
  readonly others?: number;
  readonly dispatches?: number;
  readonly submits?: number;
  readonly losses?: readonly number[];
  readonly first_result_ms?: number;
  readonly first_ms?: number;
  readonly error?: string;
}

const here = import.meta.dirname;

/** Adjoint itself. */
export const adjoint: Contender = {
  name: "Adjoint",
  command: (row, { name }) => [
    process.execPath,
    "--import",
    "tsx",
    join(here, "row.ts"),
    row,
    name,
  ],
};

/** Scripts of rivals, by file: each prints a line of JSON for the row in `ONLY`. */
const scripts: readonly (readonly [file: string, name: string])[] = [
  ["jax.mjs", "jax-js"],
  ["tfjs.mjs", "TensorFlow.js"],
  ["ort.mjs", "ONNX Runtime"],
];

/** The rivals whose scripts a folder holds. They find their packages through the variable `PEERS`. */
export const rivalsIn = (folder: string): readonly Contender[] =>
  scripts
    .filter(([file]) => existsSync(join(folder, file)))
    .map(([file, name]) => ({
      name,
      command: () => [process.execPath, join(folder, file)],
      env: { DEV: "webgpu" },
    }));

/** Runs one row of one contender on one driver; what goes wrong is in the report. */
export async function runRow(who: Contender, driver: Driver, row: string): Promise<Report> {
  const variables = {
    ...who.env,
    DRIVER: driver.name,
    ONLY: row,
    ...(driver.manifest === null ? {} : { VK_DRIVER_FILES: driver.manifest }),
  };
  const { lines, end } = await run(who.command(row, driver), variables);
  const found = lines.find((line) => line["row"] === row || line["row"] === "init");
  const named = { who: who.name, driver: driver.name, row };
  return found ? { ...found, ...named } : { ...named, error: end };
}

/** Milliseconds after which a process is given up. */
const patience = 560_000;

/** Runs a command to its end; resolves to the objects that it printed as lines of JSON, and how it ended. */
export function run(
  [command = "", ...args]: readonly string[],
  variables: Readonly<Record<string, string>>,
): Promise<{ readonly lines: readonly Record<string, unknown>[]; readonly end: string }> {
  return new Promise((resolve) => {
    const env = { ...process.env, ...variables };
    const child = spawn(command, args, { env, stdio: ["ignore", "pipe", "pipe"] });
    const timer = setTimeout(() => child.kill("SIGKILL"), patience);
    let [out, err] = ["", ""];
    child.stdout.on("data", (data: Buffer) => (out += data.toString()));
    child.stderr.on("data", (data: Buffer) => (err += data.toString()));
    child.on("error", (error) => (err += error.message));
    child.on("close", (code) => {
      clearTimeout(timer);
      const lines = out.split("\n").flatMap(objectIn);
      const said = err.split("\n").filter((line) => line !== "" && !line.startsWith("Warning"));
      resolve({ lines, end: `exit ${String(code)}: ${said.slice(-3).join(" | ").slice(0, 200)}` });
    });
  });
}

function objectIn(line: string): Record<string, unknown>[] {
  if (!line.startsWith("{")) return [];
  try {
    return [JSON.parse(line) as Record<string, unknown>];
  } catch {
    return [];
  }
}
