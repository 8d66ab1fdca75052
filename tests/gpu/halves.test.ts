// Halves on a device: rounded as IEEE 754 says, packed two in a word at any size, and training in mixed precision with a scaled loss.
import { expect, test } from "vitest";
import { ReferenceBackend } from "../../cli/backend/reference.js";
import { buildArtifact } from "../../compiler/artifact/index.js";
import type { Compiled, CompileOptions } from "../../compiler/index.js";
import { roundToHalf } from "../../runtime/half.js";
import { load, type Session } from "../../runtime/session.js";
import type { HostTensor } from "../../runtime/weights.js";
import { ints } from "../harness/cli.js";
import { compiledText } from "../harness/compiled.js";
import { describeGpu, sharedDevice } from "../harness/gpu.js";
import { uniform, uniformTensor } from "../harness/peers.js";
import { expectClose } from "../harness/tolerance.js";

const source = `
import { Embedding, LayerNorm, Linear } from "std/nn"
import { adamw } from "std/optim"

fn rounded(x: f32[N]) -> f32[N] = cast(cast(x, f16), f32)
fn line(x: f16[N]) -> f16[N] = x * 2 + 1
fn product(a: f16[M, K], b: f16[K, N]) -> f16[M, N] = a @ b
fn shares(a: f16[M, K]) -> f16[M, K] = softmax(a)
fn totals(a: f16[M, K]) -> f16[K] = sum(a, axis = 0)
fn taken(a: f16[M, K], ids: i32[N]) -> f16[N, K] = gather(a, ids)
fn joined(a: f16[M, K], b: f16[M, K]) -> f16[M, 2 * K] = concat(a, b, axis = 1)

model Small(D = 12, F = 20) {
  emb = Embedding(7, D)
  up = Linear(D, F)
  norm = LayerNorm(F)
  down = Linear(F, 7)
  state seen: [F] = zeros

  fn forward(ids: i32[B]) -> [B, 7] = emb(ids) |> up |> gelu |> norm |> down
}

train Fit(net: Small, ids: i32[B], wanted: i32[B]) {
  loss = cross_entropy(net(ids), wanted)
  optimizer = adamw(lr = 1e-2)
  clip_norm = 1
  precision = mixed(f16)
}

train Wide(net: Small, ids: i32[B], wanted: i32[B]) {
  loss = cross_entropy(net(ids), wanted)
  optimizer = adamw(lr = 1e-2)
  clip_norm = 1
}
`;

const compiled = (options: CompileOptions, float?: "f16"): Compiled =>
  compiledText(source, options, float);

const halves = (shape: readonly number[], seed: number): HostTensor => ({
  ...uniformTensor(shape, seed, 2),
  dtype: "f16",
});

const onDevice = async (program: Compiled): Promise<Session> => {
  const device = await sharedDevice();
  return load(buildArtifact(program, { target: device.target }), { device });
};

/** The spacing of halves next to 1, which is the most that one rounding moves a number, twice. */
const spacing = 2 ** -10;

/** Numbers where rounding is decided: ties, the ends of the range, and what is smaller than any half that is normal. */
const special = [
  0,
  -0,
  1,
  -1,
  65504,
  65519,
  65519.99,
  65520,
  -65520,
  1e9,
  -1e9,
  2049,
  2051,
  -2049,
  6.1035e-5,
  6.0975552e-5,
  5.9604645e-8,
  2.9802322e-8,
  2.98023e-8,
  8.9406967e-8,
  1e-9,
  -1e-5,
  1e-5,
  0.1,
  1 / 3,
  1 + 2 ** -11,
  1 + 3 * 2 ** -11,
  1 + 2 ** -11 + 2 ** -20,
].map(Math.fround);

