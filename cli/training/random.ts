// Randomness of the training driver: a hash of seed, step and place, so that nothing has to be remembered to resume.

/** A uniform 32-bit word for a counter under a seed: pcg3d (Jarzynski & Olano 2020), its first component. */
export function randomWord(seed: number, stream: number, counter: number): number {
  let x = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
  let y = (Math.imul(stream, 1664525) + 1013904223) >>> 0;
  let z = (Math.imul(counter, 1664525) + 1013904223) >>> 0;
  for (let round = 0; round < 2; round++) {
    x = (x + Math.imul(y, z)) >>> 0;
    y = (y + Math.imul(z, x)) >>> 0;
    z = (z + Math.imul(x, y)) >>> 0;
    if (round === 0) {
      x = (x ^ (x >>> 16)) >>> 0;
      y = (y ^ (y >>> 16)) >>> 0;
      z = (z ^ (z >>> 16)) >>> 0;
    }
  }
  return x;
}

/** A uniform integer in [0, bound). */
export const randomBelow = (bound: number, seed: number, stream: number, counter: number): number =>
  Math.floor((randomWord(seed, stream, counter) / 2 ** 32) * bound);

/** A uniform number in [0, 1). */
export const randomUnit = (seed: number, stream: number, counter: number): number =>
  randomWord(seed, stream, counter) / 2 ** 32;

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
