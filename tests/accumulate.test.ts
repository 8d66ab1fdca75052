// `accumulate = K`: one update for K micro-batches is the update for a batch K times as large.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { ReferenceBackend } from "../cli/backend/reference.js";
import type { Backend, Tensors } from "../cli/backend.js";
import { openPackage } from "../cli/host.js";
import { buildArtifact } from "../compiler/artifact/index.js";
import { compile, type Compiled } from "../compiler/index.js";
import { accumulationOf } from "../compiler/lower/accumulation.js";
import { evaluateAll } from "../compiler/reference/evaluate.js";
import type { Tensor } from "../compiler/reference/tensor.js";
import { load, type InputValue } from "../runtime/index.js";
import { needsOf } from "../runtime/needs.js";
import {
  dl,
  floats,
  ints,
  readTensors,
  temporaryFolder,
  writeTensors,
  writeText,
} from "./harness/cli.js";
import { describeGpu, sharedDevice } from "./harness/gpu.js";
import { uniform } from "./harness/peers.js";
import { expectClose } from "./harness/tolerance.js";

const { host } = openPackage("tests");

const source = (accumulate: number): string => `
import { BatchNorm1d, Linear } from "std/nn"
import { adamw, sgd } from "std/optim"

model Net(D = 33, F = 65) {
  up = Linear(D, F)
  norm = BatchNorm1d(F)
  down = Linear(F, 5)

  fn forward(x: [B, D]) -> [B, 5] = x |> up |> tanh |> down
  fn normed(x: [B, D]) -> [B, 5] = x |> up |> norm |> down
}

train Fit(net: Net, x: [B, 33], y: i32[B]) {
  loss = cross_entropy(net(x), y)
  optimizer = adamw(lr = 1e-2, weight_decay = 0.1)
  clip_norm = 0.5
  accumulate = ${String(accumulate)}
  metrics { largest = max(net(x), axis = (0, 1)) }
}

train Plain(net: Net, x: [B, 33], y: i32[B]) {
  loss = cross_entropy(net(x), y)
  optimizer = sgd(lr = 0.1)
  accumulate = ${String(accumulate)}
}

train Noisy(net: Net, x: [B, 33], y: i32[B]) {
  loss = cross_entropy(net(dropout(x, 0.5)), y)
  optimizer = adamw(lr = 0)
  accumulate = ${String(accumulate)}
}

train Normed(net: Net, x: [B, 33], y: i32[B]) {
  loss = cross_entropy(net.normed(x), y)
  optimizer = adamw(lr = 1e-2)
  accumulate = ${String(accumulate)}
}
`;

function compiled(accumulate: number): Compiled {
  const file = { path: "tests/accumulate.dl", text: source(accumulate) };
  const made = compile(file, host, { model: "Net", runs: ["Fit", "Plain", "Noisy", "Normed"] });
  if (!made.ok) throw new Error(made.diagnostics.map((d) => d.primary.text).join("\n"));
  return made.value;
}

const [whole, parts] = [compiled(1), compiled(3)];

/** `count` samples from the `first` on. */
function samples(first: number, count: number): Tensors {
  const x = uniform(33 * 24, 3, 1).subarray(33 * first, 33 * (first + count));
  const y = Array.from({ length: count }, (_, i) => ((first + i) * 7) % 5);
  return new Map([
    ["x", floats([count, 33], (i) => x[i] ?? 0)],
    ["y", ints([count], y)],
  ]);
}

const together = (step: number): Tensors => samples(12 * (step - 1), 12);
const apart = (step: number): Tensors[] =>
  [0, 1, 2].map((i) => samples(12 * (step - 1) + 4 * i, 4));

async function opened(model: Compiled): Promise<Backend> {
  const backend = new ReferenceBackend(model);
  await backend.init(1);
  return backend;
}

