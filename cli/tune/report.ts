// What `dl tune` prints: a line for each kernel, what it gained, and why others stay as they are.
import type { Site } from "../../compiler/artifact/sites.js";
import type { ScheduleRecord } from "../../compiler/codegen/record.js";
import type { Outcome } from "./search.js";

/** What came of one site. */
export interface Tuning {
  readonly site: Site;
  readonly outcome?: Outcome | undefined;
  /** Why it was not measured. */
  readonly left?: string | undefined;
}

const columns = ["now µs", "best µs", "factor", "tried", "kernel", "lines"];

/** The table, with the schedules that won below it. */
export function tuneText(
  adapter: string,
  tunings: readonly Tuning[],
  out: string | undefined,
): string {
  const lines = [columns, ...tunings.map(cellsOf)];
  const widths = columns.map((_, i) => Math.max(...lines.map((l) => (l[i] ?? "").length)));
  const table = lines.map((cells) =>
    cells
      .map((cell, i) => (i < 4 ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0)))
      .join("  ")
      .trimEnd(),
  );
  const won = tunings.flatMap(({ site, outcome }) =>
    outcome && outcome.kept === undefined
      ? [`  ${site.key}\n    ${numbersOf(site.chosen)}\n    -> ${numbersOf(outcome.best)}`]
      : [],
  );
  const outcomes = tunings.flatMap(({ outcome }) => (outcome ? [outcome] : []));
  const sum = (of: (o: Outcome) => number): string =>
    String(outcomes.reduce((total, o) => total + of(o), 0));
  const counts = `${sum((o) => o.tried)} schedules tried, ${sum((o) => o.rejected)} rejected for other results, ${sum((o) => o.refused)} refused by the device`;
  const end =
    out === undefined
      ? "nothing is faster, so nothing was written"
      : `wrote ${String(won.length)} schedules to ${out}; \`--tuned\` of run, grad, train, profile and build uses them`;
  const measured = outcomes.length > 0 ? [counts, ...won, end] : [];
  return [`schedules on ${adapter}`, "", ...table, "", ...measured].join("\n").trimEnd() + "\n";
}

function cellsOf({ site, outcome, left }: Tuning): readonly string[] {
  const times = site.count === 1 ? "" : ` (${String(site.count)} alike)`;
  const micro = (nanoseconds: number): string => (nanoseconds / 1000).toFixed(1);
  const note = left ?? outcome?.kept;
  const kernel = `${site.key.split(" | ", 1).join("")}${times}${note === undefined ? "" : `: as it was, ${note}`}`;
  const lines = site.origins.slice(0, 3).join(" ") + (site.origins.length > 3 ? " …" : "");
  if (!outcome) return ["", "", "", String(site.candidates.length), kernel, lines];
  const { before, after, tried } = outcome;
  return [
    micro(before),
    micro(after),
    (before / after).toFixed(2),
    `${String(tried)}/${String(site.candidates.length)}`,
    kernel,
    lines,
  ];
}

/** A schedule in few words: `contract registers rows=8 columns=4`. */
export function numbersOf({ template, schedule }: ScheduleRecord): string {
  const words = Object.entries(schedule).map(([name, value]) => {
    const text: string =
      typeof value === "object" ? Object.values(value as object).join(":") : String(value);
    return name === "kind" ? text : `${name}=${text}`;
  });
  return [template, ...words].join(" ");
}
