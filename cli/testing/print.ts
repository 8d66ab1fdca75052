// Prints what came of tests, in each form.
import type { CheckedFile, Diagnostic, Subject } from "../../compiler/diagnostics/index.js";
import { placeOf, toJson } from "../../compiler/diagnostics/index.js";
import { printDiagnostics, printReport, type Format } from "../diagnostics.js";
import { printJson, type Io } from "../io.js";
import type { Machines } from "./machines.js";
import type { Planted } from "./mutation.js";
import { failures, type Outcome } from "./outcome.js";

/** What is printed. */
export interface Results {
  readonly outcomes: readonly Outcome[];
  /** What checking said. */
  readonly diagnostics: readonly Diagnostic[];
  /** Mistakes that were planted, where that was asked for. */
  readonly planted: readonly Planted[] | undefined;
  readonly format: Format;
  readonly seed: number;
  readonly seconds: number;
  readonly machines: Machines;
}

/** Prints the results: for people a line for each test, and each failure in full. */
export function printResults(results: Results, io: Io): void {
  const { outcomes, diagnostics, format } = results;
  const found = [...diagnostics, ...outcomes.flatMap((o) => o.diagnostics)];
  if (format === "human") {
    for (const line of lines(outcomes)) io.out(line);
    for (const text of survivors(results.planted ?? [])) io.out(text);
    printDiagnostics(found, io);
    io.err(`${summary(results)}\n`);
  } else if (format === "json") {
    printJson(io, jsonOf(results, found));
  } else {
    printReport(found, format, () => checkedFiles(outcomes), io, "dl test");
  }
}

/** A property, or all laws of one declaration. */
function lines(outcomes: readonly Outcome[]): readonly string[] {
  const groups = new Map<string, Outcome[]>();
  for (const outcome of outcomes) {
    const key = `${placeOf(outcome.span)} ${outcome.subject}`;
    groups.set(key, [...(groups.get(key) ?? []), outcome]);
  }
  return [...groups].map(([key, group]) => {
    const [first] = group;
    const said = first && first.law === undefined ? countOf(first) : lawsOf(group);
    return `${markOf(group)} ${key}: ${said}\n`;
  });
}

function markOf(group: readonly Outcome[]): string {
  if (failures(group).length > 0) return "FAILED";
  return group.every(({ status }) => status === "left out") ? "left out" : "ok";
}

const countOf = ({ runs, reason, status }: Outcome): string =>
  [
    ...(status === "left out" ? [] : [plural(runs, "case")]),
    ...(reason === undefined ? [] : [reason]),
  ].join(", ");

/** The laws that hold, those that do not, and those that the declaration itself leaves out. */
function lawsOf(group: readonly Outcome[]): string {
  const named = (status: Outcome["status"]): string =>
    group.flatMap((o) => (o.status === status ? [o.law ?? ""] : [])).join(", ");
  const reasons = new Set(
    group.flatMap((o) => (o.status === "left out" && o.reason ? [o.reason] : [])),
  );
  const [only] = reasons;
  if (group.every(({ status }) => status === "left out"))
    return reasons.size === 1 && only !== undefined ? only : "no law applies";
  const parts = [named("passed"), ...(named("failed") === "" ? [] : [`not ${named("failed")}`])];
  const skipped = group.filter((o) => o.reason?.startsWith("`@skip`") === true);
  const said = skipped.map((o) => `without ${o.law ?? ""} (${o.reason ?? ""})`);
  return [...parts, ...said].filter((part) => part !== "").join("; ");
}

/** What nothing caught, and how much was. */
function survivors(planted: readonly Planted[]): readonly string[] {
  if (planted.length === 0) return [];
  const alive = planted.filter(({ caughtBy }) => caughtBy === undefined);
  const byCheck = planted.filter(({ caughtBy }) => caughtBy === "check").length;
  const byTests = planted.length - alive.length - byCheck;
  return [
    ...alive.map(
      ({ at, kind, was, became }) =>
        `survived ${at} ${kind}: \`${was}\` became \`${became === "" ? "nothing" : became}\`\n`,
    ),
    `${plural(planted.length, "mistake")} planted: ${String(byCheck)} refused by the checker, ${String(byTests)} caught by properties and laws, ${String(alive.length)} survived\n`,
  ];
}

function summary({ outcomes, diagnostics, seconds, seed, machines }: Results): string {
  if (diagnostics.some((d) => d.severity === "error"))
    return "nothing was tested: the program is wrong";
  const failed = failures(outcomes).length;
  const passed = outcomes.filter(({ status }) => status === "passed").length;
  const leftOut = outcomes.length - passed - failed;
  const parts = [
    `${String(passed)} passed`,
    `${String(failed)} failed`,
    ...(leftOut === 0 ? [] : [`${String(leftOut)} left out`]),
  ];
  const device = machines.device
    ? `compared with ${machines.device.description}`
    : `not compared with a device: ${machines.without ?? ""}`;
  return `${parts.join(", ")} in ${seconds.toFixed(1)} s, seed ${String(seed)}; ${device}`;
}

function jsonOf(
  { outcomes, seed, seconds, machines, planted }: Results,
  found: readonly Diagnostic[],
): unknown {
  return {
    seed,
    seconds: Number(seconds.toFixed(3)),
    backend: machines.main.description,
    device: machines.device?.description ?? null,
    tests: outcomes.map(({ subject, law, span, status, runs, reason }) => ({
      subject,
      ...(law === undefined ? {} : { law }),
      at: placeOf(span),
      status,
      runs,
      ...(reason === undefined ? {} : { reason }),
    })),
    ...(planted ? { planted } : {}),
    diagnostics: found.map(toJson),
  };
}

/** Files with their tests, for JUnit: a case for each. */
function checkedFiles(outcomes: readonly Outcome[]): CheckedFile[] {
  const files = new Map<string, Map<string, Subject>>();
  for (const { subject, span } of outcomes) {
    const { path } = span.file;
    const subjects = files.get(path) ?? new Map<string, Subject>();
    if (!subjects.has(subject)) subjects.set(subject, { name: subject, span });
    files.set(path, subjects);
  }
  return [...files].map(([path, subjects]) => ({ path, subjects: [...subjects.values()] }));
}

const plural = (n: number, word: string): string => `${String(n)} ${word}${n === 1 ? "" : "s"}`;
