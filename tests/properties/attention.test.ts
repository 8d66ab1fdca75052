// Attention whose scores would be large has no tensor of their size, forward and backward, whatever the adapter.
import { expect, test } from "vitest";
import { buildArtifact } from "../../compiler/artifact/index.js";
import { pullback } from "../../compiler/autodiff/pullback.js";
import { Graph } from "../../compiler/ir/graph.js";
import { attention } from "../../compiler/ops/index.js";
import { int } from "../../compiler/types/dim.js";
import { tensor } from "../../compiler/types/tensor.js";
import { adapterClasses, portable } from "../../runtime/format.js";
import { entryOf, modelOf, programOf } from "../harness/kernels.js";
import { inputOf } from "../harness/numeric.js";
import { compiled, drawnFor, evaluated } from "../harness/scans.js";

const [heads, length, width] = [4, 1024, 16];

function elementsOf(adapterClass: (typeof adapterClasses)[number], isSpelled: boolean): number[] {
  const graph = new Graph();
  const type = tensor("f32", [heads, length, width].map(int));
  const [q, k, v, g] = ["q", "k", "v", "g"].map((name) => inputOf(graph, name, type));
  if (!q || !k || !v || !g) throw new Error("four inputs");
  const out = attention(q, k, v, { causal: true, bias: false, mask: false });
  const gradients = pullback(out, g, [q, k, v]).flatMap((x) => x ?? []);
  const entry = entryOf("f", programOf(graph, [out, ...gradients]));
  const attend = isSpelled ? () => "spelled" as const : undefined;
  const { entries } = buildArtifact(modelOf([entry]), { target: portable(adapterClass), attend });
  return entries.flatMap(({ program }) => program.tensors.map((t) => Number(t.elements)));
}

test.each(adapterClasses)("%s: memory is linear in the length", (adapterClass) => {
  const scores = heads * length * length;
  expect(Math.max(...elementsOf(adapterClass, true))).toBe(scores);
  expect(Math.max(...elementsOf(adapterClass, false))).toBe(heads * length * width);
});

test("queries of several heads share keys without any", () => {
  const [shared, repeated] = [
    "k, v",
    "repeat(k, [s k -> h s k], h = H), repeat(v, [s k -> h s k], h = H)",
  ].map((keys) =>
    compiled(`fn rounds(q: [H, T, K], k: [S, K], v: [S, K]) -> [H, T, K] = attention(q, ${keys})`),
  );
  expect(shared?.entries).toHaveLength(2);
  for (const [i, entry] of (shared?.entries ?? []).entries()) {
    const drawn = drawnFor(entry, { H: 3, T: 5, S: 4, K: 2 }, 3);
    const other = repeated?.entries[i];
    const wanted = other && evaluated(other, drawnFor(other, { H: 3, T: 5, S: 4, K: 2 }, 3));
    for (const [name, { data }] of evaluated(entry, drawn))
      for (const [j, x] of data.entries()) expect(wanted?.get(name)?.data[j]).toBeCloseTo(x, 10);
  }
});
