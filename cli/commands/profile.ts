// `dl profile`: where the time of a call goes, kernel by kernel, with the lines of the source that each covers.
import { Option, type Command } from "commander";
import { buildArtifact } from "../../compiler/artifact/index.js";
import { openNodeDevice } from "../../runtime/node.js";
import type { Device } from "../../runtime/device.js";
import type { Artifact } from "../../runtime/format.js";
import type { DispatchTime } from "../../runtime/profile.js";
import { load } from "../../runtime/session.js";
import { isArtifact, readArtifact } from "../artifact.js";
import { chosen, compileFile } from "../compile.js";
import { dataFault, UsageError } from "../faults.js";
import { writeWhole } from "../files.js";
import { printJson, type Io } from "../io.js";
import { addModelOptions, positiveNumber, tunedOption, type ModelOptions } from "../options.js";
import { sizesOption, type Sizes } from "../sizes.js";
import { tunedOn } from "../tune/apply.js";
import { measureCeilings } from "../profile/ceilings.js";
import { flamePicture } from "../profile/flame.js";
import { inputsFor } from "../profile/inputs.js";
import { chromeTrace, profileOf, type Profile, type ProfiledDispatch } from "../profile/profile.js";

interface ProfileOptions extends ModelOptions {
  readonly fn?: string;
  readonly run?: string;
  readonly entry?: string;
  readonly at: Sizes;
  readonly adapter?: string;
  readonly tuned?: string | true;
  readonly rounds: number;
  readonly json?: boolean;
  readonly trace?: string;
  readonly flame?: string;
}

/** Registers `dl profile`. */
export function registerProfile(program: Command, io: Io): void {
  const command = program
    .command("profile")
    .description("show where the time of an entry or a training step goes, kernel by kernel")
    .argument("<file>", "a `.dl` file, or the folder of an artifact")
    .option("--fn <name>", "a function of the file instead of a model")
    .option("--run <name>", "a train declaration: its step")
    .option("--entry <name>", 'the entry of the model (default: "forward")');
  addModelOptions(command)
    .addOption(sizesOption())
    .option("--adapter <name>", "driver or adapter to use, as `dl doctor` lists them")
    .addOption(tunedOption())
    .addOption(new Option("--rounds <n>", "calls to measure").default(7).argParser(positiveNumber))
    .option("--json", "print as JSON")
    .option("--trace <file>", "write a trace for Chrome or Perfetto")
    .option("--flame <file>", "write a flame picture, an SVG")
    .addHelpText(
      "after",
      "\nExample:\n  $ dl profile model.dl --run Pretrain --at B=8,T=64 --flame step.svg",
    )
    .action((file: string, options: ProfileOptions) => profile(file, options, io));
}

async function profile(file: string, options: ProfileOptions, io: Io): Promise<void> {
  const chosen = [options.fn, options.run, options.entry].filter((name) => name !== undefined);
  if (chosen.length > 1) throw new UsageError("--fn, --run and --entry exclude each other");
  const device = await openNodeDevice({ adapter: options.adapter });
  try {
    const artifact = await artifactOf(file, options, device, io);
    const name = chosen[0] ?? "forward";
    const plan = [...artifact.entries, ...artifact.steps].find((e) => e.name === name);
    if (!plan) throw unknownEntry(artifact, name);
    const inputs = inputsFor(plan, options.at);
    const session = await load(artifact, { device });
    await session.init(0);
    const rounds: (readonly DispatchTime[])[] = [];
    // The first round compiles and warms up.
    for (let round = 0; round <= options.rounds; round++)
      rounds.push(await session.profile(name, inputs, { seed: 0, step: round + 1 }));
    const ceilings = await measureCeilings(device);
    const about = { entry: name, adapter: device.adapter.description, ceilings };
    const found = profileOf(about, rounds.slice(1));
    if (options.trace !== undefined) writeWhole(options.trace, JSON.stringify(chromeTrace(found)));
    if (options.flame !== undefined) writeWhole(options.flame, flamePicture(found));
    if (options.json === true) printJson(io, found);
    else io.out(textOf(found));
  } finally {
    device.close();
  }
}

