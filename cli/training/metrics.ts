// `metrics.jsonl`: one line of JSON for each step, and what the report and the plot read back from it.
import { appendFileSync, existsSync } from "node:fs";
import { join } from "node:path";
import { readText, writeWhole } from "../files.js";

/** What is known of one step. */
export interface StepMetrics {
  readonly step: number;
  readonly loss: number;
  /** Mean loss on the held-out batches, where it was measured after this step. */
  readonly held_out_loss?: number;
  readonly tokens_per_second?: number;
  readonly samples_per_second?: number;
  /** Metrics that the `train` declaration names. */
  readonly metrics?: Readonly<Record<string, number>>;
}

/** Appends steps to the file of a run. */
export class MetricsLog {
  readonly steps: StepMetrics[];
  readonly #path: string;

  /** Opens the log of a run that has done `step` steps; what a broken run wrote after them is dropped. */
  constructor(runFolder: string, step: number) {
    this.#path = join(runFolder, "metrics.jsonl");
    this.steps = step > 0 && existsSync(this.#path) ? readSteps(this.#path, step) : [];
    writeWhole(this.#path, this.steps.map((line) => `${JSON.stringify(line)}\n`).join(""));
  }

  add(metrics: StepMetrics): void {
    this.steps.push(metrics);
    appendFileSync(this.#path, `${JSON.stringify(metrics)}\n`);
  }
}

function readSteps(path: string, last: number): StepMetrics[] {
  const steps: StepMetrics[] = [];
  for (const line of readText(path).split("\n")) {
    const parsed = parseLine(line);
    if (parsed && parsed.step <= last) steps.push(parsed);
  }
  return steps;
}

/** A kill can leave half a line at the end. */
function parseLine(line: string): StepMetrics | undefined {
  try {
    return line === "" ? undefined : (JSON.parse(line) as StepMetrics);
  } catch {
    return undefined;
  }
}
