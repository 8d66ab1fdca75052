// Functions of the language over the whole range of f32 on which they are defined: on a device nothing is NaN, values and gradients are near double precision.
import { expect, test } from "vitest";
import { openBackend } from "../../cli/backend/open.js";
import { openPackage } from "../../cli/host.js";
import { buildArtifact } from "../../compiler/artifact/index.js";
import { compile, type Compiled } from "../../compiler/index.js";
import { load } from "../../runtime/session.js";
import { describeGpu, sharedDevice } from "../harness/gpu.js";

/** Beyond this, f32 has no numbers. */
const huge = 3e38;

/** Expressions of `x`, each with the range on which its value and its gradient are numbers of f32, and whether the gradient is compared. */
const cases: readonly (readonly [body: string, low: number, high: number, only?: "value"])[] = [
  ["exp(x)", -huge, 88],
  ["expm1(x)", -huge, 88],
  ["log(x)", 1.2e-38, huge],
  ["log1p(x)", -0.9999999, huge],
  ["sqrt(x)", 1.2e-38, huge],
  ["rsqrt(x)", 1e-24, huge],
  ["sin(x)", -1e4, 1e4],
  ["cos(x)", -1e4, 1e4],
  ["asin(x)", -0.9999999, 0.9999999],
  ["acos(x)", -0.9999999, 0.9999999],
  ["atan(x)", -huge, huge],
  ["tanh(x)", -huge, huge],
  ["sigmoid(x)", -huge, huge],
  ["erf(x)", -huge, huge],
  ["sinh(x)", -88, 88],
  ["cosh(x)", -88, 88],
  ["asinh(x)", -huge, huge],
  ["acosh(x)", 1.001, huge],
  ["atanh(x)", -0.999999, 0.999999],
  ["logit(x)", 1.2e-38, 0.999999],
  ["log2(x)", 1.2e-38, huge],
  ["log10(x)", 1.2e-38, huge],
  ["exp2(x)", -huge, 127],
  ["abs(x)", -huge, huge],
  ["floor(x)", -huge, huge],
  ["round(x)", -huge, huge],
  ["trunc(x)", -huge, huge],
  ["x ** 2", -1e19, 1e19],
  ["x ** 3", -5e12, 5e12],
  ["x ** (-1)", 1e-18, huge],
  ["x ** 0.5", 1.2e-38, huge],
  ["x ** 2.5", 1.2e-38, 1e15],
  ["relu(x)", -huge, huge],
  ["leaky_relu(x)", -huge, huge],
  ["elu(x)", -huge, huge],
  ["celu(x)", -huge, huge],
  ["selu(x)", -huge, huge],
  ["gelu(x)", -huge, huge],
  ["gelu_tanh(x)", -huge, huge],
  ["silu(x)", -huge, huge],
  ["mish(x)", -huge, huge],
  ["softplus(x)", -huge, huge],
  ["log_sigmoid(x)", -huge, huge],
  ["softsign(x)", -huge, huge],
  ["tanhshrink(x)", -huge, huge],
  ["hardswish(x)", -5e37, 5e37],
  ["hardsigmoid(x)", -5e37, 5e37],
  ["logaddexp(x, 2 * x)", -1e38, 1e38],
  ["logsumexp(stack(x, -x, 0.5 * x), axis = 0)", -huge, huge],
  ["softmax(stack(x, -x, 0.5 * x), axis = 0)[0]", -1e38, 1e38],
  ["log_softmax(stack(x, 2 * x), axis = 0)[0]", -1e38, 1e38],
  // What does not depend on the length of a vector has a gradient of 0, which is a difference of large numbers for short ones.
  ["normalize(stack(x, 2 * x, -x, axis = 1))[:, 1]", -huge / 4, huge / 4, "value"],
  [
    "cosine_similarity(stack(x, x, axis = 1), stack(x, -2 * x, axis = 1))",
    -huge / 4,
    huge / 4,
    "value",
  ],
];

/** Numbers of every order of magnitude within bounds, of both signs, with zero, one and the bounds. */
function samplesOf(low: number, high: number): Float32Array<ArrayBuffer> {
  const found = [0, 1, -1, low, high];
  for (let exponent = -126; exponent < 128; exponent++) {
    for (let part = 0; part < 8; part++) {
      const size = 2 ** exponent * (1 + part / 8 + 1 / 1024);
      found.push(size, -size);
    }
  }
  for (let i = 0; i <= 512; i++) found.push(-16 + i / 16);
  return Float32Array.from(found.map(Math.fround).filter((x) => x >= low && x <= high));
}

function compiled(): Compiled {
  const functions = cases.map(([body], i) => `  fn f${String(i)}(x: [N]) -> [N] = ${body}`);
  const text = ["model Functions {", ...functions, "}", ""].join("\n");
  const options = { model: "Functions", withGradients: true };
  const result = compile({ path: "domain.dl", text }, openPackage("tests").host, options);
  if (result.ok) return result.value;
  throw new Error(result.diagnostics.map((d) => `${d.title}: ${d.primary.text}`).join("\n"));
}

/** The worst place where a value is further from what it should be than both tolerances allow. */
function fault(
  x: Float32Array,
  have: ArrayLike<number>,
  want: ArrayLike<number>,
  [absolute, relative]: readonly [number, number],
): string | undefined {
  let worst = { ratio: 1, text: "" };
  x.forEach((at, i) => {
    const [a, e] = [have[i] ?? NaN, want[i] ?? NaN];
    const distance = Math.abs(a - e);
    const nearest = Math.min(distance / absolute, distance / (relative * Math.abs(e)));
    const ratio = Number.isNaN(distance) ? Infinity : nearest;
    if (a !== e && ratio > worst.ratio)
      worst = { ratio, text: `at ${String(at)} is ${String(a)}, not ${String(e)}` };
  });
  return worst.text === "" ? undefined : worst.text;
}

describeGpu("functions over the range of f32", () => {
  test("values and gradients", { timeout: 120_000 }, async () => {
    const program = compiled();
    const device = await sharedDevice();
    const artifact = buildArtifact(program, { target: device.target });
    const session = await load(artifact, { device });
    const reference = await openBackend(program, { backend: "reference" });
    const wrong: string[] = [];
    for (const [i, [body, low, high, only]] of cases.entries()) {
      const data = samplesOf(low, high);
      const shape = [data.length];
      const ones = new Float32Array(data.length).fill(1);
      const x = { dtype: "f32" as const, data, shape };
      const cotangents = { ...x, data: ones };
      for (const [suffix, result, allowed] of [
        ["", "out", [1e-5, 1e-4]],
        [".grad", "inputs.x", [1e-4, 1e-3]],
      ] as const) {
        if (only !== undefined && suffix !== "") continue;
        const name = `f${String(i)}${suffix}`;
        const given = suffix === "" ? { x } : { x, "cotangents.out": cotangents };
        const have = (await session.run(name, given))[result]?.data ?? [];
        const scalars = { seed: 0, step: 0 };
        const found = (await reference.run(name, new Map(Object.entries(given)), scalars)).get(
          result,
        );
        const text = fault(data, have, found?.data ?? [], allowed);
        if (text !== undefined) wrong.push(`${body}${suffix} ${text}`);
      }
    }
    session.dispose();
    expect(wrong).toEqual([]);
  });
});
