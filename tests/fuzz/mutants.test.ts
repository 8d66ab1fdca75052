// A share of the damaged programs; `npm run test:fuzz` runs all 250,000.
import { setImmediate } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { mutantOf } from "./mutants.js";
import { trialOf } from "./trial.js";

const share = 8000;
const parts = 8;

describe("a damaged program is read, checked and shown", () => {
  it.each(Array.from({ length: parts }, (_, i) => i))(
    "part %i",
    { timeout: 600_000 },
    async (part) => {
      let trials = 0;
      for (let seed = part; seed < share; seed += parts) {
        trialOf(mutantOf(seed));
        trials++;
        // The runner wants to hear from a test now and then.
        if (trials % 50 === 0) await setImmediate();
      }
      expect(trials).toBe(share / parts);
    },
  );
});
