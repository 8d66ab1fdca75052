// What the comparison found, as data and as a table.
import type { Cost } from "./costs.js";
import type { Run, Taught } from "./teach.js";

/** A way with the run and the rate that were chosen for it. */
export interface Chosen extends Run {
  readonly way: string;
}

/** All that was measured. */
export interface Results {
  readonly device: string;
  /** The steps of all ways. */
  readonly steps: number;
  /** Every run and rate that was tried, each with one seed, by the way that it was tried for. */
  readonly tried: readonly (Taught & { readonly way: string })[];
  readonly chosen: readonly Chosen[];
  /** The chosen runs with other seeds. */
  readonly judged: readonly Taught[];
  readonly costs: readonly Cost[];
}

/** The last loss on the choosing part. */
export const lastLoss = ({ choosing }: Taught): number => choosing.at(-1)?.loss ?? NaN;

/** The seeds of a chosen run. */
export const seedsOf = ({ judged }: Results, { run, peak }: Run): readonly Taught[] =>
  judged.filter((t) => t.run === run && t.peak === peak);

/** Mean and standard deviation of a sample. */
export function spreadOf(values: readonly number[]): {
  readonly mean: number;
  readonly deviation: number;
} {
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  const squares = values.reduce((sum, x) => sum + (x - mean) ** 2, 0);
  return { mean, deviation: Math.sqrt(squares / (values.length - 1)) };
}

/** The comparison as two tables of Markdown: what was chosen among what, and what the chosen ones cost and reach. */
export function tablesOf(results: Results): string {
  const tried = results.tried.map((t) => [
    t.way,
    t.run,
    t.peak.toExponential(),
    lastLoss(t).toFixed(4),
  ]);
  return `${table(["way", "run", "rate", "loss, choosing part"], tried)}\n${table(
    head,
    results.chosen.map((c) => rowOf(results, c)),
  )}`;
}

const head = [
  "way",
  "run",
  "rate",
  "trained",
  "share",
  "optimizer bytes",
  "peak bytes, planned",
  "peak bytes, measured",
  "ms a step",
  "loss, judging part",
  "against full",
];

function rowOf(results: Results, chosen: Chosen): readonly string[] {
  const losses = (c: Run): readonly number[] => seedsOf(results, c).map((t) => t.judging ?? NaN);
  const { mean, deviation } = spreadOf(losses(chosen));
  const [full] = results.chosen;
  const reference = full ? spreadOf(losses(full)).mean : NaN;
  const cost = results.costs.find((c) => c.run === chosen.run);
  const number = (x: number | undefined): string => x?.toLocaleString("en-US") ?? "";
  return [
    chosen.way,
    chosen.run,
    chosen.peak.toExponential(),
    number(cost?.trained),
    cost ? `${((100 * cost.trained) / cost.base).toFixed(1)} %` : "",
    number(cost?.optimizerBytes),
    number(cost?.plannedBytes),
    number(cost?.measuredBytes),
    cost?.milliseconds.toFixed(0) ?? "",
    `${mean.toFixed(4)} ± ${deviation.toFixed(4)}`,
    `${mean >= reference ? "+" : ""}${(100 * (mean / reference - 1)).toFixed(1)} %`,
  ];
}

const table = (titles: readonly string[], rows: readonly (readonly string[])[]): string =>
  [titles, titles.map(() => "---"), ...rows].map((row) => `| ${row.join(" | ")} |\n`).join("");
