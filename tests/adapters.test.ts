// Adapters in use: a step written out by hand, rates by group, what is shared, several on one base, and the memory that a frozen base saves.
import { describe, expect, test } from "vitest";
import type { Backend, Tensors } from "../cli/backend.js";
import { openBackend } from "../cli/backend/open.js";
import { openPackage } from "../cli/host.js";
import { buildArtifact } from "../compiler/artifact/index.js";
import { compile, type Compiled, type CompileOptions } from "../compiler/index.js";
import { portable } from "../runtime/format.js";
import { needsOf, totalBytes } from "../runtime/needs.js";
import { byHand, netOf } from "./harness/adapted-net.js";
import { uniform } from "./harness/peers.js";

const imports = `import { lora, lora_bank, vera } from "std/adapters"
import { Gpt } from "std/language"
import { Linear } from "std/nn"
import { cross_entropy, mse } from "std/losses"
import { adamw, sgd } from "std/optim"
`;

function build(text: string, options: CompileOptions): Compiled {
  const file = { path: "adapters.dl", text: `${imports}${text}` };
  const compiled = compile(file, openPackage("tests").host, options);
  if (compiled.ok) return compiled.value;
  throw new Error(compiled.diagnostics.map((d) => `${d.title}: ${d.primary.text}`).join("\n"));
}

const open = (text: string, options: CompileOptions): Promise<Backend> =>
  openBackend(build(text, options), { backend: "reference" });

const tensor = (shape: readonly number[], seed: number) => {
  const count = shape.reduce((a, b) => a * b, 1);
  return { dtype: "f32" as const, shape, data: uniform(count, seed, 1) };
};

const sizes = [6, 8, 5] as const;

const fit = (model: string, lines = ""): string => `
train Fit(net: ${model}, x: [B, 6], y: [B, 5]) {
  loss = mse(net(x), y)
  optimizer = adamw(lr = 0.01)
  ${lines}
}
`;

const adapted = `${netOf("Linear", sizes)}
model Adapted = Net with { adapt **: Linear by lora(rank = 2, alpha = 6) }`;

const batch: Tensors = new Map([
  ["x", tensor([4, 6], 1)],
  ["y", tensor([4, 5], 2)],
]);

/** Parameters after three steps from the same start. */
async function stepped(text: string, lines = ""): Promise<Tensors> {
  const compiled = build(`${text}${fit("Adapted", lines)}`, { runs: ["Fit"] });
  const backend = await openBackend(compiled, { backend: "reference" });
  await backend.init(0);
  const start = compiled.variables.map(
    ({ path, shape }) => [path, tensor(shape, path.length + (path.charCodeAt(0) % 7))] as const,
  );
  await backend.writeVariables(new Map(start));
  for (const step of [1, 2, 3]) await backend.trainStep("Fit", batch, { seed: 0, step });
  return backend.readVariables(true);
}

describe("a step of LoRA", () => {
  test("is the step written out by hand, bit for bit", async () => {
    const [one, other] = [await stepped(adapted), await stepped(byHand(sizes, 2, "3.0"))];
    expect([...one.keys()].sort()).toEqual([...other.keys()].sort());
    for (const [path, { data }] of one) expect(other.get(path)?.data, path).toEqual(data);
    expect(one.get("up.lora_b")?.data).not.toEqual(tensor([8, 2], "up.lora_b".length + 5).data);
  });

  test("gives B a rate of its own where a group says so (LoRA+)", async () => {
    const start = (path: string, n: number): Float32Array =>
      tensor([n], path.length + (path.charCodeAt(0) % 7)).data;
    const move = (values: Tensors, path: string, n: number): number => {
      const from = start(path, n);
      const ends = Array.from(values.get(path)?.data ?? []);
      return Math.max(...ends.map((x, i) => Math.abs(x - (from[i] ?? NaN))));
    };
    const [plain, plus] = [
      await stepped(adapted),
      await stepped(adapted, "group **.lora_b { lr = 0.16 }"),
    ];
    const grown = move(plus, "up.lora_b", 16) / move(plain, "up.lora_b", 16);
    expect(grown).toBeGreaterThan(8);
    expect(move(plus, "up.lora_a", 12) / move(plain, "up.lora_a", 12)).toBeLessThan(2);
  });
});

describe("what `@shared` stands before", () => {
  const shared = (args: string): string[] =>
    build(
      `${netOf("Linear", sizes)}model Adapted = Net with { adapt **: Linear by vera(rank = 3${args}) }`,
      {
        model: "Adapted",
      },
    ).variables.flatMap(({ path }) => (path.startsWith("vera.") ? [path] : []));

  test("is one tensor for all layers of a declaration that give it one shape", () => {
    expect(shared(", most_in = 8, most_out = 8")).toEqual(["vera.vera_a.3x8", "vera.vera_b.8x3"]);
    expect(shared("").sort()).toEqual([
      "vera.vera_a.3x6",
      "vera.vera_a.3x8",
      "vera.vera_b.5x3",
      "vera.vera_b.8x3",
    ]);
  });
});

