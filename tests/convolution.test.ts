// Convolutions and pools against their definition as nested loops, with stride, padding, dilation and groups; batch statistics.
import { expect, test } from "vitest";
import type { Backend } from "../cli/backend.js";
import { openBackend } from "../cli/backend/open.js";
import { uniform } from "./harness/peers.js";
import { compileCase } from "./harness/programs.js";

const path = "tests/fixtures/layers.dl";
const scalars = { seed: 0, step: 0 };

async function open(model: string, isTraining = false): Promise<Backend> {
  const backend = await openBackend(
    compileCase({ title: model, path, options: { model, isTraining } }),
    {
      backend: "reference",
    },
  );
  await backend.init(2);
  return backend;
}

async function run(backend: Backend, shape: readonly number[]): Promise<readonly number[]> {
  const x = { dtype: "f32" as const, shape, data: image(shape) };
  return Array.from(
    (await backend.run("forward", new Map([["x", x]]), scalars)).get("out")?.data ?? [],
  );
}

const image = (shape: readonly number[]): Float32Array =>
  uniform(
    shape.reduce((a, b) => a * b, 1),
    9,
    1,
  );

const furthest = (a: readonly number[], b: readonly number[]): number =>
  a.length === b.length ? Math.max(...a.map((x, i) => Math.abs(x - (b[i] ?? NaN)))) : Infinity;

interface Window {
  readonly kernel: number;
  readonly stride: number;
  readonly padding: number;
  readonly dilation: number;
  readonly groups: number;
}

/** A two-dimensional convolution of `[B, C, Y, X]` with `[O, C / groups, kernel, kernel]`, straight from the definition. */
function convolve(
  shape: readonly number[],
  weight: ArrayLike<number>,
  bias: ArrayLike<number>,
  out: number,
  window: Window,
): number[] {
  const [batch = 0, channels = 0, height = 0, width = 0] = shape;
  const { kernel, stride, padding, dilation, groups } = window;
  const x = image(shape);
  const places = (size: number): number =>
    Math.floor((size + 2 * padding - dilation * (kernel - 1) - 1) / stride) + 1;
  const perGroup = channels / groups;
  const at = (b: number, c: number, i: number, j: number): number =>
    i < 0 || j < 0 || i >= height || j >= width
      ? 0
      : (x[((b * channels + c) * height + i) * width + j] ?? NaN);
  const one = (b: number, o: number, y: number, z: number): number => {
    const first = Math.floor(o / (out / groups)) * perGroup;
    let sum = bias[o] ?? 0;
    for (let n = 0; n < perGroup * kernel * kernel; n++) {
      const [c, i, j] = [Math.floor(n / kernel ** 2), Math.floor(n / kernel) % kernel, n % kernel];
      const value = at(
        b,
        first + c,
        y * stride - padding + i * dilation,
        z * stride - padding + j * dilation,
      );
      sum += (weight[o * perGroup * kernel * kernel + n] ?? NaN) * value;
    }
    return sum;
  };
  const [rows, columns] = [places(height), places(width)];
  return Array.from({ length: batch * out * rows * columns }, (_, n) => {
    const [z, y] = [n % columns, Math.floor(n / columns) % rows];
    const [o, b] = [Math.floor(n / columns / rows) % out, Math.floor(n / columns / rows / out)];
    return one(b, o, y, z);
  });
}

test.each([
  ["Conv2dModel", [2, 3, 6, 8], 5, { kernel: 3, stride: 2, padding: 1, dilation: 1, groups: 1 }],
  ["DilatedModel", [2, 4, 5, 7], 4, { kernel: 3, stride: 1, padding: 2, dilation: 2, groups: 4 }],
] as const)("%s", async (model, shape, out, window) => {
  const backend = await open(model);
  const variables = await backend.readVariables(false);
  const weight = variables.get("inner.weight")?.data ?? [];
  const expected = convolve(shape, weight, variables.get("inner.bias")?.data ?? [], out, window);
  expect(furthest(expected, await run(backend, shape))).toBeLessThan(1e-5);
});

test("the largest and the mean of windows", async () => {
  const shape = [1, 3, 4, 4];
  const x = image(shape);
  const blocks = Array.from({ length: 12 }, (_, n) => {
    const corner = Math.floor(n / 4) * 16 + Math.floor((n % 4) / 2) * 8 + (n % 2) * 2;
    return Math.max(...[0, 1, 4, 5].map((d) => x[corner + d] ?? NaN));
  });
  expect(furthest(blocks, await run(await open("MaxPoolModel"), shape))).toBe(0);
  const ninths = convolve(shape, new Array<number>(27).fill(1 / 9), [], 3, {
    kernel: 3,
    stride: 1,
    padding: 1,
    dilation: 1,
    groups: 3,
  });
  expect(furthest(ninths, await run(await open("AvgPoolModel"), shape))).toBeLessThan(1e-6);
});

