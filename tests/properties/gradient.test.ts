// Gradients of random graphs against central differences, forward and reverse mode against each other, twice.
import fc from "fast-check";
import { expect, test } from "vitest";
import { jvp, pullback } from "../../compiler/autodiff/pullback.js";
import type { Value } from "../../compiler/ir/op.js";
import { fillLike } from "../../compiler/ops/index.js";
import { type Tensor } from "../../compiler/reference/tensor.js";
import { programOf, recipes, type RandomProgram } from "../harness/graphs.js";
import { dot, inputOf, isClose, moved, randomFrom, randomTensor } from "../harness/numeric.js";

const options = { seed: 20_26, numRuns: 60 };
const nameOf = (v: Value): string => `x${String(v.id)}`;

function tensorOf(p: RandomProgram, v: Value): Tensor {
  const tensor = p.tensors.get(nameOf(v));
  if (!tensor) throw new Error(`no tensor for ${nameOf(v)}`);
  return tensor;
}

/** A random direction for each input. */
const directionsOf = (p: RandomProgram, seed: number): Tensor[] => {
  const random = randomFrom(seed);
  return p.inputs.map((v) => {
    const x = tensorOf(p, v);
    const data = x.data.map(() => random() - 0.5);
    return { ...x, data };
  });
};

function difference(p: RandomProgram, value: Value, directions: readonly Tensor[]): number {
  const h = 1e-3;
  const at = (step: number): number => {
    const tensors = new Map(p.tensors);
    for (const [i, v] of p.inputs.entries()) {
      const direction = directions[i];
      if (direction) tensors.set(nameOf(v), moved(tensorOf(p, v), direction, step));
    }
    return p.run([value], tensors)[0]?.data[0] ?? Number.NaN;
  };
  return (8 * (at(h) - at(-h)) - (at(2 * h) - at(-2 * h))) / (12 * h);
}

/** `<gradient, direction>` as a number. */
function along(
  p: RandomProgram,
  gradients: readonly (Value | null)[],
  directions: readonly Tensor[],
): number {
  let total = 0;
  for (const [i, g] of gradients.entries()) {
    const direction = directions[i];
    const [value] = g ? p.run([g]) : [];
    if (value && direction) total += dot(value, direction);
  }
  return total;
}

test("reverse mode of random graphs agrees with central differences", () => {
  fc.assert(
    fc.property(recipes, (recipe) => {
      const p = programOf(recipe);
      const directions = directionsOf(p, recipe.seed + 1);
      const gradients = pullback(p.loss, fillLike(p.loss, 1), p.inputs);
      const numeric = difference(p, p.loss, directions);
      const analytic = along(p, gradients, directions);
      expect(
        isClose(analytic, numeric, 1e-6, 1e-7),
        `${String(analytic)} against ${String(numeric)}`,
      ).toBe(true);
    }),
    options,
  );
});

test("second order of random graphs agrees with central differences of the gradient", () => {
  fc.assert(
    fc.property(recipes, (recipe) => {
      const p = programOf(recipe);
      const directions = directionsOf(p, recipe.seed + 2);
      const first = pullback(p.loss, fillLike(p.loss, 1), p.inputs);
      const scalar = first.at(-1);
      if (!scalar) return;
      const second = pullback(scalar, fillLike(scalar, 1), p.inputs);
      const numeric = difference(p, scalar, directions);
      const analytic = along(p, second, directions);
      expect(
        isClose(analytic, numeric, 1e-6, 1e-6),
        `${String(analytic)} against ${String(numeric)}`,
      ).toBe(true);
    }),
    { ...options, numRuns: 30 },
  );
});

test("forward mode of random graphs is the transpose of reverse mode", () => {
  fc.assert(
    fc.property(recipes, (recipe) => {
      const p = programOf(recipe);
      const directions = directionsOf(p, recipe.seed + 3);
      const tensors = new Map(p.tensors);
      const tangents = p.inputs.map((v, i) => {
        const name = `t${String(i)}`;
        const direction = directions[i];
        if (direction) tensors.set(name, direction);
        return inputOf(p.program.graph, name, v.type);
      });
      const pushed = jvp(p.loss, p.inputs, tangents);
      const [forward] = pushed ? p.run([pushed], tensors) : [];
      const gradients = pullback(p.loss, fillLike(p.loss, 1), p.inputs);
      const reverse = along(p, gradients, directions);
      expect(isClose(forward?.data[0] ?? 0, reverse, 1e-9, 1e-12)).toBe(true);
    }),
    { ...options, numRuns: 30 },
  );
});

test("random tensors repeat with their seed", () => {
  const type = { dtype: "f32" as const, shape: [] };
  expect(randomTensor(type, randomFrom(7)).data).toEqual(randomTensor(type, randomFrom(7)).data);
});
