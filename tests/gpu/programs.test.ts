// Every function and layer of the standard library, and every program of the examples: values and gradients against the reference.
import { describe, test } from "vitest";
import { describeGpu, sharedDevice } from "../harness/gpu.js";
import {
  exampleModels,
  languagePage,
  libraryFunctions,
  libraryLayers,
} from "../harness/program-cases.js";
import { compareWithReference } from "../harness/programs.js";

const minutes = 60_000;
const groups = { libraryFunctions, libraryLayers, languagePage, exampleModels };

describeGpu("programs against the reference", () => {
  describe.each(Object.entries(groups))("%s", (_, cases) => {
    test.each(cases)("$title", { timeout: 3 * minutes }, async (work) => {
      await compareWithReference(work, await sharedDevice());
    });
  });
});
