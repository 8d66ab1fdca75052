// Adapters on a device: LoRA is what it is by hand, bit for bit; B = 0 is the base; merging changes nothing; steps are the reference's.
import { expect, test } from "vitest";
import type { Backend, Tensors } from "../../cli/backend.js";
import { openBackend } from "../../cli/backend/open.js";
import { openPackage } from "../../cli/host.js";
import { compile, type Compiled, type CompileOptions } from "../../compiler/index.js";
import type { HostTensor } from "../../runtime/weights.js";
import { byHand, netOf } from "../harness/adapted-net.js";
import { adapterName, describeGpu } from "../harness/gpu.js";
import { uniform } from "../harness/peers.js";
import { backward, expectClose, forward } from "../harness/tolerance.js";

const minutes = 60_000;
/** Sizes on neither side of which a tile or a workgroup ends. */
const [inputs, hidden, outputs, samples] = [33, 65, 17, 7];

const imports = `import { adalora, dora, lora, rank_threshold, vera } from "std/adapters"
import { Linear } from "std/nn"
import { adamw, sgd } from "std/optim"
`;

const sizes = [inputs, hidden, outputs] as const;

const adaptedBy = (adapter: string): string =>
  `${netOf("Linear", sizes)}model Adapted = Net with { adapt **: Linear by ${adapter} }\n`;

const fit = (optimizer: string, penalty = "", lines = ""): string => `
train Fit(net: Adapted, x: [B, ${String(inputs)}], y: [B, ${String(outputs)}]) {
  loss = mse(net(x), y)${penalty}
  optimizer = ${optimizer}
  ${lines}
}
`;

function build(text: string, options: CompileOptions): Compiled {
  const file = { path: "tests/gpu/adapters.dl", text: `${imports}${text}` };
  const compiled = compile(file, openPackage("tests").host, options);
  if (compiled.ok) return compiled.value;
  throw new Error(compiled.diagnostics.map((d) => `${d.title}: ${d.primary.text}`).join("\n"));
}

function tensor(shape: readonly number[], seed: number): HostTensor {
  const count = shape.reduce((a, b) => a * b, 1);
  return { dtype: "f32", shape, data: uniform(count, seed, 1) };
}

const x = tensor([samples, inputs], 1);
const batch: Tensors = new Map([
  ["x", x],
  ["y", tensor([samples, outputs], 2)],
]);

const onDevice = (model: Compiled): Promise<Backend> =>
  openBackend(model, { backend: "webgpu", adapter: adapterName });
const onReference = (model: Compiled): Promise<Backend> =>
  openBackend(model, { backend: "reference" });

/** The seed of a variable depends on its path alone, so that two models with the same paths begin alike. */
const seedOf = (path: string): number =>
  [...path].reduce((sum, letter) => sum + letter.charCodeAt(0), 0);

const drawn = (model: Compiled): Tensors =>
  new Map(model.variables.map(({ path, shape }) => [path, tensor(shape, seedOf(path))]));

/** Parameters and states after three steps from what `start` gives. */
async function stepped(backend: Backend, start: Tensors): Promise<Tensors> {
  await backend.init(0, start);
  for (const step of [1, 2, 3]) await backend.trainStep("Fit", batch, { seed: 0, step });
  const variables = await backend.readVariables(false);
  backend.dispose();
  return variables;
}

async function evaluated(model: Compiled, given: Tensors): Promise<HostTensor["data"]> {
  const backend = await onDevice(model);
  await backend.init(0, given);
  const results = await backend.run("forward", new Map([["x", x]]), { seed: 0, step: 0 });
  backend.dispose();
  return results.get("out")?.data ?? new Float32Array();
}

describeGpu("adapters", () => {
  test(
    "a step of LoRA is the step written out by hand, bit for bit",
    { timeout: 5 * minutes },
    async () => {
      const adam = fit("adamw(lr = 0.01)");
      const declared = build(`${adaptedBy("lora(rank = 3, alpha = 6)")}${adam}`, { runs: ["Fit"] });
      const written = build(`${byHand(sizes, 3, "2.0")}${adam}`, { runs: ["Fit"] });
      const start = drawn(declared);
      const one = await stepped(await onDevice(declared), start);
      const other = await stepped(await onDevice(written), start);
      expect([...one.keys()].sort()).toEqual([...other.keys()].sort());
      for (const [path, { data }] of one) {
        expect(other.get(path)?.data, path).toEqual(data);
        if (path.includes("lora")) expect(data, path).not.toEqual(start.get(path)?.data);
        else expect(data, path).toEqual(start.get(path)?.data);
      }
    },
  );

  test(
    "with B = 0 an adapted model is its base, bit for bit",
    { timeout: 5 * minutes },
    async () => {
      const text = adaptedBy("lora(rank = 3, alpha = 6)");
      const options = { model: "Adapted", entries: ["forward"] };
      const base = build(text, { ...options, withoutAdapters: true });
      const start = drawn(base);
      const out = await evaluated(base, start);
      expect(out).toHaveLength(samples * outputs);
      expect(await evaluated(build(text, options), start)).toEqual(out);
    },
  );

  test.each(["lora(rank = 3, alpha = 6)", "dora(rank = 3)", "adalora(rank = 3)", "vera(rank = 9)"])(
    "%s: what it gives and what the merged base gives are the same",
    { timeout: 5 * minutes },
    async (adapter) => {
      const text = adaptedBy(adapter);
      const options = { model: "Adapted", entries: ["forward"] };
      const adapted = build(text, { ...options, withMerge: true });
      const start = new Map([...drawn(adapted)].filter(([path]) => !path.includes("pruned")));
      const backend = await onDevice(adapted);
      await backend.init(0, start);
      const merged = await backend.run("adapters.merge", new Map(), { seed: 0, step: 0 });
      backend.dispose();
      const base = build(text, { ...options, withoutAdapters: true });
      const plain = new Map(
        [...start].filter(([path]) => base.variables.some((v) => v.path === path)),
      );
      const out = await evaluated(adapted, start);
      expectClose(await evaluated(base, new Map([...plain, ...merged])), out, forward, adapter);
      expect(await evaluated(base, plain)).not.toEqual(out);
    },
  );

  const pruning = `after = every(
    net,
    prune,
    rank_threshold(every(net, importance), step, rank = 3, target = 1, total = 3),
  )`;
  test.each([
    ["dora(rank = 3)", "", ""],
    ["adalora(rank = 3)", " + 0.1 * sum(every(net, penalty))", pruning],
    ["vera(rank = 9)", "", ""],
  ])(
    "%s: three steps are the reference's",
    { timeout: 5 * minutes },
    async (adapter, penalty, lines) => {
      const text = `${adaptedBy(adapter)}${fit("sgd(lr = 0.01)", penalty, lines)}`;
      const model = build(text, { runs: ["Fit"] });
      const begun = await onReference(model);
      await begun.init(5);
      const start = await begun.readVariables(false);
      const wanted = await stepped(await onReference(model), start);
      const found = await stepped(await onDevice(model), start);
      expect([...found.keys()].sort()).toEqual([...wanted.keys()].sort());
      for (const [path, { data }] of wanted)
        expectClose(found.get(path)?.data ?? [], data, backward, path);
      const moved = [...wanted].filter(([path, { data }]) =>
        data.some((n, i) => n !== start.get(path)?.data[i]),
      );
      expect(moved.length).toBeGreaterThan(1);
    },
  );
});