describe("accumulated gradients in the reference", () => {
  // Steps of Adam on clipped gradients are the same at any length of the gradients; plain ones are not.
  it.each(["Fit", "Plain"])(
    "two steps of three micro-batches of %s are two steps of their samples together",
    async (run) => {
      const [one, three] = [await opened(whole), await opened(parts)];
      for (const step of [1, 2]) {
        const a = await one.trainStep(run, together(step), { seed: 1, step });
        const b = await three.trainStep(run, apart(step), { seed: 1, step });
        expect(b.loss).toBeCloseTo(a.loss, 10);
      }
      const found = await three.readVariables(true);
      for (const [name, { data }] of await one.readVariables(true))
        expectClose(found.get(name)?.data ?? [], data, { absolute: 1e-9, relative: 1e-7 }, name);
    },
  );

  it("metrics are means over the micro-batches", async () => {
    const backend = await opened(parts);
    const each = [];
    for (const part of apart(1)) {
      const fresh = await opened(whole);
      each.push((await fresh.trainStep("Fit", part, { seed: 1, step: 1 })).metrics.get("largest"));
    }
    const mean = each.reduce<number>((sum, x) => sum + (x ?? NaN) / 3, 0);
    const { metrics } = await backend.trainStep("Fit", apart(1), { seed: 1, step: 1 });
    expect(metrics.get("largest")).toBeCloseTo(mean, 10);
  });

  it("each micro-batch draws its own numbers", async () => {
    const [part] = apart(1);
    if (!part) throw new Error("no part");
    const backend = await opened(parts);
    const { loss } = await backend.trainStep("Noisy", [part, part, part], { seed: 1, step: 2 });
    const single = await opened(whole);
    let mean = 0;
    for (const step of [4, 5, 6])
      mean += (await single.trainStep("Noisy", part, { seed: 1, step })).loss / 3;
    expect(loss).toBeCloseTo(mean, 10);
  });

  it("states move on with every micro-batch", async () => {
    const backend = await opened(parts);
    await backend.trainStep("Normed", apart(1), { seed: 1, step: 1 });
    const single = await opened(whole);
    const model = compiled(1);
    const start = await single.readVariables(true);
    for (const part of apart(1)) {
      // Parameters stay where they were: only the states are to move.
      const states = await single.readVariables(false);
      const kept = model.variables.flatMap(({ path, role }) => {
        const tensor = (role === "state" ? states : start).get(path);
        return tensor ? [[path, tensor] as const] : [];
      });
      await single.writeVariables(new Map(kept));
      await single.trainStep("Normed", part, { seed: 1, step: 1 });
    }
    const [found, wanted] = [await backend.readVariables(false), await single.readVariables(false)];
    const path = "norm.running_mean";
    expectClose(
      found.get(path)?.data ?? [],
      wanted.get(path)?.data ?? [],
      { absolute: 1e-6, relative: 1e-6 },
      path,
    );
  });

  it("refuses `after`, which would see the gradients of one micro-batch", () => {
    const found = (accumulate: number): readonly string[] => {
      const text = `import { adamw } from "std/optim"
layer Inner {
  param w: [3] = ones
  state seen: [3] = zeros
  fn forward(x: [B, 3]) -> [B] = x @ w
  fn note() -> [] {
    seen <- slope(w)
    sum(seen)
  }
}
model Net {
  inner = Inner()
  fn forward(x: [B, 3]) -> [B] = inner(x)
}
train Fit(net: Net, x: [B, 3]) {
  loss = mean(net(x) ** 2)
  optimizer = adamw()
  accumulate = ${String(accumulate)}
  after = every(net, note)
}
`;
      const made = compile({ path: "tests/after.dl", text }, host, { runs: ["Fit"] });
      return made.ok ? [] : made.diagnostics.map(({ code, primary }) => `${code}: ${primary.text}`);
    };
    expect(found(1)).toEqual([]);
    expect(found(2)).toEqual([
      "unsupported: `after` in a run that accumulates the gradients of several micro-batches is not built yet",
    ]);
  });

  it("refuses another number of micro-batches", async () => {
    const backend = await opened(parts);
    await expect(async () =>
      backend.trainStep("Fit", apart(1).slice(1), { seed: 1, step: 1 }),
    ).rejects.toThrow("accumulates the gradients of 3 micro-batches, and 2 are given");
  });
});

