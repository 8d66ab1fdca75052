// Sums of products of two tensors: operands are brought to batches of row-major matrices and multiplied.
import type { ContractSpec } from "../ir/op.js";
import { isFloat } from "../types/dtype.js";
import { count, get, strides, tensorOf, type Tensor } from "./tensor.js";

/** The contraction of two tensors, in double precision. */
export function contractTensors(
  a: Tensor,
  b: Tensor,
  { left, right, out }: ContractSpec,
  shape: readonly number[],
): Tensor {
  const sizes = new Map<string, number>();
  for (const [labels, tensor] of [
    [left, a],
    [right, b],
  ] as const) {
    for (const [i, label] of [...labels].entries()) sizes.set(label, get(tensor.shape, i));
  }
  const pick = (test: (label: string) => boolean, from: string): string =>
    [...from].filter(test).join("");
  const batch = pick((l) => left.includes(l) && right.includes(l), out);
  const rows = pick((l) => !right.includes(l), out);
  const columns = pick((l) => !left.includes(l), out);
  const inner = pick((l) => !out.includes(l), left);
  const size = (labels: string): number => count([...labels].map((l) => sizes.get(l) ?? 1));

  const [m, n, k] = [size(rows), size(columns), size(inner)];
  const x = arrange(a, left, batch + rows + inner);
  const y = arrange(b, right, batch + inner + columns);
  const product = new Float64Array(size(batch) * m * n);
  const multiplied = isFloat(a.dtype) ? multiply : multiplyWhole;
  for (let i = 0; i < size(batch); i++) {
    multiplied(
      x.subarray(i * m * k, (i + 1) * m * k),
      y.subarray(i * k * n, (i + 1) * k * n),
      product.subarray(i * m * n, (i + 1) * m * n),
      { m, n, k },
    );
  }
  const labels = batch + rows + columns;
  const made: Tensor = {
    dtype: a.dtype,
    shape: [...labels].map((l) => sizes.get(l) ?? 1),
    data: product,
  };
  return tensorOf(a.dtype, shape, arrange(made, labels, out));
}

/** The numbers of a tensor with its axes in another order; the tensor's own where the order is the same. */
function arrange(tensor: Tensor, labels: string, order: string): Float64Array {
  const data = tensor.data instanceof Float64Array ? tensor.data : Float64Array.from(tensor.data);
  if (labels === order) return data;
  const steps = strides(tensor.shape);
  const axes = [...order].map((label) => labels.indexOf(label));
  return gatherStrided(
    data,
    axes.map((axis) => get(tensor.shape, axis)),
    axes.map((axis) => get(steps, axis)),
  );
}

/** Copies the elements that a strided walk visits. */
function gatherStrided(
  data: Float64Array,
  shape: readonly number[],
  steps: readonly number[],
): Float64Array {
  const out = new Float64Array(count(shape));
  const last = shape.length - 1;
  const [width, step] = [get(shape, last), get(steps, last)];
  const index = shape.map(() => 0);
  let from = 0;
  for (let p = 0; p < out.length; p += width) {
    for (let j = 0; j < width; j++) out[p + j] = get(data, from + j * step);
    // An odometer over the outer axes.
    for (let axis = last - 1; axis >= 0; axis--) {
      const next = get(index, axis) + 1;
      from += get(steps, axis);
      index[axis] = next;
      if (next < get(shape, axis)) break;
      from -= next * get(steps, axis);
      index[axis] = 0;
    }
  }
  return out;
}

interface Sizes {
  readonly m: number;
  readonly n: number;
  readonly k: number;
}

/** Local, so that the engine inlines it into the loops below whatever loads the module. */
const at = (list: Float64Array, index: number): number => list[index] as number;

/** `out = x @ y` for whole numbers of 32 bits, which wrap as on devices: sums of doubles would lose their last digits. */
function multiplyWhole(x: Float64Array, y: Float64Array, out: Float64Array, sizes: Sizes): void {
  const { m, n, k } = sizes;
  for (let i = 0; i < m; i++)
    for (let j = 0; j < n; j++) {
      let total = 0;
      for (let l = 0; l < k; l++)
        total = (total + Math.imul(at(x, i * k + l), at(y, l * n + j))) | 0;
      out[i * n + j] = total;
    }
}

/** `out += x @ y` for row-major `x[m, k]` and `y[k, n]`. */
function multiply(x: Float64Array, y: Float64Array, out: Float64Array, sizes: Sizes): void {
  const { m, n, k } = sizes;
  const whole = k - (k % 4);
  // Two rows of the result and four of y at a time: what is read is used eight times, what is written four.
  for (let i = 0; i < m; i += 2) {
    const second = i + 1 < m ? i + 1 : i;
    const isPair = second > i;
    for (let l = 0; l < whole; l += 4) {
      const [a, b] = [i * k + l, second * k + l];
      if (isPair) addPair(x, y, out, [a, b, l * n, i * n, n]);
      else addFour(x, y, out, [a, l * n, i * n, n]);
    }
    for (let l = whole; l < k; l++) {
      addOne(at(x, i * k + l), y, out, [l * n, i * n, n]);
      if (isPair) addOne(at(x, second * k + l), y, out, [l * n, second * n, n]);
    }
  }
}

/** Adds four rows of `y`, times four numbers of each of two rows of `x`, to two neighbouring rows of `out`. */
function addPair(
  x: Float64Array,
  y: Float64Array,
  out: Float64Array,
  [a, b, from, row, n]: readonly [number, number, number, number, number],
): void {
  const [a0, a1, a2, a3] = [at(x, a), at(x, a + 1), at(x, a + 2), at(x, a + 3)];
  const [b0, b1, b2, b3] = [at(x, b), at(x, b + 1), at(x, b + 2), at(x, b + 3)];
  const [n2, n3] = [2 * n, 3 * n];
  for (let j = 0, p = from, q = row; j < n; j++, p++, q++) {
    const y0 = at(y, p);
    const y1 = at(y, p + n);
    const y2 = at(y, p + n2);
    const y3 = at(y, p + n3);
    out[q] = at(out, q) + a0 * y0 + a1 * y1 + a2 * y2 + a3 * y3;
    out[q + n] = at(out, q + n) + b0 * y0 + b1 * y1 + b2 * y2 + b3 * y3;
  }
}

/** The same for one row. */
function addFour(
  x: Float64Array,
  y: Float64Array,
  out: Float64Array,
  [a, from, row, n]: readonly [number, number, number, number],
): void {
  const [a0, a1, a2, a3] = [at(x, a), at(x, a + 1), at(x, a + 2), at(x, a + 3)];
  for (let j = 0, p = from, q = row; j < n; j++, p++, q++) {
    out[q] =
      at(out, q) +
      a0 * at(y, p) +
      a1 * at(y, p + n) +
      a2 * at(y, p + 2 * n) +
      a3 * at(y, p + 3 * n);
  }
}

/** Adds one row of `y` times a number to a row of `out`. */
function addOne(
  factor: number,
  y: Float64Array,
  out: Float64Array,
  [from, row, n]: readonly [number, number, number],
): void {
  for (let j = 0; j < n; j++) out[row + j] = at(out, row + j) + factor * at(y, from + j);
}
