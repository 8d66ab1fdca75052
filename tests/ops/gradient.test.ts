// Every record against finite differences: reverse mode, forward mode and second order, in double precision.
import { describe, expect, test } from "vitest";
import { jvp, pullback } from "../../compiler/autodiff/pullback.js";
import type { Op, Sample, Value } from "../../compiler/ir/op.js";
import { ops } from "../../compiler/ops/index.js";
import { get, tensorOf, type Tensor } from "../../compiler/reference/tensor.js";
import { isFloat } from "../../compiler/types/dtype.js";
import {
  caseOf,
  dot,
  inputOf,
  isClose,
  moved,
  randomFrom,
  randomTensor,
  run,
  type Case,
} from "../harness/numeric.js";

const samples = ops.flatMap((record) =>
  record.samples.map((sample, i) => ({
    name: `${record.name}, sample ${String(i)}`,
    record,
    sample,
    seed: i + 1,
  })),
);

const floatInputs = (c: Case): Value[] => c.inputs.filter((v) => isFloat(v.type.dtype));
const nameOf = (v: Value): string => `x${String(v.id)}`;
const tensorFor = (c: Case, v: Value): Tensor =>
  c.tensors.get(nameOf(v)) ?? tensorOf("f32", [], [0]);

/** Derivative of `<seed, out>` along a direction of the inputs, by a five-point central difference. */
function difference(
  c: Case,
  out: Value,
  directions: ReadonlyMap<string, Tensor>,
  seed: Tensor,
): number {
  const h = 1e-3;
  const at = (step: number): number => {
    const tensors = new Map(c.tensors);
    for (const [name, direction] of directions) {
      const x = tensors.get(name);
      if (x) tensors.set(name, moved(x, direction, step));
    }
    const [value] = run(c.graph, [out], tensors);
    return value ? dot(value, seed) : Number.NaN;
  };
  return (8 * (at(h) - at(-h)) - (at(2 * h) - at(-2 * h))) / (12 * h);
}

/** One direction for each element of the inputs up to 64 elements, else three random ones. */
function* directionsOf(c: Case, inputs: readonly Value[]): Generator<Map<string, Tensor>> {
  const total = inputs.reduce((n, v) => n + tensorFor(c, v).data.length, 0);
  const random = randomFrom(99);
  if (total > 64) {
    for (let i = 0; i < 3; i++)
      yield new Map(inputs.map((v) => [nameOf(v), randomTensor(v.type, random)]));
    return;
  }
  for (const v of inputs) {
    const { shape, data } = tensorFor(c, v);
    for (let i = 0; i < data.length; i++) {
      const unit = tensorOf(
        "f32",
        shape,
        Array.from(data, (_, j) => Number(i === j)),
      );
      yield new Map([[nameOf(v), unit]]);
    }
  }
}

function expectGradient(c: Case, out: Value, seed: Tensor, seedValue: Value): void {
  const inputs = floatInputs(c);
  const pulled = pullback(out, seedValue, inputs);
  const present = pulled.filter((g): g is Value => g !== null);
  const gradients = run(c.graph, present, c.tensors);
  let next = 0;
  const byName = new Map(
    pulled.map((g, i) => [nameOf(inputs[i] ?? out), g === null ? null : gradients[next++]]),
  );
  for (const directions of directionsOf(c, inputs)) {
    let analytic = 0;
    for (const [name, direction] of directions) {
      const g = byName.get(name);
      if (g) analytic += dot(g, direction);
    }
    const numeric = difference(c, out, directions, seed);
    expect(
      isClose(analytic, numeric, 1e-6, 1e-8),
      `${String(analytic)} against ${String(numeric)}`,
    ).toBe(true);
  }
}

/** A case with a random cotangent for its result, as one more input. */
function seeded(record: Op, sample: Sample, number: number) {
  const c = caseOf(record, sample, number);
  const seed = randomTensor(c.out.type, randomFrom(number + 1000));
  c.tensors.set("seed", seed);
  return { c, seed, seedValue: inputOf(c.graph, "seed", c.out.type) };
}

const differentiable = samples.filter(
  ({ record, sample }) =>
    sample.operands.some((t) => isFloat(t.dtype)) &&
    isFloat(caseOf(record, sample, 1).out.type.dtype),
);

describe("reverse mode agrees with central differences", () => {
  test.each(differentiable)("$name", ({ record, sample, seed: first }) => {
    for (const number of [first, first + 100, first + 200]) {
      const { c, seed, seedValue } = seeded(record, sample, number);
      expectGradient(c, c.out, seed, seedValue);
    }
  });
});

describe("second order agrees with central differences of the gradient", () => {
  test.each(differentiable)("$name", ({ record, sample, seed: number }) => {
    const { c, seedValue } = seeded(record, sample, number);
    const inputs = floatInputs(c);
    for (const [i, g] of pullback(c.out, seedValue, inputs).entries()) {
      if (g === null || sample.values?.[0]?.includes(0)) continue;
      const second = randomTensor(g.type, randomFrom(number + 2000 + i));
      const name = `second${String(i)}`;
      c.tensors.set(name, second);
      expectGradient(c, g, second, inputOf(c.graph, name, g.type));
    }
  });
});

describe("forward mode is the transpose of reverse mode", () => {
  test.each(differentiable)("$name", ({ record, sample, seed: number }) => {
    const { c, seed, seedValue } = seeded(record, sample, number);
    const inputs = floatInputs(c);
    const random = randomFrom(number + 3000);
    const tangents = inputs.map((v) => {
      const name = `t${String(v.id)}`;
      c.tensors.set(name, randomTensor(v.type, random));
      return inputOf(c.graph, name, v.type);
    });
    const pushed = jvp(c.out, inputs, tangents);
    const pulled = pullback(c.out, seedValue, inputs);
    let right = 0;
    for (const [i, g] of pulled.entries()) {
      const tangent = tangents[i];
      if (!g || !tangent) continue;
      const [gradient, along] = run(c.graph, [g, tangent], c.tensors);
      if (gradient && along) right += dot(gradient, along);
    }
    if (!pushed) {
      expect(right).toBe(0);
      return;
    }
    const [moved] = run(c.graph, [pushed], c.tensors);
    const left = moved ? dot(moved, seed) : Number.NaN;
    expect(isClose(left, right, 1e-9, 1e-12), `${String(left)} against ${String(right)}`).toBe(
      true,
    );
  });
});

test("the least of what is differentiated is there", () => {
  expect(differentiable.length).toBeGreaterThan(60);
  expect(get([differentiable.length], 0)).toBe(differentiable.length);
});
