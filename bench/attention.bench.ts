// How long attention takes with the cotangents of its operands, with and without stored scores.
import { buildArtifact } from "../compiler/artifact/index.js";
import { pullback } from "../compiler/autodiff/pullback.js";
import { Graph } from "../compiler/ir/graph.js";
import type { LeafSpec } from "../compiler/ir/program.js";
import { attention, leafOf } from "../compiler/ops/index.js";
import { optimize } from "../compiler/passes/index.js";
import { int, numel, constantOf } from "../compiler/types/dim.js";
import { load } from "../runtime/index.js";
import type { Device } from "../runtime/device.js";
import type { Benchmark, Measured } from "./question.js";
import { medianOf } from "./timing.js";

/** Batch, heads, length, channels. */
const shapes = [
  [8, 4, 64, 32],
  [1, 6, 128, 64],
  [1, 8, 512, 64],
  [2, 12, 256, 64],
] as const;
const rounds = 7;

export const benchmark: Benchmark = {
  question:
    "How fast is causal attention, forward and backward, without stored scores and with them?",
  measure: async (open) => {
    const device = await open();
    const figures: Measured[] = [];
    for (const shape of shapes) figures.push(...(await measured(device, shape)));
    return figures;
  },
};

async function measured(device: Device, shape: (typeof shapes)[number]): Promise<Measured[]> {
  const graph = new Graph();
  const specs = ["q", "k", "v", "g"].map((name): LeafSpec => ({
    name,
    role: "input",
    dtype: "f32",
    shape: shape.map(int),
  }));
  const leaves = specs.map((spec) => leafOf(graph, spec));
  const [g] = leaves.slice(3);
  if (!g) throw new Error("a cotangent");
  const out = attention(...leaves.slice(0, 3), { causal: true, bias: false, mask: false });
  const values = [out, ...pullback(out, g, leaves.slice(0, 3)).flatMap((x) => x ?? [])];
  const outputs = values.map((value, i) => ({ name: String(i), role: "result" as const, value }));
  const program = optimize({ graph, outputs });
  const entry = { name: "f", signature: { symbols: [], inputs: specs, guards: [] }, program };
  const model = { name: "attention", variables: [], entries: [entry], init: [], steps: [] };
  const count = constantOf(numel(shape.map(int))) ?? 0;
  const data = Float32Array.from({ length: count }, (_, i) => Math.sin(i * 12.9898));
  const inputs = Object.fromEntries(specs.map(({ name }) => [name, { data, shape }]));
  const forms = [undefined, () => "spelled" as const];
  const sessions = await Promise.all(
    forms.map((attend) =>
      load(buildArtifact(model, { target: device.target, attend }), { device }),
    ),
  );
  const times = sessions.map((): number[] => []);
  for (let round = 0; round <= rounds; round++)
    for (const [i, session] of sessions.entries()) {
      const start = performance.now();
      await session.run("f", inputs);
      // The first round compiles.
      if (round > 0) times[i]?.push(performance.now() - start);
    }
  for (const session of sessions) session.dispose();
  return ["as chosen", "with stored scores"].map((form, i) => ({
    what: `${shape.join(" x ")}, ${form}`,
    value: medianOf(times[i] ?? []),
    unit: "ms",
  }));
}
