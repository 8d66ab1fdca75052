// Every function of the standard library (its layers are in layers.test.ts), and every program of the examples: values and gradients against the reference.
import { describe, test } from "vitest";
import { describeGpu, sharedDevice } from "../harness/gpu.js";
import { exampleModels, languagePage, libraryFunctions } from "../harness/program-cases.js";
import { compareWithReference } from "../harness/programs.js";

const minutes = 60_000;
const groups = { libraryFunctions, languagePage, exampleModels };

describeGpu("programs against the reference", () => {
  describe.each(Object.entries(groups))("%s", (_, cases) => {
    test.each(cases)("$title", { timeout: 3 * minutes }, async (work) => {
      await compareWithReference(work, await sharedDevice());
    });
  });
});
