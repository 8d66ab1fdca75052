// Prints what was decided about a model while it was built, and why.
import type { KernelDecision } from "../compiler/artifact/explain.js";
import type { Decision } from "../compiler/fit/index.js";
import { showBytes } from "./sizes.js";
import { numbersOf } from "./tune/report.js";

/** Everything that was decided, in the order of the stages. */
export type Record = Decision | KernelDecision;

/** The decisions as text, by entry. */
export function explainText(records: readonly Record[]): string {
  const names = [...new Set(records.map((r) => r.of))];
  return names
    .map(
      (name) =>
        `${name}\n${records
          .filter((r) => r.of === name)
          .map(lineOf)
          .join("")}`,
    )
    .join("\n");
}

function lineOf(record: Record): string {
  const at = record.origin === undefined ? "" : ` (${record.origin})`;
  switch (record.kind) {
    case "chunked": {
      const whole = record.bytes === undefined ? "" : ` instead of ${showBytes(record.bytes)}`;
      return (
        `  chunked     ${record.value}${at}: ${String(record.chunkRows)} of ${record.rows} rows at a time, ` +
        `${showBytes(record.chunkBytes)}${whole}, ${String(record.members)} values in the loop; ${record.reason}\n`
      );
    }
    case "kept":
    case "recomputed":
      return `  ${record.kind.padEnd(11)} ${record.value}${at}: ${showBytes(record.bytes)}, ${String(record.flops)} operations; ${record.reason}\n`;
    case "kernel":
      return kernelText(record, at);
  }
}

function kernelText(
  { group, fused, again, reads, stores, reason, schedule, chosenBy = "sizes" }: KernelDecision,
  at: string,
): string {
  const lines = [
    `  kernel      ${group}${at}: ${fused.join(", ")}; reads ${String(reads)}; ${reason}`,
    ...(schedule ? [`    schedule by ${chosenBy}: ${numbersOf(schedule)}`] : []),
    ...(again.length > 0 ? [`    computes again, since it is cheap: ${again.join(", ")}`] : []),
    ...stores.map((s) => `    stores ${s.value}: ${s.reason}`),
  ];
  return `${lines.join("\n")}\n`;
}
