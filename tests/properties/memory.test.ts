// Properties of plans, without a device: lifetimes do not overlap in memory, and no dispatch reads and writes one buffer.
import fc from "fast-check";
import { expect, test } from "vitest";
import { openPackage, readSource } from "../../cli/host.js";
import { compile } from "../../compiler/index.js";
import { bindInputs } from "../../runtime/inputs.js";
import { needsOf } from "../../runtime/needs.js";
import { buildArtifact } from "../../compiler/artifact/index.js";
import { bufferOf } from "../../compiler/artifact/places.js";
import { gradient } from "../../compiler/autodiff/gradient.js";
import { Graph } from "../../compiler/ir/graph.js";
import type { Artifact, ProgramPlan } from "../../runtime/format.js";
import { layOut } from "../../runtime/layout.js";
import { entryOf, modelOf } from "../harness/kernels.js";
import { workingBytes } from "../harness/needs.js";
import { randomFrom } from "../harness/numeric.js";
import { randomGraph } from "../harness/random-graph.js";
import { portable, type AdapterClass } from "../../runtime/format.js";

const artifactOf = (seed: number, adapterClass: AdapterClass): Artifact => {
  const { graph, loss, outputs, inputs } = randomGraph(new Graph(), randomFrom(seed));
  const names = inputs.map((i) => i.name);
  const program = gradient(
    { graph, outputs: [...outputs, { name: "loss", role: "result", value: loss }] },
    "loss",
    names,
  );
  return buildArtifact(modelOf([entryOf("f", program)]), { target: portable(adapterClass) });
};

const planOf = (artifact: Artifact): ProgramPlan => {
  const [entry] = artifact.entries;
  if (!entry) throw new Error("no entry");
  return entry.program;
};

const seeds = fc.integer({ min: 1, max: 1 << 20 });
const adapters = fc.constantFrom("software" as const, "discrete" as const);
const options = { seed: 4711, numRuns: 40 };

test("tensors that live at the same time do not overlap", () => {
  fc.assert(
    fc.property(seeds, adapters, (seed, adapter) => {
      const plan = planOf(artifactOf(seed, adapter));
      const { slots, arenaBytes } = layOut(plan, []);
      const lives = plan.tensors.flatMap(({ place }, i) => {
        const slot = slots[i];
        return place.kind === "temporary" && slot ? [{ ...place, ...slot }] : [];
      });
      for (const [i, a] of lives.entries()) {
        expect(a.offset + a.bytes).toBeLessThanOrEqual(arenaBytes[a.arena] ?? 0);
        for (const b of lives.slice(i + 1)) {
          if (a.arena !== b.arena || a.to < b.from || b.to < a.from) continue;
          expect(a.offset + a.bytes <= b.offset || b.offset + b.bytes <= a.offset).toBe(true);
        }
      }
    }),
    options,
  );
}, 60_000);

test("no dispatch reads and writes one buffer, nor needs more bindings than WebGPU promises", () => {
  fc.assert(
    fc.property(seeds, adapters, (seed, adapter) => {
      const artifact = artifactOf(seed, adapter);
      const plan = planOf(artifact);
      for (const { kernel, tensors } of plan.dispatches) {
        const text = artifact.kernels[kernel];
        expect(text?.bindings.length).toBe(tensors.length);
        expect(tensors.length).toBeLessThanOrEqual(8);
        const buffers = (wants: boolean): string[] =>
          tensors.flatMap((t, i) => {
            const place = plan.tensors[t]?.place;
            return place && (text?.bindings[i] === "read") === wants ? [bufferOf(place)] : [];
          });
        const written = new Set(buffers(false));
        expect(buffers(true).filter((b) => written.has(b))).toEqual([]);
      }
    }),
    options,
  );
}, 60_000);

test("the same program gives the same artifact", () => {
  fc.assert(
    fc.property(seeds, adapters, (seed, adapter) => {
      expect(JSON.stringify(artifactOf(seed, adapter))).toBe(
        JSON.stringify(artifactOf(seed, adapter)),
      );
    }),
    { ...options, numRuns: 10 },
  );
}, 60_000);

test.each(["software", "discrete"] as const)(
  "a training step with attention takes memory in proportion to its length on a %s adapter",
  (adapterClass) => {
    const path = "examples/peers/gpt.dl";
    const options = { runs: ["Train"], sets: { L: "1", Tmax: "4096" } };
    const compiled = compile(readSource(path), openPackage(path).host, options);
    if (!compiled.ok) throw new Error(compiled.diagnostics.map(({ title }) => title).join("\n"));
    const artifact = buildArtifact(compiled.value, { target: portable(adapterClass) });
    const [step] = artifact.steps;
    if (!step) throw new Error("no step");
    const working = (length: number): number => {
      const ids = { shape: [1, length], data: new Int32Array(length) };
      const { symbols } = bindInputs(step, { ids, targets: ids });
      return workingBytes(needsOf(artifact, step.name, symbols));
    };
    expect(working(4096) / working(512)).toBeLessThan(8.05);
  },
);
