// Every layer of the standard library at awkward sizes: values and gradients on this adapter against the float64 reference.
import { test } from "vitest";
import type { Sizes } from "../harness/draw-inputs.js";
import { describeGpu, sharedDevice } from "../harness/gpu.js";
import { libraryLayers } from "../harness/program-cases.js";
import { compareWithReference } from "../harness/programs.js";

/** One, odd, prime, and around the tiles of 16, 32 and 64 elements that kernels work in; never all at once, for the time it takes. */
const awkward: readonly Sizes[] = [
  { B: 1, T: 1, S: 1, N: 1, V: 2, Y: 1, X: 1, other: 1 },
  { B: 2, T: 15, S: 16, N: 63, V: 31, Z: 2, Y: 3, X: 7, other: 3 },
  { B: 3, T: 16, S: 17, N: 64, V: 33, Z: 1, Y: 5, X: 2, other: 4 },
  { B: 5, T: 17, S: 13, N: 65, V: 65, Z: 2, Y: 4, X: 9, other: 5 },
  { B: 2, T: 31, S: 5, N: 17, V: 7, Z: 1, Y: 2, X: 16, other: 2 },
];

/** Static sizes beside the fixtures' own: channels of one, and just beyond a tile. */
const wide: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  LinearModel: { In: "17", Out: "65" },
  LinearWithoutBias: { In: "1", Out: "1" },
  LayerNormModel: { D: "65" },
  RMSNormModel: { D: "1" },
  SelfAttentionModel: { D: "34", H: "2" },
  Conv1dModel: { In: "34", Out: "2" },
  Conv2dModel: { In: "1", Out: "17" },
  BatchNorm2dModel: { C: "17" },
};

const widened = libraryLayers.flatMap((work) => {
  const sets = wide[work.options.model ?? ""];
  return sets ? [{ ...work, title: `${work.title} wide`, options: { ...work.options, sets } }] : [];
});

const minutes = 60_000;

describeGpu("layers at awkward sizes", () => {
  test.each([...libraryLayers, ...widened])("$title", { timeout: 3 * minutes }, async (work) => {
    await compareWithReference(work, await sharedDevice(), awkward);
  });
});
