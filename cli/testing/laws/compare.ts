// Compares results of two ways to compute the same, and says where they are furthest apart.
import { showIndex, showNumber } from "../show.js";

/** How far two results may be apart, by the magnitude of the larger one and of all of them. */
export interface Tolerance {
  readonly relative: number;
  readonly absolute: number;
}

/** What is exact but for the order of sums in float64. */
export const exact: Tolerance = { relative: 1e-9, absolute: 1e-12 };
/** Results in f32 against float64. */
export const forward: Tolerance = { relative: 1e-4, absolute: 1e-6 };
/** Gradients in f32 against float64. */
export const backward: Tolerance = { relative: 1e-3, absolute: 1e-6 };

/** Two numbers that are too far apart. */
export interface Gap {
  readonly place: number;
  readonly left: number;
  readonly right: number;
}

/** The worst pair beyond the tolerance; a number that is not finite on both sides alike is no gap. */
export function gapBetween(
  left: ArrayLike<number>,
  right: ArrayLike<number>,
  { relative, absolute }: Tolerance,
): Gap | undefined {
  const scale = rootMeanSquare(right);
  let worst = 1;
  let found: Gap | undefined;
  for (let place = 0; place < right.length; place++) {
    const [a, b] = [left[place] ?? NaN, right[place] ?? NaN];
    if (Object.is(a, b) || a === b) continue;
    const ratio = Math.abs(a - b) / (absolute + relative * Math.max(Math.abs(b), scale));
    if (ratio <= worst) continue;
    worst = Number.isNaN(ratio) ? Infinity : ratio;
    found = { place, left: a, right: b };
  }
  return found;
}

/** `0.5 and 1.5, at [0, 2]`. */
export function showGap({ place, left, right }: Gap, shape: readonly number[]): string {
  const index = showIndex(shape, place);
  return `\`${showNumber(left)}\` and \`${showNumber(right)}\`${index === "" ? "" : ` at \`${index}\``}`;
}

function rootMeanSquare(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += (values[i] ?? 0) ** 2;
  return values.length === 0 || !Number.isFinite(sum) ? 0 : Math.sqrt(sum / values.length);
}
