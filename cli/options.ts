// Options that several commands share, with one meaning everywhere.
import { InvalidArgumentError, Option, type Command } from "commander";
import type { BackendChoice } from "./backend.js";
import type { FloatType } from "../compiler/resolve/modules.js";
import { UsageError } from "./faults.js";
import { bytesOption } from "./sizes.js";

/** Options of every command that compiles a model. */
export interface ModelOptions {
  readonly model?: string;
  readonly set: Readonly<Record<string, string>>;
  readonly dtype?: FloatType;
}

/** Options of every command that runs something. */
export interface RunOptions extends ModelOptions, BackendChoice {
  readonly seed: number;
}

/** Adds `--model`, `--set` and `--dtype`. */
export function addModelOptions(command: Command): Command {
  return command
    .option("--model <name>", "the model to build; needed when the file has several")
    .addOption(
      new Option("--set <name=value>", "a static argument of the model; may be repeated")
        .default({}, "none")
        .argParser(addSetting),
    )
    .addOption(
      new Option(
        "--dtype <name>",
        "float type of tensors that do not say theirs (default: what `dl.json` says, else f32)",
      ).choices(["f32", "f16"]),
    );
}

/** What `--memory` is for. */
export const memoryHelp =
  "device memory that a call or step may take, such as 2GiB; values are computed again to fit";

/** `--tuned [file]`, of every command that builds kernels. */
export const tunedOption = (): Option =>
  new Option(
    "--tuned [file]",
    "use schedules that `dl tune` measured, of this file or of the user's cache",
  ).preset(true);

/** Adds `--backend`, `--adapter` and `--seed`. */
export function addRunOptions(command: Command): Command {
  return command
    .addOption(
      new Option("--backend <name>", "where to compute: a WebGPU device, or float64 on the CPU")
        .choices(["webgpu", "reference"])
        .default("webgpu"),
    )
    .option("--adapter <name>", "driver or adapter to use, as `dl doctor` lists them")
    .option("--memory <bytes>", memoryHelp, bytesOption)
    .addOption(tunedOption())
    .option("--seed <n>", "seed of initialisers and randomness", wholeNumber, 0);
}

/** Refuses options that say nothing together. */
export function checkRunOptions({ memory, tuned, backend }: RunOptions): void {
  if (memory !== undefined && backend === "reference")
    throw new UsageError("--memory is of a device, and the reference has none", "leave it out");
  if (tuned !== undefined && backend === "reference")
    throw new UsageError("--tuned is of a device, and the reference has none", "leave it out");
}

/** Parses a non-negative integer below 2^32. */
export function wholeNumber(text: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value < 2 ** 32) return value;
  throw new InvalidArgumentError("It must be a whole number.");
}

/** Parses an integer above zero. */
export function positiveNumber(text: string): number {
  const value = wholeNumber(text);
  if (value > 0) return value;
  throw new InvalidArgumentError("It must be above zero.");
}

/** `60s`, `500ms`, `2m`, in milliseconds. */
export function duration(text: string): number {
  const [, number, unit] = /^(\d+(?:\.\d+)?)(ms|s|m)?$/.exec(text) ?? [];
  if (number === undefined) throw new InvalidArgumentError("It must be a time such as 60s or 2m.");
  return Number(number) * (unit === "ms" ? 1 : unit === "m" ? 60_000 : 1000);
}

function addSetting(
  text: string,
  known: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const at = text.indexOf("=");
  if (at > 0) return { ...known, [text.slice(0, at).trim()]: text.slice(at + 1).trim() };
  throw new InvalidArgumentError("It must be NAME=VALUE, such as D=384.");
}
