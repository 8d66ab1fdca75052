// Random numbers for what is drawn, from fast-check's generator or from a seed alone.

/** What is asked of a generator of random numbers. */
export interface Randomness {
  /** A number in [0, 1). */
  fraction(): number;
}

/** Random numbers from a seed (mulberry32 of T. Ettinger). */
export function seeded(seed: number): Randomness {
  let state = seed >>> 0;
  return {
    fraction() {
      state = (state + 0x6d2b79f5) >>> 0;
      let t = Math.imul(state ^ (state >>> 15), state | 1);
      t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
      return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
    },
  };
}

/** A whole number in [0, below). */
export const below = (random: Randomness, bound: number): number =>
  Math.floor(random.fraction() * bound);

/** A number of the normal distribution (Box and Muller 1958). */
export function normal(random: Randomness): number {
  const radius = Math.sqrt(-2 * Math.log(1 - random.fraction()));
  return radius * Math.cos(2 * Math.PI * random.fraction());
}

/** One of a list that is not empty. */
export const oneOf = <T>(random: Randomness, [first, ...rest]: readonly [T, ...T[]]): T =>
  [first, ...rest][below(random, rest.length + 1)] ?? first;
