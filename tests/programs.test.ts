// Every function and layer of the standard library, and every program of the examples, compiles and runs with its gradient.
import { describe, expect, test } from "vitest";
import { openBackend } from "../cli/backend/open.js";
import {
  exampleModels,
  languagePage,
  libraryFunctions,
  libraryLayers,
} from "./harness/program-cases.js";
import { drawInputs } from "./harness/draw-inputs.js";
import { compileCase, sizes } from "./harness/programs.js";

const groups = { libraryFunctions, libraryLayers, languagePage, exampleModels };

describe.each(Object.entries(groups))("%s on the reference", (_, cases) => {
  test.each(cases)("$title", async (work) => {
    const compiled = compileCase(work);
    const backend = await openBackend(compiled, { backend: "reference" });
    await backend.init(1);
    for (const entry of compiled.entries) {
      for (const given of sizes) {
        const results = await backend.run(entry.name, drawInputs(entry, given), {
          seed: 3,
          step: 1,
        });
        const broken = [...results].filter(([, { data }]) => !data.every(Number.isFinite));
        expect(broken.map(([name]) => `${entry.name} ${name}`)).toEqual([]);
      }
    }
    backend.dispose();
  });
});