describe("several adapters on one base", () => {
  const bank = `${netOf("Linear", sizes)}
model Banked = Net with { adapt **: Linear by lora_bank(rank = 2, count = 2, batch = 4) }
model One = Net with { adapt **: Linear by lora(rank = 4) }`;
  const mix = [
    [1, 0],
    [0, 1],
    [0.25, 0.75],
    [0, 0],
  ] as const;

  /** The adapters of a bank as one of LoRA, in which each has its share. */
  const joined = (values: Tensors, shares: readonly number[]): Tensors =>
    new Map(
      [...values].flatMap(([path, { shape, data }]) => {
        if (/weight|bias/.test(path)) return [[path, { dtype: "f32", shape, data }] as const];
        const [count = 0, rank = 0, n = 0] = shape;
        const rows = count * rank;
        if (path.endsWith("lora_a"))
          return [[path, { dtype: "f32", shape: [rows, n], data }] as const];
        if (!path.endsWith("lora_b")) return [];
        const turned = Float32Array.from({ length: n * rows }, (_, i) => {
          const row = i % rows;
          return (
            (data[row * n + Math.floor(i / rows)] ?? NaN) * (shares[Math.floor(row / rank)] ?? NaN)
          );
        });
        return [[path, { dtype: "f32", shape: [n, rows], data: turned }] as const];
      }),
    );

  test("serve each sample of a batch by its own, and mixtures", async () => {
    const banked = build(bank, { model: "Banked" });
    const backend = await openBackend(banked, { backend: "reference" });
    const single = await open(bank, { model: "One" });
    await backend.init(0);
    const values = new Map(
      banked.variables.map(({ path, shape }) => [path, tensor(shape, path.length)] as const),
    );
    expect(values.has("lora_bank.mix.4x2")).toBe(true);
    values.set("lora_bank.mix.4x2", {
      dtype: "f32",
      shape: [4, 2],
      data: Float32Array.from(mix.flat()),
    });
    await backend.writeVariables(values);
    const x = tensor([4, 6], 9);
    const together = await backend.run("forward", new Map([["x", x]]), { seed: 0, step: 0 });
    for (const [sample, shares] of mix.entries()) {
      await single.init(0, joined(values, shares));
      const row = { ...tensor([1, 6], 0), data: x.data.slice(6 * sample, 6 * sample + 6) };
      const alone = await single.run("forward", new Map([["x", row]]), { seed: 0, step: 0 });
      const have = Array.from(together.get("out")?.data.slice(5 * sample, 5 * sample + 5) ?? []);
      const want = Array.from(alone.get("out")?.data ?? []);
      expect(want.length).toBe(5);
      want.forEach((v, i) => {
        expect(Math.abs(v - (have[i] ?? NaN))).toBeLessThan(1e-5);
      });
    }
  });

  test("are held to the largest batch before anything runs", async () => {
    const backend = await open(bank, { model: "Banked" });
    await backend.init(0);
    const call = async (): Promise<Tensors> =>
      backend.run("forward", new Map([["x", tensor([5, 6], 1)]]), { seed: 0, step: 0 });
    await expect(call()).rejects.toThrow("`B <= batch`");
  });
});

test("a frozen base takes no gradient, no moment, and at most 0.4 of the memory", () => {
  const text = `
model Large = Gpt with { 
  set D = 1024
  set H = 16
  set L = 12
}
model Adapted = Large with { adapt h.*.attn.{q, v} by lora(rank = 8) }
train Full(net: Large, ids: i32[B, T], targets: i32[B, T]) {
  loss = cross_entropy(net(ids), targets)
  optimizer = adamw()
}
train Lora(net: Adapted, ids: i32[B, T], targets: i32[B, T]) {
  loss = cross_entropy(net(ids), targets)
  optimizer = adamw()
}`;
  const needs = (run: string, model: string): ReadonlyMap<string, number> => {
    const artifact = buildArtifact(build(text, { runs: [run], model, entries: [] }), {
      target: portable("discrete"),
    });
    return needsOf(artifact, run, [1, 128]);
  };
  const [full, lora] = [needs("Full", "Large"), needs("Lora", "Adapted")];
  const trained = 12 * 2 * 2 * 8 * 1024;
  expect(lora.get("gradients")).toBeLessThan(4 * trained * 1.01);
  expect(totalBytes(lora) / totalBytes(full)).toBeLessThan(0.4);
});
