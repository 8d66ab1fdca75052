// Every way to compute a sum of products agrees with the reference: at awkward sizes, in all transpositions, in parts.
import { test } from "vitest";
import type { ContractSchedule } from "../../compiler/codegen/contractions.js";
import { Graph } from "../../compiler/ir/graph.js";
import type { Value } from "../../compiler/ir/op.js";
import type { Program } from "../../compiler/ir/program.js";
import { add, broadcast, contract, mul, tanh } from "../../compiler/ops/index.js";
import type { Tensor } from "../../compiler/reference/tensor.js";
import { int } from "../../compiler/types/dim.js";
import { tensor } from "../../compiler/types/tensor.js";
import { adapterClasses, portable } from "../../runtime/format.js";
import { describeGpu, sharedDevice } from "../harness/gpu.js";
import { expectSame, programOf, sessionOf } from "../harness/kernels.js";
import { inputOf, randomFrom, randomTensor } from "../harness/numeric.js";
import { forward } from "../harness/tolerance.js";

const sizes = [
  [1, 1, 1],
  [7, 33, 15],
  [65, 67, 37],
  [32, 64, 16],
] as const;
const products = new Map(sizes.map(([m, n, k]) => [[m, n, k].join("x"), productOf(m, n, k)]));
const programs = new Map([...products].map(([name, { program }]) => [name, program]));

const registers = {
  kind: "registers",
  parts: 1,
  lanes: 8,
  rows: 4,
  columns: 4,
  depth: 4,
  isShared: false,
} as const;
const tiled = { kind: "tiled", parts: 1, depth: 8, ownRows: 2, ownColumns: 2 } as const;

describeGpu("contractions against the reference", () => {
  test.each(adapterClasses)("as chosen for %s", { timeout: 240_000 }, async (adapterClass) => {
    await expectAll({ target: portable(adapterClass) });
  });

  test.each<[string, ContractSchedule]>([
    ["registers", registers],
    ["registers, step by step", { ...registers, depth: 1, rows: 3, columns: 2 }],
    ["registers in three parts", { ...registers, parts: 3 }],
    ["tiles of 16", { ...tiled, rows: 16, columns: 16 }],
    ["tiles of 32 by 16 in two parts", { ...tiled, rows: 32, columns: 16, parts: 2 }],
  ])("%s", { timeout: 240_000 }, async (_, schedule) => {
    await expectAll({
      target: portable("discrete"),
      tuned: () => ({ template: "contract", schedule }),
    });
  });

  test("rows that a subgroup hands round", { timeout: 240_000 }, async () => {
    const { target } = await sharedDevice();
    const { least = 0, most } = target.subgroups ?? {};
    if (least !== most) return;
    const shared = { ...registers, lanes: least, rows: 2 * least, isShared: true };
    await expectAll({ target, tuned: () => ({ template: "contract", schedule: shared }) });
    const inParts = { ...shared, rows: least, parts: 2 };
    await expectAll({ target, tuned: () => ({ template: "contract", schedule: inParts }) });
  });
});

async function expectAll(options: Parameters<typeof sessionOf>[2]): Promise<void> {
  const session = await sessionOf(await sharedDevice(), programs, options);
  await session.warmUp([...programs.keys()]);
  for (const [name, { program, tensors }] of products)
    await expectSame(session, name, program, tensors, forward);
  session.dispose();
}

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
