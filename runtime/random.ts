// Randomness of the host: a hash of seed, stream and place, so that nothing has to be remembered to go on from a point.

/** A uniform 32-bit word for a counter under a seed: pcg3d (Jarzynski & Olano 2020), its first component. */
function randomWord(seed: number, stream: number, counter: number): number {
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

/** A uniform number in [0, 1). */
export const randomUnit = (seed: number, stream: number, counter: number): number =>
  randomWord(seed, stream, counter) / 2 ** 32;
