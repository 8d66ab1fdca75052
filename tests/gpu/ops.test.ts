// Every op on every sample: the device agrees with the reference, forward and in the gradient.
import { beforeAll, expect, test } from "vitest";
import { Graph } from "../../compiler/ir/graph.js";
import type { Value } from "../../compiler/ir/op.js";
import { add, broadcast, contract, mul, ops, tanh } from "../../compiler/ops/index.js";
import type { Tensor } from "../../compiler/reference/tensor.js";
import { int } from "../../compiler/types/dim.js";
import { tensor } from "../../compiler/types/tensor.js";
import type { Program } from "../../compiler/ir/program.js";
import type { Session } from "../../runtime/index.js";
import { describeGpu, sharedDevice } from "../harness/gpu.js";
import { expectSame, programOf, sessionOf } from "../harness/kernels.js";
import { caseOf, inputOf, randomFrom, randomTensor, type Case } from "../harness/numeric.js";
import { forward } from "../harness/tolerance.js";
import { portable } from "../../runtime/format.js";

const cases = new Map<string, Case>();
for (const record of ops) {
  for (const [i, sample] of record.samples.entries())
    cases.set(`${record.name} ${String(i)}`, caseOf(record, sample, 7 + i));
}
const programs = new Map<string, Program>(
  [...cases].map(([name, { graph, out }]) => [name, programOf(graph, [out])]),
);

describeGpu("ops against the reference", () => {
  let session: Session;
  beforeAll(async () => {
    session = await sessionOf(await sharedDevice(), programs);
    await session.warmUp([...programs.keys()]);
  }, 60_000);

  test.each([...programs.keys()])("%s", async (name) => {
    const program = programs.get(name);
    const tensors = cases.get(name)?.tensors;
    expect(program && tensors).toBeDefined();
    if (program && tensors) await expectSame(session, name, program, tensors, forward);
  });
});

describeGpu("contractions at awkward sizes", () => {
  const sizes = [
    [1, 1, 1],
    [7, 33, 15],
    [65, 67, 37],
  ] as const;
  const products = new Map(sizes.map(([m, n, k]) => [[m, n, k].join("x"), productOf(m, n, k)]));

  test.each(["software", "discrete"] as const)(
    "scheduled for %s",
    { timeout: 240_000 },
    async (adapterClass) => {
      const all = new Map([...products].map(([name, { program }]) => [name, program]));
      const session = await sessionOf(await sharedDevice(), all, {
        target: portable(adapterClass),
      });
      await session.warmUp([...all.keys()]);
      for (const [name, { program, tensors }] of products)
        await expectSame(session, name, program, tensors, forward);
      session.dispose();
    },
  );
});

/** Products in all three transpositions, each with a prologue and an epilogue. */
function productOf(
  m: number,
  n: number,
  k: number,
): { program: Program; tensors: Map<string, Tensor> } {
  const graph = new Graph();
  const random = randomFrom(m * 10_000 + n * 100 + k);
  const tensors = new Map<string, Tensor>();
  const input = (name: string, ...shape: number[]): Value => {
    const type = tensor("f32", shape.map(int));
    tensors.set(name, randomTensor(type, random, [-1, 1]));
    return inputOf(graph, name, type);
  };
  const [a, b, at, bt, bias] = [
    input("a", m, k),
    input("b", k, n),
    input("at", k, m),
    input("bt", n, k),
    input("bias", n),
  ];
  const spread = broadcast(bias, { shape: [int(m), int(n)], axes: [1] });
  const plain = tanh(add(contract(mul(a, a), b, { left: "mk", right: "kn", out: "mn" }), spread));
  const left = contract(at, b, { left: "km", right: "kn", out: "mn" });
  const right = contract(a, bt, { left: "mk", right: "nk", out: "nm" });
  return { program: programOf(graph, [plain, left, right]), tensors };
}
