// Randomness of the training driver: draws and orders that depend on seed, stream and place alone.
import { randomUnit } from "../../runtime/random.js";

/** A uniform integer in [0, bound). */
export const randomBelow = (bound: number, seed: number, stream: number, counter: number): number =>
  Math.floor(randomUnit(seed, stream, counter) * bound);

/** A permutation of 0..n-1 (Fisher and Yates). */
export function permutation(n: number, seed: number, stream: number): Uint32Array {
  const order = Uint32Array.from({ length: n }, (_, i) => i);
  for (let i = n - 1; i > 0; i--) {
    const j = randomBelow(i + 1, seed, stream, i);
    const held = order[i] ?? 0;
    order[i] = order[j] ?? 0;
    order[j] = held;
  }
  return order;
}
