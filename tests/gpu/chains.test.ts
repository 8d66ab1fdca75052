// Programs far longer than any network: chains of thousands of steps compile, run and differentiate on a device.
import { expect, test } from "vitest";
import { openBackend } from "../../cli/backend/open.js";
import { openPackage } from "../../cli/host.js";
import { compile } from "../../compiler/index.js";
import type { HostTensor } from "../../runtime/weights.js";
import { adapterName, describeGpu } from "../harness/gpu.js";

const lets = (steps: number): string =>
  [
    "fn f(x: [N]) -> [N] {",
    "  let a0 = x",
    ...Array.from({ length: steps }, (_, i) => {
      const [now, before] = [String(i + 1), String(i)];
      return `  let a${now} = tanh(a${before}) * 1.1`;
    }),
    `  a${String(steps)}`,
    "}",
  ].join("\n");
const sum = (terms: number): string =>
  `fn f(x: [N]) -> [N] = ${Array<string>(terms).fill("x").join(" + ")}\n`;

const floats = (...data: number[]): HostTensor => ({
  dtype: "f32",
  shape: [data.length],
  data: Float32Array.from(data),
});
const inputs = new Map([
  ["x", floats(0.5, -1, 2)],
  ["cotangents.out", floats(1, 2, 3)],
]);

/** The result of an entry on a backend. */
async function run(
  text: string,
  entry: string,
  backend: "webgpu" | "reference",
): Promise<number[]> {
  const file = { path: "chain.dl", text };
  const compiled = compile(file, openPackage(".").host, { fn: "f", withGradients: true });
  if (!compiled.ok) throw new Error(compiled.diagnostics.map(({ title }) => title).join("\n"));
  const adapter = adapterName === undefined ? {} : { adapter: adapterName };
  const opened = await openBackend(compiled.value, { backend, ...adapter });
  try {
    const wanted = compiled.value.entries.find((e) => e.name === entry);
    const names = new Set(wanted?.signature.inputs.map((i) => i.name));
    const given = new Map([...inputs].filter(([name]) => names.has(name)));
    const [result] = [...(await opened.run(entry, given, { seed: 0, step: 0 })).values()];
    return [...(result?.data ?? [])];
  } finally {
    opened.dispose();
  }
}

describeGpu("long chains", () => {
  test.each([
    { what: "a thousand steps", text: lets(1000), entry: "f" },
    { what: "the gradient of two hundred steps", text: lets(200), entry: "f.grad" },
    { what: "a sum of ten thousand terms", text: sum(10_000), entry: "f" },
  ])("$what", { timeout: 120_000 }, async ({ text, entry }) => {
    const expected = await run(text, entry, "reference");
    const actual = await run(text, entry, "webgpu");
    expect(actual).toHaveLength(expected.length);
    actual.forEach((x, i) => {
      const y = expected[i] ?? Number.NaN;
      expect(Math.abs(x - y)).toBeLessThan(1e-3 * Math.max(1e-6, Math.abs(y)));
    });
  });
});
