// Runs all mutants, or those from one seed to another: `npm run test:fuzz [-- FROM TO]`.
import { mutantOf } from "./mutants.js";
import { trialOf } from "./trial.js";

const [from = 0, to = 250_000] = process.argv.slice(2).map(Number);
let slowest = { seed: -1, seconds: 0 };
const faults = new Map<string, string>();
const codes = new Map<string, number>();
for (let seed = from; seed < to; seed++) {
  if (seed % 10_000 === 0 && seed > from) process.stderr.write(`${String(seed)} …\n`);
  const mutant = mutantOf(seed);
  try {
    const { seconds, diagnostics } = trialOf(mutant);
    if (seconds > slowest.seconds) slowest = { seed, seconds };
    for (const { code } of diagnostics) codes.set(code, (codes.get(code) ?? 0) + 1);
  } catch (fault) {
    const words = fault instanceof Error ? fault.message : String(fault);
    const kind = words
      .split("\n")
      .slice(0, 2)
      .join(" ")
      .replace(/mutant \d+ of \S+: /, "");
    if (!faults.has(kind)) process.stdout.write(`${words}\n\n`);
    faults.set(kind, words);
  }
}
process.stdout.write(
  `${String(to - from)} mutants, ${String(faults.size)} kinds of faults, ${String(codes.size)} codes; ` +
    `the slowest, ${String(slowest.seed)}, took ${(1000 * slowest.seconds).toFixed(0)} ms\n`,
);
process.exitCode = faults.size > 0 ? 1 : 0;
