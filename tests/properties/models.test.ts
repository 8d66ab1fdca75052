// Checked random models run: what the checker accepts has, at every small size, the shapes that its types say.
import fc from "fast-check";
import { beforeEach, describe, expect, it } from "vitest";
import { check } from "../../compiler/check/check.js";
import { renderText } from "../../compiler/diagnostics/index.js";
import { judge } from "../harness/models/oracle/index.js";
import { recipes, type Recipe } from "../harness/models/program.js";
import { modelOf } from "../harness/models/programs.js";
import { run } from "../harness/models/run.js";
import { randomFrom } from "../harness/numeric.js";

/** Random models in all; `npm run test:fast` takes a tenth of them. */
const total = Number(process.env["MODELS"] ?? 10_000);
/** Models of one test, so that a failure names its seed and shrinks by itself. */
const share = 250;

/** What is wrong with the model of a recipe: refused by the checker, or failing when run. */
function faultOf(recipe: Recipe, seed: number): string | undefined {
  const random = randomFrom(seed);
  const model = modelOf(recipe, random);
  if (!model) return undefined;
  const errors = check(model.library).filter((d) => d.severity === "error");
  // Whatever is said under clauses that nothing satisfies is said of nothing.
  if (errors.length > 0 && judge(model.library, random, 20).isVacuous) return undefined;
  if (errors.length > 0) return `${model.text}\n${renderText(errors)}`;
  const options = { builds: 2, bindings: 2, withGradients: seed % 4 === 0 };
  const { fault } = run(model, random, options);
  return fault === undefined ? undefined : `${model.text}\n${fault}`;
}

// Lets the runner hear of each test before the next one keeps the process busy.
beforeEach(() => new Promise((done) => setImmediate(done)));

describe("a random model", () => {
  const seeds = Array.from({ length: Math.ceil(total / share) }, (_, i) => i + 1);
  it.each(seeds)(
    "passes the checker and runs with the shapes of its types, seed %i",
    { timeout: 600_000 },
    (seed) => {
      const property = fc.property(recipes, (recipe) => {
        expect(faultOf(recipe, seed)).toBeUndefined();
      });
      fc.assert(property, { seed, numRuns: share });
    },
  );
});
