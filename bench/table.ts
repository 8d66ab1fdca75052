// The table of rows against rivals: figures in each row's unit, and how many times as fast as the best rival we are.
import type { Report } from "./rivals.js";
import type { Rate, Row } from "./work.js";

/** What is shown of a row. */
export type ShownRow = Rate & Pick<Row, "name" | "what">;

const shown = (value: number): string =>
  value >= 1000
    ? Math.round(value).toLocaleString("en")
    : String(Number(value.toPrecision(value >= 100 ? 3 : 2)));

const inUnit = ({ amount }: Rate, milliseconds: number): string =>
  shown(amount === undefined ? milliseconds : (1000 * amount) / milliseconds);

const cell = (row: ShownRow, report: Report | undefined): string => {
  if (!report) return "";
  if (report.ms === undefined) return "–";
  return inUnit(row, report.ms);
};

/** How many times as much time the best of the rivals takes as we do, by one of the two clocks. */
export function ratioOf(
  reports: readonly Report[],
  ours: string,
  clock: "ms" | "cpu_ms",
): number | undefined {
  const own = reports.find(({ who }) => who === ours)?.[clock];
  const theirs = reports.flatMap((r) => (r.who === ours ? [] : (r[clock] ?? [])));
  return own === undefined || theirs.length === 0 ? undefined : Math.min(...theirs) / own;
}

/** The table of one driver in Markdown. `ours` is the name whose times the ratios are taken of. */
export function tableOf(
  rows: readonly ShownRow[],
  reports: readonly Report[],
  names: readonly string[],
  ours: string,
): string {
  const ratio = (of: readonly Report[], clock: "ms" | "cpu_ms"): string => {
    const value = ratioOf(of, ours, clock);
    return value === undefined ? "" : `${shown(value)}x`;
  };
  const head = ["row", "in", ...names, "best rival, wall", "best rival, CPU", "others' cores"];
  const body = rows.flatMap((row) => {
    const of = reports.filter((report) => report.row === row.name);
    if (of.length === 0) return [];
    const others = of.flatMap((r) => (r.others === undefined ? [] : [r.others]));
    const spread = others.length === 0 ? "" : [Math.min(...others), Math.max(...others)];
    const figures = names.map((name) =>
      cell(
        row,
        of.find(({ who }) => who === name),
      ),
    );
    const disturbance = spread === "" ? "" : spread.map((v) => v.toFixed(1)).join(" to ");
    return [[row.what, row.unit, ...figures, ratio(of, "ms"), ratio(of, "cpu_ms"), disturbance]];
  });
  return markdown([head, ...body]);
}

/** Rows of cells as a Markdown table with aligned columns. */
export function markdown(lines: readonly (readonly string[])[]): string {
  const widths = (lines[0] ?? []).map((_, i) =>
    Math.max(3, ...lines.map((line) => (line[i] ?? "").length)),
  );
  const print = (line: readonly string[]): string =>
    `| ${widths.map((width, i) => (line[i] ?? "").padEnd(width)).join(" | ")} |`;
  const [head = [], ...body] = lines;
  const rule = `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`;
  return [print(head), rule, ...body.map(print)].join("\n");
}