describeGpu("halves", () => {
  test("are the nearest to a float32, ties to even, infinite from 65520 on", async () => {
    const session = await onDevice(compiled({ fn: "rounded" }));
    const drawn = uniform(4000, 1, 20).map((x) => 2 ** x);
    const x = Float32Array.from([...special, ...drawn, ...drawn.map((v) => -v)]);
    const { out } = await session.run("rounded", { x });
    expect([...(out?.data ?? [])]).toEqual([...x].map(roundToHalf));
    session.dispose();
  });

  test.each([
    ["line", [{ x: [1] }, { x: [7] }, { x: [64] }, { x: [257] }]],
    [
      "product",
      [
        { a: [1, 1], b: [1, 1] },
        { a: [5, 7], b: [7, 9] },
        { a: [33, 64], b: [64, 32] },
      ],
    ],
    ["shares", [{ a: [3, 5] }, { a: [4, 128] }]],
    ["totals", [{ a: [3, 5] }, { a: [130, 7] }]],
    [
      "joined",
      [
        { a: [3, 5], b: [3, 5] },
        { a: [2, 8], b: [2, 8] },
      ],
    ],
  ])("`%s` gives what the reference gives, at odd and even sizes", async (fn, cases) => {
    const program = compiled({ fn });
    const session = await onDevice(program);
    const reference = new ReferenceBackend(program);
    for (const shapes of cases) {
      const named: readonly (readonly [string, readonly number[]])[] = Object.entries(shapes);
      const inputs = named.map(([name, shape], i) => [name, halves(shape, i + 3)] as const);
      const { out } = await session.run(fn, Object.fromEntries(inputs));
      const wanted = await reference.run(fn, new Map(inputs), { seed: 0, step: 0 });
      expect(out?.dtype).toBe("f16");
      // Both are halves: where sums differ in their last bit, they may be neighbours.
      const near = { relative: spacing, absolute: 1e-4 };
      const what = `${fn} of ${JSON.stringify(shapes)}`;
      expectClose(out?.data ?? [], wanted.get("out")?.data ?? [], near, what);
    }
    session.dispose();
  });

  test("rows that are taken by number are the very rows", async () => {
    const session = await onDevice(compiled({ fn: "taken" }));
    const a = halves([5, 3], 9);
    const { out } = await session.run("taken", { a, ids: Int32Array.of(4, 0, 4) });
    const row = (i: number): number[] => [...a.data.slice(3 * i, 3 * i + 3)].map(roundToHalf);
    expect([...(out?.data ?? [])]).toEqual([...row(4), ...row(0), ...row(4)]);
    session.dispose();
  });

  test("a model whose floats are halves has parameters of two bytes and gives what one of floats gives", async () => {
    const [half, wide] = [compiled({ model: "Small" }, "f16"), compiled({ model: "Small" })];
    const [one, other] = [await onDevice(half), await onDevice(wide)];
    const bytes = (s: Session): number => s.artifact.variables.reduce((sum, v) => sum + v.bytes, 0);
    expect(bytes(one) / bytes(other)).toBeCloseTo(0.5, 1);
    for (const session of [one, other]) await session.init(3);
    const ids = Int32Array.of(0, 3, 6, 2, 5);
    const [a, b] = [await one.run("forward", { ids }), await other.run("forward", { ids })];
    expect(a["out"]?.dtype).toBe("f16");
    const near = { relative: 8 * spacing, absolute: 8 * spacing };
    expectClose(a["out"]?.data ?? [], b["out"]?.data ?? [], near, "logits");
    for (const session of [one, other]) session.dispose();
  });
});

const batch = {
  ids: Int32Array.of(0, 1, 2, 3, 4, 5, 6, 1),
  wanted: Int32Array.of(1, 2, 3, 4, 5, 6, 0, 2),
};

