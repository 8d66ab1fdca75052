// Calls made at once on one session: each has its own inputs, in the order of the calls, and none leaves anything behind a disposal.
import { beforeAll, expect, test } from "vitest";
import { openPackage, standardLibrary } from "../../cli/host.js";
import { buildArtifact } from "../../compiler/artifact/index.js";
import { compile, renderOne } from "../../compiler/index.js";
import type { Device } from "../../runtime/device.js";
import type { Artifact } from "../../runtime/format.js";
import { write } from "../../runtime/generate.js";
import { load, type Session, type TensorValue } from "../../runtime/index.js";
import { describeGpu, openTestDevice, sharedDevice } from "../harness/gpu.js";
import { compileCase } from "../harness/programs.js";

const text = `import { sgd } from "std/optim"

model Line(N = 3) {
  param w: [N] = ones
  state calls: [] = zeros

  fn count(x: [B, N]) -> ([B], []) {
    calls <- calls + 1
    (sum(x * w, axis = 1), calls)
  }
  fn other(x: [B, N]) -> [B] = sum(exp(x * w), axis = 1)
  fn cost(x: [B, N], y: [B]) -> [] = mean((sum(x * w, axis = 1) - y) ** 2)
}

train Fit(line: Line, x: [B, 3], y: [B]) {
  loss = line.cost(x, y)
  optimizer = sgd(lr = 0.01)
  accumulate = 2
}
`;

const batch = (rows: number, scale: number) => ({
  x: {
    data: Float32Array.from({ length: 3 * rows }, (_, i) => Math.sin(i + scale) * scale),
    shape: [rows, 3],
  },
});

/** The sums of rows that `count` gives while all weights are 1. */
const sums = (rows: number, scale: number): number[] => {
  const { data } = batch(rows, scale).x;
  return Array.from({ length: rows }, (_, r) =>
    data.slice(3 * r, 3 * r + 3).reduce((a, b) => a + b),
  );
};

const numbers = (value: TensorValue | undefined): number[] => [...(value?.data ?? [])];

describeGpu("calls made at once", () => {
  let device: Device;
  let artifact: Artifact;
  const open = async (): Promise<Session> => {
    const session = await load(artifact, { device });
    await session.init(0);
    return session;
  };
  beforeAll(async () => {
    const compiled = compile({ path: "line.dl", text }, openPackage(standardLibrary()).host, {
      model: "Line",
      runs: ["Fit"],
    });
    if (!compiled.ok) throw new Error(compiled.diagnostics.map((d) => renderOne(d)).join("\n"));
    device = await sharedDevice();
    artifact = buildArtifact(compiled.value, { target: device.target });
  });

  test("each has its own inputs, and they count in the order in which they were made", async () => {
    const session = await open();
    const sizes = [3, 1, 5, 3, 2, 3];
    const results = await Promise.all(
      sizes.map((rows, i) => session.run("count", batch(rows, i + 1))),
    );
    for (const [i, { out0, out1 }] of results.entries()) {
      const wanted = sums(sizes[i] ?? 0, i + 1);
      expect(numbers(out0)).toHaveLength(wanted.length);
      for (const [row, sum] of wanted.entries()) expect(numbers(out0)[row]).toBeCloseTo(sum, 4);
      expect(numbers(out1)).toEqual([i + 1]);
    }
    session.dispose();
  });

  test("one whose shaders are still to be compiled is not overtaken", async () => {
    const [session, ordered] = [await open(), await open()];
    const given = batch(4, 2);
    const alone = await ordered.run("other", given);
    const [other, count] = await Promise.all([
      session.run("other", given),
      session.run("count", batch(4, 3)),
    ]);
    expect(numbers(other["out"])).toEqual(numbers(alone["out"]));
    expect(numbers(count["out1"])).toEqual([1]);
    session.dispose();
    ordered.dispose();
  });

  test("steps of training, among runs, end where they end one by one", async () => {
    const [session, ordered] = [await open(), await open()];
    const micro = (i: number) => ({
      ...batch(4, i),
      y: { data: Float32Array.of(1, 2, 3, i), shape: [4] },
    });
    const given = [1, 2, 3].map((i) => [micro(i), micro(i + 0.5)] as const);
    const [first, second, third] = given;
    if (!first || !second || !third) throw new Error("three steps");
    const [a, between, b, c] = await Promise.all([
      session.trainStep("Fit", first),
      session.run("count", batch(2, 1)),
      session.trainStep("Fit", second),
      session.trainStep("Fit", third),
    ]);
    const losses: number[] = [];
    let counted: Awaited<ReturnType<Session["run"]>> = {};
    for (const [i, inputs] of given.entries()) {
      losses.push((await ordered.trainStep("Fit", inputs)).loss);
      if (i === 0) counted = await ordered.run("count", batch(2, 1));
    }
    expect([a.loss, b.loss, c.loss]).toEqual(losses);
    expect(between).toEqual(counted);
    expect(await session.readVariables()).toEqual(await ordered.readVariables());
    session.dispose();
    ordered.dispose();
  });

  test("one that fails does not hold up the next", async () => {
    const session = await open();
    const [wrong, right] = await Promise.allSettled([
      session.run("count", { x: { data: new Float32Array(4), shape: [2, 2] } }),
      session.run("count", batch(1, 1)),
    ]);
    expect(wrong.status).toBe("rejected");
    expect(right.status).toBe("fulfilled");
    session.dispose();
  });

  test("after a disposal nothing begins, and what was on its way leaves nothing on the device", async () => {
    const own = await openTestDevice();
    const session = await load(artifact, { device: own });
    await session.init(0);
    // The first is compiling its shaders when the session is disposed of, the others wait for it.
    const first = session.run("other", batch(3, 1));
    const calls = [first, session.evaluate("count", batch(3, 1)), session.trainStep("Fit", [])];
    await Promise.resolve();
    await Promise.resolve();
    session.dispose();
    calls.push(session.evaluate("count", batch(3, 1)));
    for (const call of calls) await expect(call).rejects.toThrow("disposed");
    const put = () => session.put({ dtype: "f32", shape: [1], data: Float32Array.of(1) });
    expect(put).toThrow("disposed");
    expect(own.counts).toMatchObject({ liveBuffers: 0, liveBytes: 0 });
    own.close();
  });

  test("two stories at once are the stories that are written one by one", async () => {
    const stories = buildArtifact(
      compileCase({ title: "", path: "examples/stories/model.dl", options: { model: "Stories" } }),
      { target: device.target },
    );
    const session = await load(stories, { device });
    await session.init(3);
    const tell = async (prompt: readonly number[], wroteAlone: boolean): Promise<number[]> => {
      const options = { prompt, count: 6, seed: 1, temperature: 0.9 };
      const written: number[] = [];
      const logits = (entry: string, inputs: Parameters<Session["lastRow"]>[1]) =>
        session.lastRow(entry, inputs);
      const ids = wroteAlone ? write(stories, logits, options) : session.generate(options);
      for await (const id of ids) written.push(id);
      return written;
    };
    const prompts = [
      [1, 300, 7],
      [1, 9, 44, 120],
    ];
    const alone: number[][] = [];
    for (const prompt of prompts) alone.push(await tell(prompt, true));
    expect(alone[0]).not.toEqual(alone[1]);
    expect(await Promise.all(prompts.map((prompt) => tell(prompt, false)))).toEqual(alone);
    session.dispose();
  }, 120_000);
});
