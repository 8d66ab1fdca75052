// Adapters on the reference against the formulas of their papers in PyTorch, in double precision: results, merged weights, gradients, and
// a run of AdaLoRA in which ranks move between layers.
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { Backend, Tensors } from "../../cli/backend.js";
import { openBackend } from "../../cli/backend/open.js";
import { openPackage } from "../../cli/host.js";
import { compile, type CompileOptions } from "../../compiler/index.js";
import type { HostTensor } from "../../runtime/weights.js";

type Nested = number | readonly Nested[];
type Named = Readonly<Record<string, Nested>>;

/** An adapter of one layer with its numbers, and what PyTorch makes of them. */
interface Row {
  readonly adapter: string;
  readonly layer?: string;
  readonly given: Named;
  readonly x?: Nested;
  readonly ids?: Nested;
  readonly cotangent?: Nested;
  readonly out: Nested;
  readonly merged: Nested;
  readonly gradients?: Named;
}

interface Recorded {
  readonly linear: readonly Row[];
  readonly others: readonly Row[];
  readonly adalora: {
    readonly given: Named;
    readonly batches: readonly Named[];
    readonly after: readonly (Named & { readonly loss: number })[];
    readonly ends: Named;
  };
  readonly starts: Named;
}

const recorded = JSON.parse(
  readFileSync(new URL("adapters.json", import.meta.url), "utf8"),
) as Recorded;

const flat = (value: Nested): readonly number[] =>
  typeof value === "number" ? [value] : value.flatMap(flat);
const shapeOf = (value: Nested): readonly number[] =>
  typeof value === "number" ? [] : [value.length, ...shapeOf(value[0] ?? 0)];
const floats = (value: Nested): HostTensor => ({
  dtype: "f32",
  shape: shapeOf(value),
  data: Float32Array.from(flat(value)),
});
const tensors = (values: Named): Tensors =>
  new Map(Object.entries(values).map(([name, value]) => [name, floats(value)]));

const imports = `import { Conv2d, Embedding, Linear } from "std/nn"
import {
  adalora, dora, dora_conv2d, dora_embedding, loftq, lora, lora_conv2d, lora_embedding, lora_fa, lora_orthogonal, olora, pissa,
  rank_threshold, rslora, vera,
} from "std/adapters"
import { mse } from "std/losses"
import { adam } from "std/optim"
`;

async function open(text: string, options: CompileOptions): Promise<Backend> {
  const compiled = compile(
    { path: "adapters.dl", text: `${imports}${text}` },
    openPackage("tests").host,
    options,
  );
  if (!compiled.ok)
    throw new Error(
      compiled.diagnostics.map(({ title, primary }) => `${title} ${primary.text}`).join("\n"),
    );
  return openBackend(compiled.value, { backend: "reference" });
}

/** A model around one layer; its entry `merged` gives what would replace the weight. */
const oneLayer = ({ adapter, layer = "Linear(6, 5)", ids }: Row): string => `model Plain() {
  dense = ${layer}
  fn forward(${ids === undefined ? "x: [B, ...]" : "x: i32[B, T]"}) = dense(x)
}
model Adapted = Plain with { adapt dense by ${adapter} }
`;

/** Text of `oneLayer` with the types that its layer takes. */
const typed = (row: Row): string =>
  oneLayer(row)
    .replace("x: [B, ...]", row.layer === undefined ? "x: [B, 6]" : "x: [B, 3, Y, X] = 0")
    .replace("[B, 3, Y, X] = 0", "[2, 3, 6, 5]");

const at = (name: string): string => (name.startsWith("vera.") ? name : `dense.${name}`);

function farthest(have: HostTensor | undefined, want: Nested): number {
  const numbers = flat(want);
  if (have?.data.length !== numbers.length) return Infinity;
  return Math.max(...numbers.map((n, i) => Math.abs((have.data[i] ?? NaN) - n)));
}

const rounding = 1e-5;