describeGpu("mixed precision", () => {
  test("learns as float32 does, with half of what products read and make", async () => {
    const [mixed, wide] = [compiled({ runs: ["Fit"] }), compiled({ runs: ["Wide"] })];
    const [one, other] = [await onDevice(mixed), await onDevice(wide)];
    const reference = new ReferenceBackend(mixed);
    for (const session of [one, other]) await session.init(1);
    await reference.init(1);
    const given = new Map(
      Object.entries(batch).map(([name, data]) => [name, ints([data.length], [...data])] as const),
    );
    for (let step = 1; step <= 8; step++) {
      const a = await one.trainStep("Fit", batch, { step });
      const b = await other.trainStep("Wide", batch, { step });
      const c = await reference.trainStep("Fit", given, { seed: 0, step });
      expect(Math.abs(a.loss - b.loss), `step ${String(step)}`).toBeLessThan(0.01);
      expect(Math.abs(a.loss - c.loss), `step ${String(step)}`).toBeLessThan(0.005);
      expect(a.metrics["loss_scale"]).toBe(65536);
    }
    const stored = (s: Session): string[] =>
      (s.artifact.steps[0]?.program.tensors ?? [])
        .filter(({ place }) => place.kind === "temporary")
        .map(({ dtype }) => dtype);
    expect(stored(one)).toContain("f16");
    expect(stored(other)).not.toContain("f16");
    for (const session of [one, other]) session.dispose();
  });

  test("a step whose gradients overflow changes nothing but the scale, which halves until they do not", async () => {
    const session = await onDevice(compiled({ runs: ["Fit"] }));
    await session.init(1);
    await session.trainStep("Fit", batch, { step: 1 });
    const numbers = (from: Record<string, { data: ArrayLike<number> }>): string =>
      JSON.stringify(
        Object.entries(from)
          .filter(([path]) => path !== "loss scale" && path !== "steps without overflow")
          .map(([path, { data }]) => [path, [...Array.from(data)]]),
      );
    session.writeVariables({ "loss scale": Float32Array.of(2 ** 24) });
    let before = numbers(await session.readVariables());
    let scale = 2 ** 24;
    let skipped = 0;
    for (let step = 2; step < 14; step++) {
      const { metrics, loss } = await session.trainStep("Fit", batch, { step });
      expect(loss).toBeGreaterThan(0);
      expect(metrics["loss_scale"]).toBe(scale);
      const after = await session.readVariables();
      const next = after["loss scale"]?.data[0] ?? NaN;
      if (next === scale) {
        expect(numbers(after)).not.toBe(before);
        expect(after["steps without overflow"]?.data[0]).toBeGreaterThan(0);
      } else {
        expect(next).toBe(scale / 2);
        expect(numbers(after)).toBe(before);
        expect(after["steps without overflow"]?.data[0]).toBe(0);
        skipped++;
      }
      [before, scale] = [numbers(after), next];
    }
    expect(skipped).toBeGreaterThan(0);
    expect(skipped).toBeLessThan(12);
    session.dispose();
  });

  test("gradients that overflow unscaled end the run with a remedy", async () => {
    const session = await onDevice(compiled({ runs: ["Fit"] }));
    await session.init(1);
    session.writeVariables({ "loss scale": Float32Array.of(0) });
    await expect(session.trainStep("Fit", batch, { step: 1 })).rejects.toMatchObject({
      code: "loss-scale",
      remedy: expect.stringContaining("precision") as string,
    });
    session.dispose();
  });

  test("a run that goes on from what was read is the one that was not interrupted, to the bit", async () => {
    const program = compiled({ runs: ["Fit"] });
    const whole = await onDevice(program);
    await whole.init(2);
    whole.writeVariables({ "loss scale": Float32Array.of(2 ** 20) });
    for (let step = 1; step <= 3; step++) await whole.trainStep("Fit", batch, { step });
    const saved = await whole.readVariables();
    const again = await onDevice(program);
    again.writeVariables(Object.fromEntries(Object.entries(saved).map(([k, v]) => [k, v.data])));
    for (let step = 4; step <= 6; step++) {
      const [a, b] = [
        await whole.trainStep("Fit", batch, { step }),
        await again.trainStep("Fit", batch, { step }),
      ];
      expect(b).toEqual(a);
    }
    expect(await again.readVariables()).toEqual(await whole.readVariables());
    for (const session of [whole, again]) session.dispose();
  });
});
