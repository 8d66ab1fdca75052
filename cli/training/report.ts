// What a finished run leaves for people: a short report and a sample of its writing.
import { join } from "node:path";
import { writeWhole } from "../files.js";
import type { StepMetrics } from "./metrics.js";
import { duration, thousands } from "./progress.js";

/** Facts of a finished run. */
export interface ReportFacts {
  readonly run: string;
  readonly model: string;
  readonly backend: string;
  readonly data: string;
  readonly parameters: number;
  readonly seed: number;
  readonly seconds: number;
  readonly perStep: number;
  readonly unit: string;
  readonly steps: readonly StepMetrics[];
  readonly sample: string | undefined;
}

/** Writes `report.md` into the folder of a run. */
export function writeReport(folder: string, facts: ReportFacts): void {
  writeWhole(join(folder, "report.md"), renderReport(facts));
}

/** The held-out loss that was measured last. */
export const lastHeldOut = (steps: readonly StepMetrics[]): number | undefined =>
  steps.findLast(({ held_out_loss }) => held_out_loss !== undefined)?.held_out_loss;

/** The report as Markdown. */
export function renderReport(facts: ReportFacts): string {
  const { steps } = facts;
  const heldOut = lastHeldOut(steps);
  const rows: readonly (readonly [string, string | undefined])[] = [
    ["Model", `${facts.model}, ${thousands(facts.parameters)} parameters`],
    ["Data", facts.data],
    ["Steps", `${thousands(steps.at(-1)?.step ?? 0)} of ${thousands(facts.perStep)} ${facts.unit}`],
    ["Loss at the start", steps[0]?.loss.toFixed(4)],
    ["Loss at the end", steps.at(-1)?.loss.toFixed(4)],
    ["Held-out loss", heldOut?.toFixed(4)],
    ["Time", duration(facts.seconds)],
    ["Computed on", facts.backend],
    ["Seed", String(facts.seed)],
  ];
  const table = rows.flatMap(([name, value]) =>
    value === undefined ? [] : [`| ${name} | ${value} |`],
  );
  const parts = [
    `# ${facts.run}`,
    ["| | |", "| --- | --- |", ...table].join("\n"),
    "![Loss](loss.svg)",
  ];
  if (facts.sample !== undefined) parts.push("## A sample of its writing", fenced(facts.sample));
  return `${parts.join("\n\n")}\n`;
}

/** A fence longer than any run of backticks in the text. */
function fenced(text: string): string {
  const longest = Math.max(2, ...Array.from(text.matchAll(/`+/g), ([ticks]) => ticks.length));
  const fence = "`".repeat(longest + 1);
  return `${fence}text\n${text}\n${fence}`;
}
