// What a suite of another project's tests hands to `npm run test:external`: how many passed and failed, and why.
import { writeFileSync } from "node:fs";

/** The outcome of a suite. */
export interface Summary {
  readonly passed: number;
  readonly failed: number;
  /** One line for each reason of a failure. */
  readonly reasons: readonly string[];
}

/** Prints a line of progress. */
export function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** Writes the outcome where the caller wants it, prints it, and sets the exit status. */
export function finish({ passed, failed, reasons }: Summary): void {
  const file = process.env["ADJOINT_SUMMARY"];
  if (file !== undefined) writeFileSync(file, JSON.stringify({ passed, failed, reasons }));
  for (const reason of reasons) say(`  ${reason}`);
  say(`${String(passed)} passed, ${String(failed)} failed`);
  process.exitCode = failed === 0 ? 0 : 1;
}
