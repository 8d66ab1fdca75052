// PEFT's folders, written here in the layout that PEFT publishes: read, held against its formulas, written back the same, and refused by name.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { writeSafetensors } from "../../cli/files.js";
import { parseSafetensors, type HostTensor } from "../../runtime/weights.js";
import { dl, floats, readTensors, temporaryFolder } from "../harness/cli.js";

const folder = temporaryFolder();
const at = (name: string): string => join(folder, name);

writeFileSync(
  at("net.dl"),
  `import { Embedding, Linear } from "std/nn"
import { dora, lora, lora_embedding, vera } from "std/adapters"

model Net {
  table = Embedding(7, 6)
  q = Linear(6, 4)
  v = Linear(4, 5)
  fn forward(ids: i32[B]) -> [B, 5] = ids |> table |> q |> v
}
model Tuned = Net with {
  adapt q by lora(rank = 2, alpha = 6)
  adapt v by lora(rank = 3, alpha = 12)
  adapt table by lora_embedding(rank = 2, alpha = 6)
}
model Stable = Net with { adapt {q, v} by lora(rank = 2, alpha = 6, stabilised = true) }
model Turned = Net with { adapt {q, v} by dora(rank = 2, alpha = 6) }
model Shared = Net with { adapt {q, v} by vera(rank = 2) }
`,
);
const some = (shape: readonly number[], k: number): HostTensor =>
  floats(shape, (i) => Math.sin(i * 0.7 + k));
const base: readonly (readonly [string, HostTensor])[] = [
  ["table.weight", some([7, 6], 1)],
  ["q.weight", some([4, 6], 2)],
  ["q.bias", some([4], 3)],
  ["v.weight", some([5, 4], 4)],
  ["v.bias", some([5], 5)],
];
writeSafetensors(at("base.safetensors"), base);
writeSafetensors(at("in.safetensors"), [
  ["ids", { dtype: "i32", shape: [3], data: Int32Array.of(1, 6, 2) }],
]);

/** The fields that PEFT 0.11 writes for LoRA. */
const published = {
  alpha_pattern: {},
  auto_mapping: null,
  base_model_name_or_path: "net",
  bias: "none",
  fan_in_fan_out: false,
  inference_mode: true,
  init_lora_weights: true,
  layer_replication: null,
  layers_pattern: null,
  layers_to_transform: null,
  loftq_config: {},
  lora_alpha: 6,
  lora_dropout: 0,
  megatron_config: null,
  modules_to_save: null,
  peft_type: "LORA",
  r: 2,
  rank_pattern: {},
  target_modules: ["q", "v"],
  task_type: null,
  use_dora: false,
  use_rslora: false,
};
const lora = (layer: string, rank: number, n: number, out: number, k: number) =>
  [
    [`base_model.model.${layer}.lora_A.weight`, some([rank, n], k)],
    [`base_model.model.${layer}.lora_B.weight`, some([out, rank], k + 1)],
  ] as const;

function peftFolder(
  name: string,
  config: object,
  tensors: readonly (readonly [string, HostTensor])[],
): string {
  mkdirSync(at(name), { recursive: true });
  writeFileSync(join(at(name), "adapter_config.json"), JSON.stringify({ ...published, ...config }));
  writeSafetensors(join(at(name), "adapter_model.safetensors"), tensors, { format: "pt" });
  return at(name);
}

const mixed = peftFolder(
  "mixed",
  { rank_pattern: { v: 3 }, alpha_pattern: { v: 12 }, target_modules: ["q", "v", "table"] },
  [
    ...lora("q", 2, 6, 4, 10),
    ...lora("v", 3, 4, 5, 12),
    ["base_model.model.table.lora_embedding_A", some([2, 7], 14)],
    ["base_model.model.table.lora_embedding_B", some([6, 2], 15)],
  ],
);
const stable = peftFolder("stable", { use_rslora: true }, [
  ...lora("q", 2, 6, 4, 20),
  ...lora("v", 2, 4, 5, 22),
]);
const turned = peftFolder("turned", { use_dora: true }, [
  ...lora("q", 2, 6, 4, 30),
  ...lora("v", 2, 4, 5, 32),
  ["base_model.model.q.lora_magnitude_vector", some([4], 34)],
  ["base_model.model.v.lora_magnitude_vector", some([5], 35)],
]);
const saving = peftFolder("saving", { use_rslora: true, modules_to_save: ["table"] }, [
  ...lora("q", 2, 6, 4, 20),
  ...lora("v", 2, 4, 5, 22),
  ["base_model.model.table.weight", some([7, 6], 40)],
]);