describe("adapters of PyTorch's formulas", () => {
  test.each([...recorded.linear, ...recorded.others].map((row) => [row.adapter, row] as const))(
    "%s",
    async (_, row) => {
      const backend = await open(typed(row), {
        model: "Adapted",
        entries: ["forward"],
        withMerge: true,
        withGradients: row.gradients !== undefined,
      });
      const given = Object.fromEntries(Object.entries(row.given).map(([n, v]) => [at(n), v]));
      await backend.init(1, tensors(given));
      const x =
        row.ids === undefined
          ? floats(row.x ?? [])
          : {
              dtype: "i32" as const,
              shape: shapeOf(row.ids),
              data: Int32Array.from(flat(row.ids)),
            };
      const { out } = Object.fromEntries(
        await backend.run("forward", new Map([["x", x]]), { seed: 0, step: 0 }),
      );
      expect(farthest(out, row.out)).toBeLessThan(rounding);
      const merged = await backend.run("adapters.merge", new Map(), { seed: 0, step: 0 });
      expect(farthest([...merged.values()][0], row.merged)).toBeLessThan(rounding);
      if (row.gradients === undefined) return;
      const inputs = new Map([
        ["x", x],
        ["cotangents.out", floats(row.cotangent ?? [])],
      ]);
      const found = await backend.run("forward.grad", inputs, { seed: 0, step: 0 });
      const wanted = Object.entries(row.gradients).map(
        ([n, v]) => [n === "inputs.x" ? n : at(n), v] as const,
      );
      expect([...found.keys()].sort()).toEqual(wanted.map(([n]) => n).sort());
      for (const [name, want] of wanted)
        expect(farthest(found.get(name), want), name).toBeLessThan(1e-4);
    },
  );
});

test("AdaLoRA moves ranks between layers as its algorithm does", async () => {
  const { given, batches, after, ends } = recorded.adalora;
  const text = `model Net() {
  up = Linear(6, 8, with_bias = false)
  down = Linear(8, 5, with_bias = false)
  fn forward(x: [B, 6]) -> [B, 5] = down(tanh(up(x)))
  fn kept() = (every(up, values), every(down, values))
}
model Adapted = Net with { adapt **: Linear by adalora(rank = 4) }
train Tune(net: Adapted, x: [B, 6], y: [B, 5]) {
  loss = mse(net(x), y) + 0.1 * sum(every(net, penalty))
  optimizer = adam(lr = 0.05)
  after = every(net, prune, rank_threshold(every(net, importance), step, rank = 4, target = 2, warmup = 2, settle = 3, total = 12))
}
`;
  const backend = await open(text, { model: "Adapted", entries: ["kept"], runs: ["Tune"] });
  await backend.init(1, tensors(given));
  for (const [i, batch] of batches.entries()) {
    const { loss } = await backend.trainStep("Tune", tensors(batch), { seed: 0, step: i + 1 });
    const want = after[i];
    expect(Math.abs(loss - (want?.loss ?? NaN)), `loss ${String(i + 1)}`).toBeLessThan(rounding);
    const kept = await backend.run("kept", new Map(), { seed: 0, step: 0 });
    expect(farthest(kept.get("out0"), want?.["up.e"] ?? 0), `up ${String(i + 1)}`).toBeLessThan(
      rounding,
    );
    expect(farthest(kept.get("out1"), want?.["down.e"] ?? 0), `down ${String(i + 1)}`).toBeLessThan(
      rounding,
    );
  }
  const values = await backend.readVariables(false);
  for (const [name, want] of Object.entries(ends))
    expect(farthest(values.get(name), want), name).toBeLessThan(rounding);
  // Ranks did move: the layers do not keep equally many.
  const last = after.at(-1);
  const ranks = ["up.e", "down.e"].map((n) => flat(last?.[n] ?? []).filter((x) => x !== 0).length);
  expect(ranks.reduce((a, b) => a + b)).toBe(4);
});

