// Reductions over rows of awkward lengths, kept in registers or walked once or twice, agree with the reference far from zero too.
import { expect, test } from "vitest";
import { buildArtifact } from "../../compiler/artifact/index.js";
import { Graph } from "../../compiler/ir/graph.js";
import type { Value } from "../../compiler/ir/op.js";
import type { Program } from "../../compiler/ir/program.js";
import { mean } from "../../compiler/ops/build.js";
import * as o from "../../compiler/ops/index.js";
import type { Tensor } from "../../compiler/reference/tensor.js";
import { dim, int, symsOf, type Dim } from "../../compiler/types/dim.js";
import { portable } from "../../runtime/format.js";
import { describeGpu, sharedDevice } from "../harness/gpu.js";
import { entryOf, expectSame, modelOf, programOf, sessionOf } from "../harness/kernels.js";
import { randomFrom } from "../harness/numeric.js";
import { forward } from "../harness/tolerance.js";

const along = (row: Value, like: Value): Value => o.spread(row, like.type.shape, [1]);
const total = (x: Value): Value => o.sum(x, { axes: [1] });

/** Softmax, log of the sum of exponentials, what a layer norm is without its scale, and the moments that it uses. */
function reduced(rows: Dim, columns: Dim): Program {
  const graph = new Graph();
  const x = o.leafOf(graph, { name: "x", role: "input", dtype: "f32", shape: [rows, columns] });
  const peak = o.max(x, { axes: [1] });
  const e = o.exp(o.sub(x, along(peak, x)));
  const centre = mean(x, [1]);
  const centred = o.sub(x, along(centre, x));
  const variance = mean(o.mul(centred, centred), [1]);
  const one = o.broadcast(o.constantOf(graph, 1, "f32"), { shape: variance.type.shape, axes: [] });
  const scale = o.rsqrt(o.add(variance, one));
  return programOf(graph, [
    o.div(e, along(total(e), x)),
    o.add(o.log(total(e)), peak),
    o.mul(centred, along(scale, x)),
    variance,
  ]);
}

/** Only what is one number a row, which long rows give in parts. */
const numbers = (rows: Dim, columns: Dim): Program => {
  const { graph, outputs } = reduced(rows, columns);
  return { graph, outputs: outputs.filter(({ value }) => value.type.shape.length === 1) };
};

/** Rows around `offset`, one element of each far away from the others. */
function drawn(rows: number, columns: number, offset: number): Tensor {
  const random = randomFrom(rows * columns);
  const data = Float32Array.from({ length: rows * columns }, (_, i) => {
    const isFar = i % columns === (7 * Math.floor(i / columns)) % columns;
    return offset + 4 * random() - 2 + (isFar ? 6 : 0);
  });
  return { dtype: "f32", shape: [rows, columns], data: Float64Array.from(data) };
}

const lengths = [1, 3, 32, 33, 36, 260, 1028, 4100];
const classes = ["software", "discrete"] as const;

describeGpu("reductions over rows", () => {
  test.each(classes)("at every length, for %s", { timeout: 300_000 }, async (adapterClass) => {
    const device = await sharedDevice();
    const target = portable(adapterClass);
    const programs = new Map([
      ...lengths.map((n) => [`whole ${String(n)}`, reduced(int(5), int(n))] as const),
      ["long", numbers(int(3), int(5000))] as const,
      ["few in long", numbers(int(1), int(2049))] as const,
    ]);
    const session = await sessionOf(device, programs, { target });
    for (const offset of [0, 100]) {
      for (const [name, program] of programs) {
        const [rows, columns] = program.graph.values[0]?.type.shape.map((d) => Number(d.key)) ?? [];
        const x = drawn(rows ?? 1, columns ?? 1, offset);
        await expectSame(session, name, program, new Map([["x", x]]), forward);
      }
    }
    session.dispose();
  });

  test.each(classes)("of a length that comes with the call, for %s", async (adapterClass) => {
    const device = await sharedDevice();
    const [rows, columns] = [dim("R"), dim("C")];
    const program = reduced(rows, columns);
    const session = await sessionOf(device, new Map([["f", program]]), {
      target: portable(adapterClass),
    });
    const syms = [rows, columns].map((d) => [...symsOf(d)][0]);
    for (const [r, c] of [
      [1, 1],
      [17, 5],
      [2, 300],
    ] as const) {
      const dims = new Map(
        syms.flatMap((sym, i) => (sym ? [[sym, i === 0 ? r : c] as const] : [])),
      );
      const x = drawn(r, c, 50);
      await expectSame(session, "f", program, new Map([["x", x]]), forward, dims);
    }
    session.dispose();
  });
});

test("a softmax and a layer norm read a row twice on a CPU, and once into registers on a GPU", () => {
  const program = reduced(int(64), int(1024));
  const loads = classes.map((adapterClass) => {
    const model = modelOf([entryOf("f", program)]);
    const { kernels } = buildArtifact(model, { target: portable(adapterClass) });
    return kernels.map(({ wgsl }) => (wgsl.match(/= b0\[/g) ?? []).length);
  });
  expect(loads).toEqual([[2], [1]]);
});