describe("the programs that accumulate", () => {
  it.each([2, 3, 7])("give the mean of %i gradients, whatever an earlier step left", (count) => {
    const { add, finish, length } = accumulationOf(count);
    const gradients = Array.from({ length: count }, (_, i) => uniform(5, i + 1, 1));
    let sums: Float64Array = Float64Array.from({ length: 5 }, () => NaN);
    for (const [i, g] of gradients.entries()) {
      const leaves = ({ name }: { readonly name: string }): Tensor => {
        if (name === "micro-batch") return { dtype: "i32", shape: [], data: Float64Array.of(i) };
        return { dtype: "f32", shape: [5], data: name === "g" ? Float64Array.from(g) : sums };
      };
      const program = i === count - 1 ? finish : add;
      const [result] = evaluateAll(program, { dims: new Map([[length, 5]]), leaves });
      sums = Float64Array.from(result?.data ?? []);
    }
    const mean = Array.from({ length: 5 }, (_, k) =>
      gradients.reduce((sum, g) => sum + (g[k] ?? NaN) / count, 0),
    );
    expectClose(sums, mean, { absolute: 1e-12, relative: 1e-12 }, "mean");
  });
});

describe("accumulated gradients on the command line", () => {
  it("a run in two parts is the run in one, and each step takes its own samples", async () => {
    const folder = temporaryFolder();
    const file = writeText(folder, "net.dl", source(3));
    const data = writeTensors(folder, "d.safetensors", Object.fromEntries(samples(0, 24)));
    const run = async (out: string, steps: number, ...more: readonly string[]) => {
      const args = ["--run", "Fit", "--data", data, "--batch", "4", "--steps", String(steps)];
      const place = ["--backend", "reference", "-o", join(folder, out), ...more];
      expect((await dl("train", file, ...args, ...place)).status).toBe(0);
      const log = readFileSync(join(folder, out, "metrics.jsonl"), "utf8")
        .trim()
        .split("\n");
      const losses = log.map((line) => (JSON.parse(line) as { readonly loss: number }).loss);
      return { losses, weights: readTensors(join(folder, out, "weights.safetensors")) };
    };
    const unbroken = await run("one", 4);
    await run("two", 2);
    const { losses, weights } = await run("two", 4, "--resume");
    expect(unbroken.losses).toHaveLength(4);
    expect(losses).toEqual(unbroken.losses);
    expect(weights).toEqual(unbroken.weights);
  });
});

const given = (tensors: Tensors): Record<string, InputValue> => Object.fromEntries(tensors);

describeGpu("accumulated gradients on a device", () => {
  let start: Tensors;
  beforeAll(async () => {
    start = await (await opened(whole)).readVariables(false);
  });

  it.each(["Fit", "Plain"])(
    "steps of %s are those of the reference, and memory for the sums is counted",
    async (run) => {
      const device = await sharedDevice();
      const artifact = buildArtifact(parts, { target: device.target });
      const session = await load(artifact, { device });
      const reference = await opened(parts);
      await reference.writeVariables(start);
      session.writeVariables(
        Object.fromEntries([...start].map(([path, { data }]) => [path, data])),
      );
      for (const step of [1, 2, 3]) {
        const at = step > 2 ? 1 : step;
        const wanted = await reference.trainStep(run, apart(at), { seed: 1, step });
        const found = await session.trainStep(run, apart(at).map(given), { seed: 1, step });
        expect(found.loss).toBeCloseTo(wanted.loss, 4);
        const largest = wanted.metrics.get("largest");
        if (largest !== undefined) expect(found.metrics["largest"]).toBeCloseTo(largest, 3);
      }
      const found = await session.readVariables();
      for (const [path, { data }] of await reference.readVariables(false))
        expectClose(found[path]?.data ?? [], data, { absolute: 2e-5, relative: 1e-3 }, path);
      expect(Object.keys(found).filter((path) => path.includes("sums"))).toEqual([]);
      await expect(session.trainStep(run, given(together(1)))).rejects.toThrow("3 micro-batches");
      const needs = needsOf(artifact, run, [4]);
      expect(needs.get("moment gradient sums")).toBe(artifact.arenas.trained);
      session.dispose();
    },
  );
});
