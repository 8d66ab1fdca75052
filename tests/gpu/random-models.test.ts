// Kernels of random models are valid WGSL for WebGPU's default limits, as Dawn sees it, for each class of adapters.
import fc from "fast-check";
import { expect, test } from "vitest";
import { buildArtifact } from "../../compiler/artifact/index.js";
import { portable, type KernelText } from "../../runtime/format.js";
import { sourceOf } from "../harness/kernels.js";
import { describeGpu, openTestDevice } from "../harness/gpu.js";
import { recipes, type Recipe } from "../harness/models/program.js";
import { modelOf, satisfyModel } from "../harness/models/programs.js";
import { build, sizesOf } from "../harness/models/run.js";
import { randomFrom } from "../harness/numeric.js";

/** How many random models; `ADJOINT_KERNELS=2000` takes the full number. */
const models = Number(process.env["ADJOINT_KERNELS"] ?? 20);
const seed = 41;

/** The kernels of a random model, forward and backward; undefined where its sizes allow none. */
function kernelsOf(recipe: Recipe, at: number): readonly KernelText[] | undefined {
  const random = randomFrom(seed * 100_000 + at);
  const model = modelOf(recipe, random);
  const statics = model && satisfyModel(model, random, sizesOf);
  if (!statics) return undefined;
  const compiled = build(model, statics, true);
  if (typeof compiled === "string") return undefined;
  const target = portable(at % 2 === 0 ? "software" : "discrete");
  return buildArtifact(compiled, { target }).kernels;
}

describeGpu("kernels of random models", () => {
  test(
    `are valid at the default limits: ${String(models)} models from seed ${String(seed)}`,
    { timeout: 3_600_000 },
    async () => {
      const device = await openTestDevice({ limits: "default", features: "none" });
      const texts = new Set<string>();
      let built = 0;
      for (const [i, recipe] of fc.sample(recipes, { seed, numRuns: models }).entries()) {
        const kernels = kernelsOf(recipe, i);
        if (kernels) built++;
        const fresh = (kernels ?? []).filter(({ wgsl }) => !texts.has(wgsl));
        for (const { wgsl } of fresh) texts.add(wgsl);
        await device.createPipelines(fresh.map(sourceOf));
      }
      device.close();
      process.stdout.write(
        `${String(texts.size)} kernels of ${String(built)} models, seed ${String(seed)}\n`,
      );
      expect(built).toBeGreaterThan(models / 2);
      expect(texts.size).toBeGreaterThan(models);
    },
  );
});