const importing = (from: string, model: string, out: string, weights = "base.safetensors") =>
  dl(
    "peft",
    "import",
    from,
    at("net.dl"),
    "--model",
    model,
    "--weights",
    at(weights),
    "-o",
    at(out),
  );

const times = (b: HostTensor, a: HostTensor, scale: number): readonly number[] => {
  const [n = 0, k = 0] = b.shape;
  const m = a.shape[1] ?? 0;
  return Array.from({ length: n * m }, (_, i) => {
    const terms = Array.from(
      { length: k },
      (__, j) => (b.data[Math.floor(i / m) * k + j] ?? NaN) * (a.data[j * m + (i % m)] ?? NaN),
    );
    return scale * terms.reduce((x, y) => x + y, 0);
  });
};

/** Merged weights of a layer, by `dl merge` after an import. */
async function merged(
  from: string,
  model: string,
): Promise<ReadonlyMap<string, ArrayLike<number>>> {
  const out = `${model}.adapter.safetensors`;
  const imported = await importing(from, model, out);
  expect(imported.err).toContain("wrote");
  const options = ["--model", model, "--backend", "reference", "--weights", at("base.safetensors")];
  const done = await dl(
    "merge",
    at("net.dl"),
    ...options,
    "--adapter-weights",
    at(out),
    "-o",
    at(`${model}.merged.safetensors`),
  );
  expect(done.status, done.err).toBe(0);
  return new Map(
    [...parseSafetensors(readFileSync(at(`${model}.merged.safetensors`)), "m").tensors].map(
      ([name, { bytes }]) => [name, new Float32Array(Uint8Array.from(bytes).buffer)],
    ),
  );
}

function expectNear(have: ArrayLike<number> | undefined, want: readonly number[]): void {
  expect(have?.length).toBe(want.length);
  want.forEach((x, i) => {
    expect(Math.abs(x - (have?.[i] ?? NaN))).toBeLessThan(1e-5);
  });
}

const plus = (weight: HostTensor, update: readonly number[]): readonly number[] =>
  Array.from(weight.data, (x, i) => x + (update[i] ?? NaN));

describe("folders of PEFT", () => {
  test("with patterns and a table give what its formulas give", async () => {
    const found = await merged(mixed, "Tuned");
    expectNear(
      found.get("q.weight"),
      plus(some([4, 6], 2), times(some([4, 2], 11), some([2, 6], 10), 3)),
    );
    expectNear(
      found.get("v.weight"),
      plus(some([5, 4], 4), times(some([5, 3], 13), some([3, 4], 12), 4)),
    );
    const table = times(some([6, 2], 15), some([2, 7], 14), 3);
    const turnedTable = Array.from(
      { length: 42 },
      (_, i) => table[(i % 6) * 7 + Math.floor(i / 6)] ?? NaN,
    );
    expectNear(found.get("table.weight"), plus(some([7, 6], 1), turnedTable));
  });

  test("with rank-stabilised scales", async () => {
    const found = await merged(stable, "Stable");
    expectNear(
      found.get("q.weight"),
      plus(some([4, 6], 2), times(some([4, 2], 21), some([2, 6], 20), 6 / Math.SQRT2)),
    );
  });

  test("with magnitudes", async () => {
    const found = await merged(turned, "Turned");
    const sum = plus(some([4, 6], 2), times(some([4, 2], 31), some([2, 6], 30), 3));
    const magnitude = some([4], 34).data;
    const rows = Array.from({ length: 4 }, (_, r) => Math.hypot(...sum.slice(6 * r, 6 * r + 6)));
    expectNear(
      found.get("q.weight"),
      sum.map(
        (x, i) => (x * (magnitude[Math.floor(i / 6)] ?? NaN)) / (rows[Math.floor(i / 6)] ?? NaN),
      ),
    );
  });

  test("with modules that were trained whole give a base of their own", async () => {
    const done = await importing(saving, "Stable", "saving.safetensors");
    expect(done.status, done.err).toBe(0);
    expect(done.err).toContain("table.weight");
    expectNear(
      readTensors(at("saving.base.safetensors"))["table.weight"]?.data,
      Array.from(some([7, 6], 40).data),
    );
    const wrong = await dl(
      "run",
      at("net.dl"),
      "--model",
      "Stable",
      "--backend",
      "reference",
      "--weights",
      at("base.safetensors"),
      "--adapter-weights",
      at("saving.safetensors"),
      "--inputs",
      at("in.safetensors"),
    );
    expect(wrong.err).toContain("was trained on the base");
  });

  test.each([
    ["mixed", "Tuned"],
    ["stable", "Stable"],
    ["turned", "Turned"],
  ])("%s comes back as it was", async (name, model) => {
    await importing(at(name), model, `${name}.in.safetensors`);
    const done = await dl(
      "peft",
      "export",
      at(`${name}.in.safetensors`),
      at("net.dl"),
      "--model",
      model,
      "--weights",
      at("base.safetensors"),
      "-o",
      at(`${name}-back`),
    );
    expect(done.status, done.err).toBe(0);
    const read = (which: string) => {
      const path = join(at(which), "adapter_model.safetensors");
      return [...parseSafetensors(readFileSync(path), path).tensors]
        .map(([n, { shape, bytes }]) => [n, shape, [...bytes]])
        .sort();
    };
    expect(read(`${name}-back`)).toEqual(read(name));
    const config = (which: string) =>
      JSON.parse(readFileSync(join(at(which), "adapter_config.json"), "utf8")) as Record<
        string,
        unknown
      >;
    for (const key of [
      "peft_type",
      "r",
      "lora_alpha",
      "rank_pattern",
      "alpha_pattern",
      "use_rslora",
      "use_dora",
      "fan_in_fan_out",
      "bias",
      "modules_to_save",
    ])
      expect(config(`${name}-back`)[key], key).toEqual(config(name)[key]);
    expect([...(config(`${name}-back`)["target_modules"] as string[])].sort()).toEqual(
      [...(config(name)["target_modules"] as string[])].sort(),
    );
  });
});

