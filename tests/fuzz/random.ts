// Random numbers that a seed names for ever.

/** Draws a whole number from 0 up to and without `below`. */
export type Draw = (below: number) => number;

/** A small deterministic generator (mulberry32). */
export function generator(seed: number): Draw {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

/** One of some things. */
export const pick = <T>(draw: Draw, from: readonly [T, ...T[]] | readonly T[], otherwise: T): T =>
  from[draw(Math.max(1, from.length))] ?? otherwise;
