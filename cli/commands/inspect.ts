// `dl inspect` and `dl diff`: what an artifact holds, and how two of them differ.
import type { Command } from "commander";
import { diffArtifacts, type ArtifactDiff, type Change } from "../artifact-diff.js";
import { isArtifact } from "../artifact.js";
import { summarize, type ArtifactSummary, type ScheduleSummary } from "../artifact-summary.js";
import { dataFault, Exit, exitStatus } from "../faults.js";
import { printJson, type Io } from "../io.js";
import { sizesOption, type Sizes } from "../sizes.js";

interface InspectOptions {
  readonly at: Sizes;
  readonly json?: boolean;
}

/** Registers `dl inspect`. */
export function registerInspect(program: Command, io: Io): void {
  program
    .command("inspect")
    .description("show what an artifact holds: entries, variables, schedules, weights")
    .argument("<artifact>", "a folder or `.dla` file that `dl build` wrote")
    .addOption(sizesOption())
    .option("--json", "print it as JSON")
    .addHelpText("after", "\nExample:\n  $ dl inspect build/gpt.dla --at B=8,T=64")
    .action(async (path: string, { at, json }: InspectOptions) => {
      const summary = await summarize(artifact(path), at);
      if (json === true) printJson(io, summary);
      else io.out(summaryText(summary));
    });
}

/** Registers `dl diff`. Exit status 1 where weights of the first do not fit the second. */
export function registerDiff(program: Command, io: Io): void {
  program
    .command("diff")
    .description("compare two artifacts: parameters, entries, costs, and whether weights fit")
    .argument("<before>", "a folder or `.dla` file that `dl build` wrote")
    .argument("<after>", "another one")
    .addOption(sizesOption())
    .option("--json", "print it as JSON")
    .addHelpText("after", "\nExample:\n  $ dl diff old.dla new.dla --at B=8,T=64")
    .action(async (before: string, after: string, { at, json }: InspectOptions) => {
      const diff = diffArtifacts(
        await summarize(artifact(before), at),
        await summarize(artifact(after), at),
      );
      if (json === true) printJson(io, diff);
      else io.out(diffText(diff));
      if (!diff.weightsFit) throw new Exit(exitStatus.wrong);
    });
}

function artifact(path: string): string {
  if (isArtifact(path)) return path;
  throw dataFault(
    "no-artifact",
    `\`${path}\` is no artifact`,
    "write one with `dl build FILE -o PATH`",
  );
}

function summaryText(of: ArtifactSummary): string {
  const { weights } = of;
  const width = Math.max(0, ...Object.keys(of.variables).map((path) => path.length));
  return [
    `${of.name}, artifact format ${String(of.format)}, ${of.id.slice(0, 16)}`,
    `${of.parameters.toLocaleString("en")} parameters, ${weights ? `weights of ${weights.bytes.toLocaleString("en")} bytes` : "no weights"}`,
    "",
    ...Object.entries(of.variables).map(([path, type]) => `  ${path.padEnd(width)}  ${type}`),
    ...of.schedules.flatMap(scheduleLines),
    "",
  ].join("\n");
}

function scheduleLines(schedule: ScheduleSummary): readonly string[] {
  const { needs } = schedule;
  const asks = [
    `${String(needs.storageBuffers)} storage buffers`,
    `workgroups of ${String(needs.invocations)}`,
    `${String(needs.workgroupBytes)} shared bytes`,
    ...(needs.subgroup === undefined ? [] : [`subgroups of ${String(needs.subgroup)}`]),
    ...needs.features,
  ];
  return [
    "",
    `for ${schedule.for} adapters: ${String(schedule.kernels)} kernels, ${schedule.shaderBytes.toLocaleString("en")} bytes of shaders`,
    `  needs ${asks.join(", ")}`,
    ...schedule.entries.flatMap((entry) => [
      `  ${entry.isStep ? "step " : ""}${entry.name}(${entry.inputs.join(", ")}) -> ${entry.results.join(", ")}`,
      ...entry.guards.map((guard) => `    where ${guard}`),
      `    ${String(entry.dispatches)} dispatches${entry.at ? `, ${entry.at.flops.toLocaleString("en")} operations, ${entry.at.bytes.toLocaleString("en")} bytes at its peak` : ""}`,
    ]),
  ];
}

function diffText(diff: ArtifactDiff): string {
  if (diff.isSame) return "the same\n";
  const part = (title: string, changes: readonly Change[]): readonly string[] =>
    changes.length === 0
      ? []
      : [
          title,
          ...changes.flatMap(({ what, before, after }) => [
            `  ${what}`,
            ...(before === undefined ? [] : [`    - ${before}`]),
            ...(after === undefined ? [] : [`    + ${after}`]),
          ]),
        ];
  return [
    ...part("artifact", diff.general),
    ...part("variables", diff.variables),
    ...part("entries", diff.entries),
    ...part("costs", diff.costs),
    diff.weightsFit ? "weights fit" : "weights do not fit:",
    ...diff.misfits.map((misfit) => `  ${misfit}`),
    "",
  ].join("\n");
}
