// The float64 reference computes with the trained LLaMA what an independent implementation computed.
import { describe, expect, test } from "vitest";
import { openStories, readExpected, writeGreedily } from "../examples/stories/write.js";

const minutes = 60_000;
const expected = readExpected();

describe("stories on the reference", () => {
  test("the first logits are equal", async () => {
    const backend = await openStories({ backend: "reference" });
    const ids = { dtype: "i32" as const, shape: [1, 1], data: Int32Array.from(expected.prompt) };
    const { data } = (
      await backend.run("forward", new Map([["ids", ids]]), { seed: 0, step: 0 })
    ).get("out") ?? { data: [] };
    backend.dispose();
    expect(
      Math.max(...expected.logits_at_0.map((x, i) => Math.abs(x - (data[i] ?? NaN)))),
    ).toBeLessThan(2e-6);
  });

  test(
    "every token is the most likely one of a single pass over the whole text",
    { timeout: 2 * minutes },
    async () => {
      const backend = await openStories({ backend: "reference" });
      const text = [...expected.prompt, ...expected.ids.slice(0, -1)];
      const ids = { dtype: "i32" as const, shape: [1, text.length], data: Int32Array.from(text) };
      const out = (await backend.run("forward", new Map([["ids", ids]]), { seed: 0, step: 0 })).get(
        "out",
      );
      backend.dispose();
      const size = out?.shape.at(-1) ?? 1;
      const best = text.map((_, t) => {
        const row = out?.data.slice(t * size, (t + 1) * size) ?? new Float32Array();
        return row.indexOf(Math.max(...row));
      });
      expect(best).toEqual(expected.ids);
    },
  );

  test(
    "greedy writing with the cache gives the same tokens",
    { timeout: 3 * minutes },
    async () => {
      const backend = await openStories({ backend: "reference" });
      const ids: number[] = [];
      for await (const id of writeGreedily(backend, expected.prompt, 256, true)) ids.push(id);
      backend.dispose();
      expect(ids).toEqual(expected.ids);
    },
  );
});
