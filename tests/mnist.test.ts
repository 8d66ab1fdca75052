// The trained network of examples/mnist names digits it never saw, and both networks learn from few steps on them; on the reference.
import { expect, test } from "vitest";
import { openBackend } from "../cli/backend/open.js";
import { countRight, openTrained, readTensors } from "../examples/mnist/evaluate.js";
import { digitsFile, readDigits } from "../examples/mnist/data.js";
import { parseSafetensors } from "../runtime/weights.js";
import { compileCase } from "./harness/programs.js";

const minutes = 60_000;
const sample = readTensors("examples/mnist/sample.safetensors");

test(
  "the trained convolutional network names the first 100 test digits",
  { timeout: 2 * minutes },
  async () => {
    const weights = readTensors("examples/mnist/cnn.safetensors");
    const backend = await openTrained("Cnn", weights, { backend: "reference" });
    const { right, count } = await countRight(backend, sample, 50);
    backend.dispose();
    expect(count).toBe(100);
    expect(right).toBeGreaterThanOrEqual(99);
  },
);

test.each([
  ["TrainMlp", {}, 20],
  ["TrainCnn", { C: "2" }, 6],
])("%s learns", { timeout: 2 * minutes }, async (run, sets, steps) => {
  const compiled = compileCase({
    title: run,
    path: "examples/mnist/model.dl",
    options: { runs: [run], sets },
  });
  const backend = await openBackend(compiled, { backend: "reference" });
  await backend.init(1);
  const losses: number[] = [];
  // The schedule rises slowly; far into it steps are long enough to be seen.
  for (let step = 1; step <= steps; step++)
    losses.push((await backend.trainStep(run, sample, { seed: 1, step: 500 + step })).loss);
  backend.dispose();
  expect(losses[0]).toBeGreaterThan(2);
  expect(losses.at(-1)).toBeLessThan(0.8 * (losses[0] ?? 0));
});

test("IDX files become safetensors with the same bytes", () => {
  const images = new Uint8Array(16 + 2 * 784).map((_, i) => i % 251);
  images.set([0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 28, 0, 0, 0, 28]);
  const labels = Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 2, 7, 3);
  const { tensors } = parseSafetensors(digitsFile(readDigits(images, labels)), "digits");
  const [pixels, classes] = [tensors.get("pixels"), tensors.get("labels")];
  expect(pixels?.shape).toEqual([2, 28, 28]);
  expect(Array.from(pixels?.bytes ?? [])).toEqual(Array.from(images.subarray(16)));
  expect(Array.from(classes?.bytes ?? [])).toEqual([7, 3]);
  expect(() => readDigits(labels, images)).toThrow("no IDX file");
});
