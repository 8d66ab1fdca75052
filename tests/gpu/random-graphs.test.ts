// Random graphs of many ops agree with the reference at awkward sizes: fused and unfused, with each pass left out, for each adapter class.
import fc from "fast-check";
import { test } from "vitest";
import { gradient } from "../../compiler/autodiff/gradient.js";
import { Graph } from "../../compiler/ir/graph.js";
import type { Output, Program } from "../../compiler/ir/program.js";
import { upstream } from "../../compiler/ir/topology.js";
import { optimize, passes } from "../../compiler/passes/index.js";
import type { Tensor } from "../../compiler/reference/tensor.js";
import { describeGpu, sharedDevice } from "../harness/gpu.js";
import { entryOf, expectSame, sessionOf } from "../harness/kernels.js";
import { randomFrom, randomTensor } from "../harness/numeric.js";
import { randomGraph } from "../harness/random-graph.js";
import { portable } from "../../runtime/format.js";

/** How many times as many graphs are taken; `ADJOINT_GRAPHS=10` takes ten times as many. */
const times = Number(process.env["ADJOINT_GRAPHS"] ?? 1);
const rounds = 12 * times;

/** A random graph with its gradients as a program, and tensors for it. */
function caseOf(seed: number): { program: Program; tensors: Map<string, Tensor> } {
  const random = randomFrom(seed);
  const { graph, loss, outputs, inputs } = randomGraph(new Graph(), random);
  const forward: Program = {
    graph,
    outputs: [...outputs, { name: "loss", role: "result", value: loss }],
  };
  const names = inputs.map((i) => i.name);
  const tensors = new Map(
    inputs.map(({ name, type }) => [name, randomTensor(type, random, [-1, 1])]),
  );
  return { program: gradient(forward, "loss", names), tensors };
}

/** Results of all values that have a place in memory: none is left for kernels to fuse. */
function unfused(program: Program): Program {
  const values = upstream(program.outputs.map(({ value }) => value));
  const others = values.filter((v) => v.op.lower.kind !== "leaf" && v.type.dtype === "f32");
  const extra = others.map((value, i): Output => {
    return { name: `value${String(i)}`, role: "result", value };
  });
  return { ...program, outputs: [...program.outputs, ...extra] };
}

const tolerance = { relative: 1e-3, absolute: 1e-5 };

describeGpu("random graphs against the reference", () => {
  test.each(["software", "discrete"] as const)(
    "forward and gradients, scheduled for %s",
    { timeout: 120_000 * times },
    async (adapterClass) => {
      const device = await sharedDevice();
      const property = fc.asyncProperty(fc.integer({ min: 1, max: 1 << 20 }), async (seed) => {
        const { program, tensors } = caseOf(seed);
        const session = await sessionOf(device, new Map([["f", program]]), {
          target: portable(adapterClass),
        });
        await expectSame(session, "f", program, tensors, tolerance);
        session.dispose();
      });
      await fc.assert(property, { seed: 20260, numRuns: rounds });
    },
  );

  test(
    "whatever pass is left out, and with every value in memory",
    { timeout: 600_000 * times },
    async () => {
      const device = await sharedDevice();
      const property = fc.asyncProperty(fc.integer({ min: 1, max: 1 << 20 }), async (seed) => {
        const { program, tensors } = caseOf(seed);
        const variants = new Map([["all", optimize(program)]]);
        for (const { name } of passes) {
          const others = passes.filter((pass) => pass.name !== name);
          variants.set(`without ${name}`, optimize(program, undefined, others));
        }
        const spread = unfused(program);
        variants.set("unfused", spread);
        const session = await sessionOf(device, variants);
        for (const [name, variant] of variants) {
          const wanted = name === "unfused" ? spread : program;
          // What no result needs is gone from an optimized program.
          const asked = new Set(entryOf(name, variant).signature.inputs.map((input) => input.name));
          const given = new Map([...tensors].filter(([input]) => asked.has(input)));
          await expectSame(session, name, wanted, tensors, tolerance, new Map(), given);
        }
        session.dispose();
      });
      await fc.assert(property, { seed: 20261, numRuns: 2 * times });
    },
  );
});
