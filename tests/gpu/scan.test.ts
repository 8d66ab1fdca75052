// Scans on a device: any length without a new shader, forward, in gradients, in a training step.
import { beforeAll, expect, test } from "vitest";
import { openPackage } from "../../cli/host.js";
import { buildArtifact } from "../../compiler/artifact/index.js";
import { compile } from "../../compiler/index.js";
import { load, type Session } from "../../runtime/index.js";
import { describeGpu, openTestDevice, sharedDevice } from "../harness/gpu.js";
import { inputsOf, missing } from "../harness/kernels.js";
import { compiled, drawnFor, evaluated, recurrences } from "../harness/scans.js";
import { backward, expectClose, forward } from "../harness/tolerance.js";
import { portable } from "../../runtime/format.js";

const sizes = [
  { T: 1, B: 1, D: 3 },
  { T: 2, B: 3, D: 5 },
  { T: 13, B: 17, D: 4 },
  { T: 64, B: 2, D: 7 },
];

// Drivers take long to compile many kernels: gradients of nested scans and of second order are held on the reference.
const parts = recurrences
  .filter(({ title }) => !title.startsWith("a gradient"))
  .map((r) => ({ ...r, isForward: r.title === "rounds within rounds" }));

for (const { title, shared, scan, isForward } of parts) {
  describeGpu(`a scan with ${title}`, () => {
    const all = compiled(`${shared}\n${scan}`);
    const rounds = { ...all, entries: all.entries.slice(0, isForward ? 1 : 2) };
    let session: Session;
    beforeAll(async () => {
      const device = await sharedDevice();
      session = await load(buildArtifact(rounds, { target: device.target }), { device });
      await session.warmUp(rounds.entries.map((e) => e.name));
    }, 240_000);

    test.each(sizes)("$T rounds of $B by $D", { timeout: 240_000 }, async (size) => {
      for (const entry of rounds.entries) {
        const given = drawnFor(entry, size, 5);
        const found = await session.run(entry.name, inputsOf(given.tensors));
        const tolerance = entry.name.endsWith(".grad") ? backward : forward;
        for (const [name, { shape, data }] of evaluated(entry, given)) {
          const result = found[name] ?? missing(name);
          expect(result.shape).toEqual(shape);
          expectClose(result.data, data, tolerance, `${entry.name} ${name}`);
        }
      }
    });
  });
}

describeGpu("draws within rounds", () => {
  test("differ from round to round and from one another, as on the reference", async () => {
    const draws = compiled(`fn rounds(h: [], xs: [T, S]) -> [T, S] {
      let (last, all) = scan((h, row) =>
        (h, random_normal(like row) + random_uniform(like row) * random_uniform(like row)), h, xs)
      all
    }`);
    const device = await sharedDevice();
    const session = await load(buildArtifact(draws, { target: device.target }), { device });
    const [entry] = draws.entries;
    if (!entry) throw new Error("no entry");
    const given = drawnFor(entry, { T: 5, S: 7 }, 3);
    const found = await session.run(entry.name, inputsOf(given.tensors));
    for (const [name, { data }] of evaluated(entry, given)) {
      expectClose((found[name] ?? missing(name)).data, data, forward, name);
      expect(new Set(data).size).toBe(35);
    }
  });
});

const echo = `import { Embedding, Linear } from "std/nn"
import { GRU, LSTM } from "std/recurrent"
import { adamw } from "std/optim"

model Echo(V = 5, D = 8, H = 12) {
  emb = Embedding(V, D)
  up = LSTM(D, H)
  top = GRU(H, H)
  out = Linear(H, V)

  fn forward(ids: i32[B, T]) -> [B, T, V] = emb(ids) |> up |> top |> out
}

train Fit(net: Echo, ids: i32[B, T], targets: i32[B, T]) {
  loss = cross_entropy(net(ids), targets)
  optimizer = adamw(lr = 0.02)
  clip_norm = 1.0
}
`;

/** Tokens, and at each place the one of two places before, by whose absence the first two are excused. */
function lesson(step: number, batch: number, length: number) {
  const ids = Int32Array.from(
    { length: batch * length },
    (_, i) => ((i * 7919 + step * 104729) >>> 3) % 5,
  );
  const targets = ids.map((_, i) => (i % length < 2 ? -100 : (ids[i - 2] ?? 0)));
  const shape = [batch, length];
  return { ids: { data: ids, shape }, targets: { data: targets, shape } };
}

describeGpu("recurrent layers in training", () => {
  test(
    "learn to repeat what was two tokens ago, at lengths that change, in one submit a step",
    { timeout: 300_000 },
    async () => {
      const source = { path: "echo.dl", text: echo };
      const result = compile(source, openPackage("tests").host, { runs: ["Fit"] });
      if (!result.ok) throw new Error(result.diagnostics.map((d) => d.title).join("\n"));
      const device = await openTestDevice();
      const session = await load(buildArtifact(result.value, { target: portable("software") }), {
        device,
      });
      await session.init(3);
      const losses: number[] = [];
      const before = device.counts.submits;
      for (let step = 1; step <= 60; step++) {
        const inputs = lesson(step, step % 5 === 0 ? 3 : 4, step % 5 === 0 ? 7 : 12);
        losses.push((await session.trainStep("Fit", inputs, { seed: 1, step })).loss);
      }
      expect(losses[0]).toBeGreaterThan(1.3);
      expect(losses.at(-1)).toBeLessThan(0.6);
      expect(device.counts.submits - before).toBe(60);
      session.dispose();
      device.close();
    },
  );
});
