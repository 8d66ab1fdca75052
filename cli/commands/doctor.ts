// `dl doctor`: which adapters, features and limits this machine offers, what is chosen and why, and what is missing.
import type { Command } from "commander";
import pc from "picocolors";
import type { AdapterDescription } from "../../runtime/adapter.js";
import { chooseDriver, type Driver, type Probe, probe } from "../../runtime/node.js";
import { findDrivers, probeDrivers } from "../../runtime/node.js";
import { missingAdapter } from "../setup/adapters.js";
import { packageVersion } from "../version.js";

/** What `dl doctor --json` prints. */
export interface Report {
  readonly version: string;
  readonly node: string;
  readonly platform: string;
  readonly drivers: readonly Probe[];
  /** The adapter used when none is asked for, and why; null where there is none. */
  readonly chosen: Choice | null;
  readonly missing: readonly Missing[];
}

/** The adapter that is used, from which driver, and why. */
export interface Choice {
  readonly driver: Driver;
  readonly adapter: AdapterDescription;
  readonly why: string;
}

/** Something missing on this machine, with the commands that mend it. */
export interface Missing {
  readonly what: string;
  readonly commands: readonly string[];
}

/** Adds `doctor` to the command line. Exit status 75 where no adapter can be had. */
export function registerDoctor(program: Command): void {
  program
    .command("doctor")
    .description("show adapters, features and limits, what is chosen and why, and what is missing")
    .option("--adapter <name>", "say what this choice of adapter would give")
    .option("--json", "print the report as JSON")
    .addHelpText("after", "\nExample:\n  dl doctor --adapter lavapipe")
    .action(async (options: { readonly adapter?: string; readonly json?: boolean }) => {
      const report = await examine(options.adapter);
      const text = options.json === true ? JSON.stringify(report, null, 2) : render(report);
      process.stdout.write(`${text}\n`);
      if (report.chosen === null) process.exitCode = 75;
    });
}

/** Looks at this machine; `wanted` is a value of `--adapter`. */
export async function examine(wanted: string | undefined): Promise<Report> {
  const drivers = await probeDrivers(findDrivers());
  const chosen = await choose(wanted, drivers);
  return {
    version: packageVersion(),
    node: process.versions.node,
    platform: `${process.platform} ${process.arch}`,
    drivers,
    chosen,
    missing: chosen === null ? [missing()] : [],
  };
}

/** The report as people read it. */
export function render(report: Report): string {
  const { version, node, platform, chosen } = report;
  const working = report.drivers.filter((result) => "adapter" in result);
  const silent = report.drivers.filter((result) => "refusal" in result);
  const lines = [`adjoint ${version}, Node ${node}, ${platform}`, "", pc.bold("adapters")];
  if (working.length === 0) lines.push("  none");
  for (const { driver, adapter } of working)
    lines.push(...adapterLines(driver, adapter, isChosen(adapter, chosen)));
  if (silent.length > 0) lines.push("", pc.bold("drivers without an adapter"));
  for (const { driver, refusal } of silent) lines.push(`  ${driver.name.padEnd(12)} ${refusal}`);
  lines.push("", pc.bold("chosen"));
  lines.push(chosen === null ? "  none" : `  ${chosen.adapter.description}: ${chosen.why}`);
  lines.push("", pc.bold("missing"));
  if (report.missing.length === 0) lines.push("  nothing");
  for (const { what, commands } of report.missing)
    lines.push(`  ${what}`, ...commands.map((command) => `    run: ${command}`));
  return lines.join("\n");
}

async function choose(wanted: string | undefined, all: readonly Probe[]): Promise<Choice | null> {
  const driver = await chooseDriver(wanted);
  const known = all.find((result) => result.driver.manifest === driver.manifest);
  const result = known ?? (await probe(driver));
  if (!("adapter" in result)) return null;
  return { driver, adapter: result.adapter, why: reason(wanted, result.adapter) };
}

function reason(wanted: string | undefined, adapter: AdapterDescription): string {
  if (wanted !== undefined) return `asked for with --adapter ${wanted}`;
  if (!adapter.isSoftware) return "a hardware adapter";
  return "no hardware adapter was found, so the CPU computes";
}

function missing(): Missing {
  const { message, remedy } = missingAdapter();
  return { what: message, commands: remedy };
}

function isChosen(adapter: AdapterDescription, chosen: Choice | null): boolean {
  return chosen?.adapter.description === adapter.description;
}

function adapterLines(driver: Driver, adapter: AdapterDescription, chosen: boolean): string[] {
  const { description, features, limits, isSoftware } = adapter;
  const kind = isSoftware ? "software, computes on the CPU" : "hardware";
  const megabytes = (bytes: number): string => `${(bytes / 2 ** 20).toLocaleString("en")} MiB`;
  const rows: readonly (readonly [string, string])[] = [
    ["kind", kind],
    ["features", features.join(" ") || "none that matter here"],
    [
      "buffers",
      `${megabytes(limits.maxBufferSize)}, bound ${megabytes(limits.maxStorageBufferBindingSize)}`,
    ],
    ["a kernel", `${String(limits.maxStorageBuffersPerShaderStage)} storage buffers`],
    [
      "workgroup",
      `${String(limits.maxComputeInvocationsPerWorkgroup)} invocations, ${String(limits.maxComputeWorkgroupStorageSize / 1024)} KiB`,
    ],
    ["driver", driver.manifest ?? "the platform's own"],
  ];
  const mark = chosen ? pc.green("*") : " ";
  const details = rows.map(([name, value]) => `      ${pc.dim(name.padEnd(10))} ${value}`);
  return [`  ${mark} ${driver.name.padEnd(12)} ${description}`, ...details];
}