/** What an adapter of one layer with the recorded weight has after its initialisers. */
async function started(adapter: string): Promise<{
  readonly values: Tensors;
  readonly merged: HostTensor | undefined;
  readonly moved: number;
}> {
  const weight = recorded.starts["weight"] ?? 0;
  const text = oneLayer({ adapter, layer: "Linear(12, 10)", given: {}, out: 0, merged: 0 }).replace(
    "[B, ...]",
    "[B, 12]",
  );
  const backend = await open(text, { model: "Adapted", entries: ["forward"], withMerge: true });
  const bias = Array.from({ length: 10 }, () => 0);
  await backend.init(3, tensors({ "dense.weight": weight, "dense.bias": bias }));
  const merged = [
    ...(await backend.run("adapters.merge", new Map(), { seed: 0, step: 0 })).values(),
  ][0];
  return {
    values: await backend.readVariables(false),
    merged,
    moved: farthest(merged, flat(weight).map(Math.fround)),
  };
}

/** The product of a `[N, k]` and a `[k, M]` tensor. */
function product(b: HostTensor | undefined, a: HostTensor | undefined): HostTensor {
  const [n = 0, k = 0] = b?.shape ?? [];
  const m = a?.shape[1] ?? 0;
  const data = Float32Array.from({ length: n * m }, (_, at) =>
    Array.from(
      { length: k },
      (__, j) => (b?.data[Math.floor(at / m) * k + j] ?? NaN) * (a?.data[j * m + (at % m)] ?? NaN),
    ).reduce((x, y) => x + y, 0),
  );
  return { dtype: "f32", shape: [n, m], data };
}

describe("what adapters begin with", () => {
  test.each([["pissa"], ["olora"]])(
    "%s: a part of the weight, which stays as it is",
    async (name) => {
      const { values, moved } = await started(`${name}(rank = 2, alpha = 6)`);
      const [a, b] = [values.get("dense.lora_a"), values.get("dense.lora_b")];
      expect(farthest(product(b, a), recorded.starts[name] ?? 0)).toBeLessThan(rounding);
      expect(values.get("dense.first_a")?.data).toEqual(a?.data);
      expect(moved).toBe(0);
    },
  );

  test("PiSSA shares the singular values among A and B", async () => {
    const { values } = await started("pissa(rank = 2, alpha = 6)");
    const a = values.get("dense.lora_a")?.data ?? [];
    const squares = [0, 1].map((r) =>
      Array.from(a.slice(12 * r, 12 * r + 12)).reduce((s, x) => s + x * x, 0),
    );
    const want = flat(recorded.starts["pissa_values"] ?? 0);
    expect(Math.max(...want.map((s, i) => Math.abs(s - (squares[i] ?? NaN))))).toBeLessThan(
      rounding,
    );
  });

  test("LoftQ: the best update of what NF4 loses", async () => {
    const { values, merged } = await started("loftq(rank = 2, block = 20)");
    expect(farthest(values.get("dense.rounded"), recorded.starts["rounded"] ?? 0)).toBeLessThan(
      1e-6,
    );
    expect(farthest(merged, recorded.starts["loftq"] ?? 0)).toBeLessThan(rounding);
  });

  test("an orthogonal start changes nothing, and has neither factor at 0", async () => {
    const { values, moved } = await started("lora_orthogonal(rank = 4)");
    expect(moved).toBeLessThan(1e-6);
    for (const part of ["dense.lora_a", "dense.lora_b"])
      expect(Math.max(...(values.get(part)?.data ?? [0]))).toBeGreaterThan(0.01);
  });

  test.each([["lora"], ["rslora"], ["lora_fa"], ["vera"], ["adalora"]])(
    "%s: no change at all",
    async (name) => {
      const { moved } = await started(`${name}(rank = 3)`);
      expect(moved).toBe(0);
    },
  );

  test("DoRA: no change but the rounding of its lengths to f32", async () => {
    const { moved } = await started("dora(rank = 3)");
    expect(moved).toBeLessThan(2 ** -22);
  });
});