async function artifactOf(
  file: string,
  options: ProfileOptions,
  device: Device,
  io: Io,
): Promise<Artifact> {
  const { model, fn, set } = options;
  if (isArtifact(file)) {
    if (options.tuned !== undefined) {
      throw new UsageError(
        `\`${file}\` is an artifact: its schedules were chosen when it was built`,
        "give --tuned to `dl build`",
      );
    }
    if (model !== undefined || fn !== undefined || Object.keys(set).length > 0) {
      throw new UsageError(
        `\`${file}\` is an artifact: its model and statics were chosen when it was built`,
        "leave out --model, --fn and --set",
      );
    }
    return (await readArtifact(file, device)).artifact;
  }
  const compiled = compileFile(file, chosen(options), io);
  const { tuned, note } = await tunedOn(device, options.tuned);
  if (note !== undefined) io.err(`${note}\n`);
  return buildArtifact(compiled, { target: device.target, tuned });
}

function unknownEntry(artifact: Artifact, name: string): Error {
  const known = [...artifact.entries, ...artifact.steps].map((e) => `\`${e.name}\``).join(", ");
  return dataFault(
    "unknown-entry",
    `\`${artifact.name}\` has no entry \`${name}\``,
    `its entries and steps are ${known}`,
  );
}

// -------------------------------------------------------------------------- text

const columns = ["µs", "share", "GFLOP/s", "GB/s", "of limit", "kernel", "lines"];

function textOf({ entry, adapter, microseconds, rounds, ceilings, dispatches }: Profile): string {
  const order = [...dispatches].sort((a, b) => b.microseconds - a.microseconds);
  const lines = [columns, ...order.map(cellsOf)];
  const widths = columns.map((_, i) => Math.max(...lines.map((line) => (line[i] ?? "").length)));
  const table = lines.map((line) =>
    line
      .map((cell, i) => (i < 5 ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0)))
      .join("  ")
      .trimEnd(),
  );
  const peak = `${(ceilings.flops / 1e9).toPrecision(3)} GFLOP/s in registers, ${(ceilings.bytes / 1e9).toPrecision(3)} GB/s through memory`;
  const head = `\`${entry}\` on ${adapter}: ${(microseconds / 1000).toPrecision(4)} ms in ${String(dispatches.length)} dispatches, each alone; medians of ${String(rounds)} rounds`;
  return `${head}\nthe adapter does ${peak}\n\n${table.join("\n")}\n`;
}

function cellsOf(d: ProfiledDispatch): readonly string[] {
  const rate = (amount: number | undefined): string =>
    amount === undefined ? "" : (amount / d.microseconds / 1000).toPrecision(3);
  const limit = d.limit === undefined ? "" : d.limit === "memory" ? " mem" : " ops";
  return [
    d.microseconds.toFixed(1),
    `${(100 * d.share).toFixed(1)} %`,
    rate(d.flops),
    rate(d.bytes),
    d.ofCeiling === undefined ? "" : `${(100 * d.ofCeiling).toFixed(0)} %${limit}`,
    d.kernel,
    runsOf(d.lines),
  ];
}

/** `gpt.dl:5-7,12`: lines of one file together, neighbours as a range. */
function runsOf(lines: readonly string[]): string {
  const files = new Map<string, number[]>();
  for (const line of lines) {
    const at = line.lastIndexOf(":");
    const file = line.slice(0, at);
    files.set(file, [...(files.get(file) ?? []), Number(line.slice(at + 1))]);
  }
  return [...files].map(([file, numbers]) => `${file}:${ranges(numbers)}`).join(" ");
}

function ranges(numbers: readonly number[]): string {
  const runs: [number, number][] = [];
  for (const n of numbers) {
    const last = runs.at(-1);
    if (last && n <= last[1] + 1) last[1] = n;
    else runs.push([n, n]);
  }
  return runs.map(([a, b]) => (a === b ? String(a) : `${String(a)}-${String(b)}`)).join(",");
}
