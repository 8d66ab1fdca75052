// Models whose parameters are stored as codes: a device gives what the reference gives, forward and back, and holds no float copy.
import { expect, test } from "vitest";
import { openPackage } from "../../cli/host.js";
import { ReferenceBackend } from "../../cli/backend/reference.js";
import { buildArtifact } from "../../compiler/artifact/index.js";
import { compile, type Compiled } from "../../compiler/index.js";
import { needsOf } from "../../runtime/needs.js";
import { load } from "../../runtime/session.js";
import type { HostTensor } from "../../runtime/weights.js";
import { ints } from "../harness/cli.js";
import { describeGpu, sharedDevice } from "../harness/gpu.js";
import { uniform } from "../harness/peers.js";
import { expectClose, forward } from "../harness/tolerance.js";

const { host } = openPackage("tests");

const source = (format: string): string => `
import { Linear, Embedding } from "std/nn"
import { lora } from "std/adapters"
import { adamw } from "std/optim"

model Net(In, F, Out) {
  emb = Embedding(7, In)
  up = Linear(In, F)
  down = Linear(F, Out)

  fn forward(x: [B, In], ids: i32[B]) -> [B, Out] = (x + emb(ids)) |> up |> gelu |> down
}

model Small = Net with {
  quantize ** as ${format}
  adapt {up, down} by lora(rank = 1)
}
`;

function compiled(format: string, [a, b, c]: readonly number[]): Compiled {
  const made = compile({ path: "tests/gpu/quantize.dl", text: source(format) }, host, {
    model: "Small",
    sets: { In: String(a), F: String(b), Out: String(c) },
    withGradients: true,
  });
  if (!made.ok) throw new Error(made.diagnostics.map((d) => d.primary.text).join("\n"));
  return made.value;
}

const random = (shape: readonly number[], seed: number): HostTensor => {
  const data = uniform(
    shape.reduce((x, y) => x * y, 1),
    seed,
    2,
  );
  return { dtype: "f32", shape, data };
};

describeGpu("quantized parameters", () => {
  test.each([
    ["nf4", [65, 63, 1]],
    ["nf4(block = 64, double = true)", [63, 65, 9]],
    ["nf4(block = 16, double = true)", [64, 65, 64]],
    ["fp4(block = 32)", [17, 130, 3]],
    ["int8", [1, 65, 63]],
    ["int4(block = 16)", [33, 64, 65]],
    ["int8(block = 32, double = true)", [64, 64, 64]],
  ] as const)("%s, sizes %j: forward and gradients as the reference", async (format, sizes) => {
    const model = compiled(format, sizes);
    const [a, , c] = sizes;
    const weights = new Map(model.variables.map((v, i) => [v.path, random(v.shape, i)] as const));
    const inputs = new Map([
      ["x", random([5, a], 50)],
      ["ids", ints([5], [0, 6, 3, 3, 1])],
    ]);
    const given = new Map([...inputs, ["cotangents.out", random([5, c], 51)]]);
    const reference = new ReferenceBackend(model);
    await reference.init(1, weights);
    const device = await sharedDevice();
    const session = await load(buildArtifact(model, { target: device.target }), { device });
    const data = Object.fromEntries([...weights].map(([path, t]) => [path, t.data]));
    await session.init(1, data);
    const stored = await reference.readVariables(false);
    for (const [path, { data: words }] of Object.entries(await session.readVariables()))
      expect(words, path).toEqual(stored.get(path)?.data);
    for (const [entry, values] of [
      ["forward", inputs],
      ["forward.grad", given],
    ] as const) {
      const wanted = await reference.run(entry, values, { seed: 0, step: 0 });
      const found = await session.run(entry, Object.fromEntries(values));
      expect(Object.keys(found).sort()).toEqual([...wanted.keys()].sort());
      for (const [name, { data: numbers }] of wanted)
        expectClose(found[name]?.data ?? [], numbers, forward, `${entry} ${name}`);
    }
    session.dispose();
  });

  test("initialisers fill codes, the same on a device and in the reference", async () => {
    const model = compiled("nf4(double = true)", [63, 33, 5]);
    const reference = new ReferenceBackend(model);
    await reference.init(7);
    const device = await sharedDevice();
    const session = await load(buildArtifact(model, { target: device.target }), { device });
    await session.init(7);
    const stored = await reference.readVariables(false);
    const found = await session.readVariables();
    for (const { path, storage } of model.variables) {
      const [own, other] = [found[path]?.data ?? [], stored.get(path)?.data ?? []];
      const differing = Array.from(own, (word, i) => Number(word !== other[i])).reduce(
        (s, x) => s + x,
        0,
      );
      // Numbers drawn on a device may round into another code once in a while.
      if (storage) expect(differing, path).toBeLessThan(2 + own.length / 50);
    }
    session.dispose();
  });

  test("neither a call nor its gradient takes memory for the floats of what is quantized", async () => {
    const size = 512;
    const device = await sharedDevice();
    const artifact = buildArtifact(compiled("nf4(double = true)", [size, size, size]), {
      target: device.target,
    });
    const one = 4 * size * size;
    for (const entry of ["forward", "forward.grad"]) {
      const needs = needsOf(artifact, entry, [1]);
      const { parameters = 0 } = Object.fromEntries(needs);
      const others = [...needs].filter(([name]) => name !== "parameters").map(([, bytes]) => bytes);
      expect(Math.max(...others)).toBeLessThan(one / 16);
      expect(parameters).toBeLessThan((2 * one) / 5);
    }
  });
});
