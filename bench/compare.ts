// The comparison with rivals: every row on every driver, ours and theirs in turn, then the cold starts; printed and recorded.
import { appendFileSync, existsSync } from "node:fs";
import { loadavg } from "node:os";
import { join } from "node:path";
import { findDrivers, type Driver } from "../runtime/node.js";
import { coldTables } from "./cold.js";
import { machine } from "./question.js";
import { adjoint, rivalsIn, runRow, type Contender, type Report } from "./rivals.js";
import { tableOf } from "./table.js";
import { rows } from "./work.js";

/** What to compare. */
export interface Comparison {
  /** Folder with the rivals' scripts, or `none`. */
  readonly folder: string;
  readonly drivers: readonly string[] | undefined;
  readonly rows: readonly string[] | undefined;
  /** Whether to print only and record nothing. */
  readonly isPrinted: boolean;
}

const results = join(import.meta.dirname, "RESULTS.md");

/** Runs the comparison. */
export async function compareWithRivals(comparison: Comparison): Promise<void> {
  const { folder, isPrinted } = comparison;
  if (folder !== "none" && !existsSync(folder)) throw new Error(`there is no folder ${folder}`);
  const contenders = [adjoint, ...(folder === "none" ? [] : rivalsIn(folder))];
  const drivers = driversOf(comparison.drivers);
  const wanted = rows.filter(({ name }) => comparison.rows?.includes(name) ?? true);
  const text = [`\n### ${machine()}, load ${loadNow()} at the start\n`];
  for (const driver of wanted.length > 0 ? drivers : []) {
    const reports = await reportsOf(
      contenders,
      driver,
      wanted.map(({ name }) => name),
    );
    const names = contenders.map(({ name }) => name);
    text.push(`\n${driver.name}\n\n${tableOf(wanted, reports, names, adjoint.name)}\n`);
    text.push(...failuresOf(reports), ...lossesOf(reports));
  }
  if (comparison.rows === undefined || comparison.rows.includes("f")) {
    for (const driver of drivers) text.push(await coldTables(driver, folder));
  }
  text.push(`\nLoad at the end ${loadNow()}.\n`);
  process.stdout.write(text.join(""));
  if (!isPrinted) appendFileSync(results, text.join(""));
}

const loadNow = (): string => (loadavg()[0] ?? NaN).toFixed(1);

/** The drivers of some names; without names every software driver, on which rivals run too. */
function driversOf(names: readonly string[] | undefined): readonly Driver[] {
  const found = findDrivers();
  const software = ["lavapipe", "swiftshader"];
  const chosen = found.filter(({ name }) => (names ?? software).includes(name));
  if (chosen.length > 0) return chosen;
  const known = found.map(({ name }) => name).join(", ");
  throw new Error(`none of the drivers asked for is here; there are: ${known}`);
}

async function reportsOf(
  contenders: readonly Contender[],
  driver: Driver,
  names: readonly string[],
): Promise<Report[]> {
  const reports: Report[] = [];
  for (const row of names) {
    for (const who of contenders) {
      const report = await runRow(who, driver, row);
      const said = report.error ?? `${String(report.ms)} ms, ${String(report.cpu_ms)} ms CPU`;
      process.stderr.write(`${driver.name} ${row} ${who.name}: ${said}\n`);
      reports.push(report);
    }
  }
  return reports;
}

/** What failed and why. */
const failuresOf = (reports: readonly Report[]): string[] =>
  reports.flatMap(({ who, row, error }) =>
    error === undefined ? [] : [`\n${who} did not run row ${row}: ${error}\n`],
  );

/** The losses of training rows; everyone must have the same. */
const lossesOf = (reports: readonly Report[]): string[] =>
  reports.flatMap(({ who, row, losses }) =>
    losses ? [`\nLosses of ${who} in row ${row}: ${losses.join(", ")}\n`] : [],
  );
