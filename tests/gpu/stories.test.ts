// A WebGPU device writes greedily what an independent implementation wrote, with the key/value cache and without.
import { expect, test } from "vitest";
import { openStories, readExpected, writeGreedily } from "../../examples/stories/write.js";
import { adapterName, describeGpu } from "../harness/gpu.js";

const minutes = 60_000;
const expected = readExpected();

describeGpu("stories", () => {
  test.each([
    ["with the cache", true],
    ["without the cache", false],
  ])("%s all 256 tokens are equal", { timeout: 5 * minutes }, async (_, withCache) => {
    const backend = await openStories({ backend: "webgpu", adapter: adapterName });
    const ids: number[] = [];
    for await (const id of writeGreedily(backend, expected.prompt, 256, withCache)) ids.push(id);
    backend.dispose();
    expect(ids).toEqual(expected.ids);
  });
});