/** The digits of a number in mixed radix, the last first: places of an element along axes of these sizes. */
function placesOf(n: number, sizes: readonly number[]): readonly number[] {
  const places: number[] = [];
  let rest = n;
  for (const size of sizes.toReversed()) {
    places.unshift(rest % size);
    rest = Math.floor(rest / size);
  }
  return places;
}

const at = (xs: ArrayLike<number>, i: number): number => xs[i] ?? NaN;

const placeAt = (places: readonly number[], sizes: readonly number[]): number =>
  places.reduce((sum, p, i) => sum * at(sizes, i) + p, 0);

/** A transposed convolution as a scatter: each input element adds its weighted kernel to the output. */
function scatter(
  shape: readonly [number, number, number, number],
  weight: ArrayLike<number>,
  out: readonly [number, number, number],
  { kernel, stride, padding, dilation, groups }: Window,
): number[] {
  const [batch, channels, height, width] = shape;
  const [perGroup, rows, columns] = out;
  const sizes = [batch, groups * perGroup, rows, columns];
  const x = image(shape);
  const y = new Array<number>(sizes.reduce((a, b) => a * b)).fill(0);
  const each = [batch, channels, height, width, perGroup, kernel, kernel];
  for (let n = 0; n < each.reduce((a, b) => a * b); n++) {
    const p = placesOf(n, each);
    const [b, c, o] = [at(p, 0), at(p, 1), at(p, 4)];
    const row = at(p, 2) * stride - padding + at(p, 5) * dilation;
    const column = at(p, 3) * stride - padding + at(p, 6) * dilation;
    if (row < 0 || column < 0 || row >= rows || column >= columns) continue;
    const channel = Math.floor(c / (channels / groups)) * perGroup + o;
    const place = placeAt([b, channel, row, column], sizes);
    const w = at(weight, placeAt([c, o, at(p, 5), at(p, 6)], [channels, perGroup, kernel, kernel]));
    y[place] = at(y, place) + at(x, placeAt(p.slice(0, 4), shape)) * w;
  }
  return y;
}

test("a transposed convolution is a scatter of kernels", async () => {
  const shape = [2, 4, 3, 5] as const;
  const backend = await open("Transposed2dModel");
  const variables = await backend.readVariables(false);
  const bias = variables.get("inner.bias")?.data ?? [];
  const sums = scatter(shape, variables.get("inner.weight")?.data ?? [], [1, 8, 12], {
    kernel: 3,
    stride: 2,
    padding: 1,
    dilation: 2,
    groups: 2,
  });
  const expected = sums.map((v, n) => v + (bias[Math.floor(n / 96) % 2] ?? NaN));
  expect(furthest(expected, await run(backend, shape))).toBeLessThan(1e-5);
});

test("adaptive pooling takes the mean of each share, shares overlapping where the axis does not divide", async () => {
  const shape = [2, 3, 7, 5];
  const x = image(shape);
  const ends = (i: number, count: number, size: number): readonly [number, number] => [
    Math.floor((i * size) / count),
    Math.ceil(((i + 1) * size) / count),
  ];
  const expected = Array.from({ length: 2 * 3 * 3 * 2 }, (_, n) => {
    const [top, bottom] = ends(Math.floor(n / 2) % 3, 3, 7);
    const [left, right] = ends(n % 2, 2, 5);
    const first = Math.floor(n / 6) * 35;
    let sum = 0;
    for (let i = top; i < bottom; i++)
      for (let j = left; j < right; j++) sum += x[first + i * 5 + j] ?? NaN;
    return sum / ((bottom - top) * (right - left));
  });
  expect(furthest(expected, await run(await open("AdaptiveModel"), shape))).toBeLessThan(1e-6);
});

test("batch statistics move the running ones while training only", async () => {
  const shape = [4, 3, 2, 2];
  const channel = Array.from(image(shape)).filter((_, i) => Math.floor(i / 4) % 3 === 1);
  const mean = channel.reduce((a, b) => a + b, 0) / 16;
  const variance = channel.reduce((a, b) => a + (b - mean) ** 2, 0) / 15;
  const backend = await open("BatchNormModel", true);
  await run(backend, shape);
  const variables = await backend.readVariables(false);
  expect(variables.get("inner.running_mean")?.data[1]).toBeCloseTo(0.1 * mean, 6);
  expect(variables.get("inner.running_var")?.data[1]).toBeCloseTo(0.9 + 0.1 * variance, 6);
  const still = await open("BatchNormModel");
  expect(
    furthest(
      await run(still, shape),
      Array.from(image(shape), (x) => x / Math.sqrt(1 + 1e-5)),
    ),
  ).toBeLessThan(1e-6);
});