describe("what does not fit is refused", () => {
  test.each([
    [
      "a rank",
      () => importing(mixed, "Stable", "x"),
      ["its rank is 3", "the model's is 2", "adapt q by lora(rank = 2, alpha = 6)"],
    ],
    [
      "a scale",
      () =>
        importing(
          peftFolder("plain", {}, [...lora("q", 2, 6, 4, 20), ...lora("v", 2, 4, 5, 22)]),
          "Stable",
          "x",
        ),
      ["its scale is 3", "the model's is 4.24"],
    ],
    ["a kind", () => importing(turned, "Stable", "x"), ["it is DoRA", "the model has `lora`"]],
    [
      "another method",
      () => importing(peftFolder("ia3", { peft_type: "IA3" }, []), "Stable", "x"),
      ["of the type `IA3`", "`LORA` is read"],
    ],
    [
      "biases",
      () => importing(peftFolder("biased", { bias: "all" }, []), "Stable", "x"),
      ["`bias` is not `none`"],
    ],
    ["a rank of 0", () => importing(peftFolder("zero", { r: 0 }, []), "Stable", "x"), ["`r` is 0"]],
    [
      "a tensor missing",
      () =>
        importing(peftFolder("few", { use_rslora: true }, lora("q", 2, 6, 4, 20)), "Stable", "x"),
      ["lacks `v.lora_a`"],
    ],
    [
      "a shape",
      () =>
        importing(
          peftFolder("shape", { use_rslora: true }, [
            ...lora("q", 2, 5, 4, 20),
            ...lora("v", 2, 4, 5, 22),
          ]),
          "Stable",
          "x",
        ),
      ["`q.lora_a` is [2, 5]", "[2, 6] in the model"],
    ],
  ] as const)("%s", async (_, run, words) => {
    const { status, err } = await run();
    expect(status).toBe(1);
    for (const word of words) expect(err).toContain(word);
  });

  test("adapters that PEFT's LoRA cannot say are not written", async () => {
    const { toPeft } = await import("../../cli/adapters/peft.js");
    const { compileFile } = await import("../../cli/compile.js");
    const io = { out: () => undefined, err: () => undefined, isTerminal: false };
    const shared = compileFile(at("net.dl"), { model: "Shared" }, io);
    expect(() => toPeft(shared, new Map())).toThrow("`vera`, which PEFT's LoRA cannot say");
  });
});
