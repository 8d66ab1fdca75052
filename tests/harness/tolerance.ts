// Compares arrays of numbers with the tolerances that the project promises.
import { expect } from "vitest";

/** How far two values may be apart: `|a - b| <= absolute + relative * scale`. */
export interface Tolerance {
  readonly relative: number;
  readonly absolute: number;
}

/** Promised for forward results in f32 against the float64 reference. */
export const forward: Tolerance = { relative: 1e-4, absolute: 1e-6 };

/** Promised for gradients in f32 against the float64 reference. */
export const backward: Tolerance = { relative: 1e-3, absolute: 1e-6 };

/** The largest excess over the tolerance and where it is; `ratio` above 1 breaks it, NaN on one side gives Infinity. */
export interface Deviation {
  readonly ratio: number;
  readonly index: number;
}

/**
 * Finds the worst element. The scale of an element is the larger of its own magnitude and the root mean square of
 * `expected`, so that elements which cancel to nearly nothing are judged by what they are sums of.
 */
export function worst(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  { relative, absolute }: Tolerance,
): Deviation {
  const scale = rootMeanSquare(expected);
  let found: Deviation = { ratio: 0, index: 0 };
  for (let index = 0; index < expected.length; index++) {
    const [a, e] = [actual[index] ?? NaN, expected[index] ?? NaN];
    if (Object.is(a, e) || a === e) continue;
    const allowed = absolute + relative * Math.max(Math.abs(e), scale);
    const ratio = Math.abs(a - e) / allowed;
    if (!(ratio <= found.ratio)) found = { ratio: Number.isNaN(ratio) ? Infinity : ratio, index };
  }
  return found;
}

/** Fails the test unless every element of `actual` is within the tolerance of `expected`. */
export function expectClose(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  tolerance: Tolerance,
  what = "values",
): void {
  expect(actual.length, `number of ${what}`).toBe(expected.length);
  const { ratio, index } = worst(actual, expected, tolerance);
  const sides = `${String(actual[index])} against ${String(expected[index])}`;
  expect(ratio, `${what}[${String(index)}]: ${sides}`).toBeLessThanOrEqual(1);
}

function rootMeanSquare(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += (values[i] ?? 0) ** 2;
  return values.length === 0 || !Number.isFinite(sum) ? 0 : Math.sqrt(sum / values.length);
}
