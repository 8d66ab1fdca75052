// Random graphs of many ops: fused kernels agree with the reference for every adapter class, at awkward sizes.
import fc from "fast-check";
import { test } from "vitest";
import { gradient } from "../../compiler/autodiff/gradient.js";
import { Graph } from "../../compiler/ir/graph.js";
import type { Program } from "../../compiler/ir/program.js";
import { describeGpu, sharedDevice } from "../harness/gpu.js";
import { expectSame, sessionOf } from "../harness/kernels.js";
import { randomFrom, randomTensor } from "../harness/numeric.js";
import { randomGraph } from "../harness/random-graph.js";
import { portable } from "../../runtime/format.js";

const rounds = 12;

describeGpu("random graphs against the reference", () => {
  test.each(["software", "discrete"] as const)(
    "forward and gradients, scheduled for %s",
    { timeout: 120_000 },
    async (adapterClass) => {
      const device = await sharedDevice();
      const property = fc.asyncProperty(fc.integer({ min: 1, max: 1 << 20 }), async (seed) => {
        const random = randomFrom(seed);
        const { graph, loss, outputs, inputs } = randomGraph(new Graph(), random);
        const forward: Program = {
          graph,
          outputs: [...outputs, { name: "loss", role: "result", value: loss }],
        };
        const program = gradient(
          forward,
          "loss",
          inputs.map((i) => i.name),
        );
        const tensors = new Map(
          inputs.map(({ name, type }) => [name, randomTensor(type, random, [-1, 1])]),
        );
        const session = await sessionOf(device, new Map([["f", program]]), {
          target: portable(adapterClass),
        });
        await expectSame(session, "f", program, tensors, { relative: 1e-3, absolute: 1e-5 });
        session.dispose();
      });
      await fc.assert(property, { seed: 20260, numRuns: rounds });
    },
  );
});
