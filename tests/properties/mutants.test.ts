// Random models with one planted mistake are refused, once, where the mistake is or where it first shows.
import fc from "fast-check";
import { expect, it } from "vitest";
import { check } from "../../compiler/check/check.js";
import type { Diagnostic } from "../../compiler/diagnostics/index.js";
import type { Library } from "../../compiler/resolve/modules.js";
import { mutantsOf, type Mutant } from "../harness/models/mutants.js";
import { judge, lineOf, type Verdict } from "../harness/models/oracle/index.js";
import { recipes, type Recipe } from "../harness/models/program.js";
import { load, modelOf } from "../harness/models/programs.js";
import { randomFrom } from "../harness/numeric.js";

/**
 * Wrong mutants in all; `npm run test:fast` takes a tenth of them. On 22 November 2026, seeds 1 to 20: 4,997 of 5,000 told once
 * and in the right place, 1 told twice, 2 told elsewhere (packs that moved), none survived.
 */
const total = Number(process.env["MUTANTS"] ?? 5_000);
/** Wrong mutants of one test. */
const share = 250;

/** The share that may be told twice, or elsewhere than on its line and where it shows. */
const misplaced = 0.005;

/** What became of a mutant. */
type Outcome = "on its line" | "where it shows" | "elsewhere" | "several errors" | "survived";

const errorsOf = (library: Library): readonly Diagnostic[] =>
  check(library).filter((d) => d.severity === "error");

/** The outcome for a mutant that is wrong, by rules that have nothing in common with the checker's; undefined where none is. */
function outcomeOf(mutant: Mutant, random: () => number): Outcome | undefined {
  const library = load(mutant.text);
  const verdict = judge(library, random, 18);
  if (verdict.wrong === undefined) return undefined;
  const errors = errorsOf(library);
  const [only] = errors;
  if (!only) return "survived";
  return errors.length > 1 ? "several errors" : placeOf(only, mutant, verdict);
}

/** On its line is an error whose place, or whose account of where sizes come from, has the line of the edit. */
function placeOf({ primary, secondary }: Diagnostic, mutant: Mutant, verdict: Verdict): Outcome {
  const lines = [primary, ...secondary]
    .filter(({ span }) => span.file.text === mutant.text)
    .map(({ span }) => lineOf(span));
  if (lines.includes(mutant.line)) return "on its line";
  return lines[0] !== undefined && verdict.lines?.has(lines[0]) ? "where it shows" : "elsewhere";
}

/** The outcomes of mutants of random models, and the text of those that fail. */
function outcomes(seed: number): { readonly wrong: number; readonly failed: readonly string[] } {
  const failed: string[] = [];
  let wrong = 0;
  const samples: Iterable<Recipe> = fc.sample(recipes, { seed, numRuns: share });
  for (const [i, recipe] of [...samples].entries()) {
    const random = randomFrom(seed * 1000 + i);
    const model = modelOf(recipe, random);
    const module = model?.library.entries[0]?.module;
    // Clauses that nothing satisfies make a program that is refused as it stands.
    const isRight = model !== undefined && errorsOf(model.library).length === 0;
    for (const mutant of module && isRight ? mutantsOf(module, random, 3) : []) {
      const outcome = wrong < share ? outcomeOf(mutant, random) : undefined;
      wrong += Number(outcome !== undefined);
      if (outcome !== undefined && !outcome.startsWith("on") && !outcome.startsWith("where"))
        failed.push(`${outcome}: ${mutant.kind} in line ${String(mutant.line)}\n${mutant.text}`);
    }
  }
  return { wrong, failed };
}

it(
  `refuses ${String(total)} wrong mutants of random models with one error in the right place`,
  { timeout: 3_600_000 },
  async () => {
    const failed: string[] = [];
    let wrong = 0;
    for (let seed = 1; wrong < total; seed++) {
      const found = outcomes(seed);
      wrong += found.wrong;
      failed.push(...found.failed);
      // Lets the runner hear of the test while it runs.
      await new Promise((done) => setImmediate(done));
    }
    const survived = failed.filter((text) => text.startsWith("survived"));
    expect(survived.length / wrong, survived.join("\n\n")).toBeLessThanOrEqual(0.005);
    expect(failed.length / wrong, failed.join("\n\n")).toBeLessThanOrEqual(misplaced);
  },
);
