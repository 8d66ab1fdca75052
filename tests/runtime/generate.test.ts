// Choosing tokens, and writing with entries that keep what came before and those that do not.
import { describe, expect, test } from "vitest";
import { buildArtifact } from "../../compiler/artifact/index.js";
import { choose, write, writerOf, type GenerateOptions } from "../../runtime/generate.js";
import { portable, type Artifact } from "../../runtime/format.js";
import { compileCase } from "../harness/programs.js";

const built = (path: string, model: string): Artifact =>
  buildArtifact(compileCase({ title: "", path, options: { model } }), {
    target: portable("software"),
  });

const stories = built("examples/stories/model.dl", "Stories");
const gpt = built("examples/shakespeare/model.dl", "Gpt");

describe("a token is chosen", () => {
  const logits = [1, 3, 2, 0];
  const draws = (sampling: Parameters<typeof choose>[1]): Set<number> =>
    new Set(Array.from({ length: 200 }, (_, i) => choose(logits, sampling, (i + 0.5) / 200)));
  test("the likeliest at temperature 0", () => {
    expect(draws({})).toEqual(new Set([1]));
  });
  test("in proportion to the softmax", () => {
    const counts = [0, 0, 0, 0];
    for (let i = 0; i < 10_000; i++) {
      const id = choose(logits, { temperature: 2 }, (i + 0.5) / 10_000);
      counts[id] = (counts[id] ?? 0) + 1;
    }
    const weights = logits.map((x) => Math.exp(x / 2));
    const all = weights.reduce((a, b) => a + b);
    for (const [i, w] of weights.entries()) expect(counts[i]).toBeCloseTo((10_000 * w) / all, -1);
  });
  test("among the top k", () => {
    expect(draws({ temperature: 1, topK: 2 })).toEqual(new Set([1, 2]));
    expect(draws({ temperature: 9, topK: 1 })).toEqual(new Set([1]));
  });
  test("among the fewest that have probability p", () => {
    // The softmax is 0.087, 0.644, 0.237, 0.032.
    expect(draws({ temperature: 1, topP: 0.6 })).toEqual(new Set([1]));
    expect(draws({ temperature: 1, topP: 0.7 })).toEqual(new Set([1, 2]));
    expect(draws({ temperature: 1, topP: 0.9 })).toEqual(new Set([0, 1, 2]));
    expect(draws({ temperature: 1, topP: 1e-9 })).toEqual(new Set([1]));
  });
});

describe("a model writes", () => {
  /** A model that always wants the token after the last one it was given; keeps a record of its calls. */
  const next = async (artifact: Artifact, options: GenerateOptions) => {
    const calls: { readonly entry: string; readonly ids: number[]; readonly pos?: unknown }[] = [];
    const written: number[] = [];
    const logits = (entry: string, inputs: Readonly<Record<string, unknown>>) => {
      const ids = [...(inputs["ids"] as { readonly data: Int32Array }).data];
      calls.push({ entry, ids, ...("pos" in inputs ? { pos: inputs["pos"] } : {}) });
      return Promise.resolve(
        Array.from({ length: 65 }, (_, i) => (i === (ids.at(-1) ?? 0) + 1 ? 1 : 0)),
      );
    };
    for await (const id of write(artifact, logits, options)) written.push(id);
    return { calls, written };
  };
  test("with its cache: only what is new is given", async () => {
    const { calls, written } = await next(stories, { prompt: [1, 2, 3], count: 3 });
    expect(written).toEqual([4, 5, 6]);
    expect(calls).toEqual([
      { entry: "decode", ids: [1, 2, 3], pos: 0 },
      { entry: "decode", ids: [4], pos: 3 },
      { entry: "decode", ids: [5], pos: 4 },
    ]);
  });
  test("without one: the last tokens that it can see", async () => {
    expect(writerOf(gpt)).toMatchObject({ position: undefined, window: 64, ids: "ids" });
    const prompt = Array.from({ length: 70 }, (_, i) => i % 9);
    const { calls } = await next(gpt, { prompt, count: 2 });
    expect(calls.map(({ ids }) => ids)).toEqual([
      prompt.slice(-64),
      [...prompt.slice(-63), (prompt.at(-1) ?? 0) + 1],
    ]);
  });
  test("until a stop, which may be several tokens", async () => {
    const one = await next(gpt, { prompt: [1], count: 9, stop: [4] });
    expect(one.written).toEqual([2, 3, 4]);
    const several = await next(gpt, {
      prompt: [1],
      count: 9,
      stop: [
        [1, 2],
        [3, 4],
      ],
    });
    expect(several.written).toEqual([2, 3, 4]);
  });
  test("until its cache is full", async () => {
    const prompt = Array.from({ length: 510 }, () => 7);
    expect((await next(stories, { prompt, count: 9 })).written).toHaveLength(3);
  });
  test("not without a prompt, nor with an entry that gives no logits", async () => {
    await expect(next(gpt, { prompt: [], count: 1 })).rejects.toThrow("no prompt");
    await expect(next(gpt, { prompt: [1], count: 1, entry: "x" })).rejects.toThrow("no entry `x`");
  });
});
