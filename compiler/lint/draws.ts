// Representative numbers of a distribution, in an order of their own for each use, so that two uses are nearly independent.

/** How many numbers stand for a tensor. */
export const many = 256;

/** Shuffled orders of the places; two of them after one another make thousands. */
const orders: readonly Uint16Array[] = Array.from({ length: 64 }, (_, key) => shuffled(key));

function shuffled(key: number): Uint16Array {
  const order = Uint16Array.from({ length: many }, (_, i) => i);
  let state = Math.imul(key + 1, 0x9e3779b1) >>> 0;
  for (let i = many - 1; i > 0; i--) {
    // xorshift32 (Marsaglia 2003)
    state ^= state << 13;
    state ^= state >>> 17;
    state = (state ^ (state << 5)) >>> 0;
    const j = state % (i + 1);
    [order[i], order[j]] = [order[j] ?? 0, order[i] ?? 0];
  }
  return order;
}

/** Numbers in an order that is the same each time for a key, each times `std` plus `mean`. */
export function reordered(numbers: Float64Array, key: number, mean = 0, std = 1): Float64Array {
  const [one, other] = [orders[key & 63], orders[(key >> 6) & 63]];
  const result = new Float64Array(many);
  for (let i = 0; i < many; i++)
    result[i] = mean + std * (numbers[one?.[other?.[i] ?? 0] ?? 0] ?? 0);
  return result;
}

/** Quantiles of the standard normal distribution, with mean 0 and variance 1. */
const quantiles = ((): Float64Array => {
  const raw = Float64Array.from({ length: many }, (_, i) => normalQuantile((i + 0.5) / many));
  const square = raw.reduce((sum, x) => sum + x * x, 0) / many;
  return raw.map((x) => x / Math.sqrt(square));
})();

/** Normal numbers with a mean and a standard deviation. */
export const normals = (key: number, mean = 0, std = 1): Float64Array =>
  reordered(quantiles, key, mean, std);

/** Inverse of the normal distribution function by bisection. */
function normalQuantile(p: number): number {
  let [low, high] = [-8, 8];
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (distribution(middle) < p) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** The normal distribution function by its series (Marsaglia 2004). */
function distribution(x: number): number {
  let [sum, term] = [x, x];
  for (let i = 3; Math.abs(term) > 1e-17 && i < 400; i += 2) {
    term *= (x * x) / i;
    sum += term;
  }
  return 0.5 + sum * Math.exp((-x * x) / 2 - 0.918938533204672742);
}

/** Evenly spread whole numbers below a bound, in the order of a key. */
export const places = (key: number, bound: number): Float64Array =>
  reordered(ranks, key).map((rank) => Math.floor(((rank + 0.5) / many) * bound));

const ranks = Float64Array.from({ length: many }, (_, i) => i);
