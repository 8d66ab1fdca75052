// Sums of products of two tensors: operands are brought to batches of row-major matrices and multiplied.
import type { ContractSpec } from "../ir/op.js";
import { count, get, strides, type Tensor } from "./tensor.js";

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
  for (let i = 0; i < size(batch); i++) {
    multiply(
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
  return { dtype: a.dtype, shape, data: arrange(made, labels, out) };
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

/** `out += x @ y` for row-major `x[m, k]` and `y[k, n]`. */
function multiply(x: Float64Array, y: Float64Array, out: Float64Array, sizes: Sizes): void {
  const { m, n, k } = sizes;
  const whole = k - (k % 4);
  for (let i = 0; i < m; i++) {
    const row = i * n;
    // Four rows of y at a time: the row of the result is read and written a quarter as often.
    for (let l = 0; l < whole; l += 4) addRows(x, y, out, { i, l, row, n, k });
    for (let l = whole; l < k; l++) {
      const factor = get(x, i * k + l);
      for (let j = 0; j < n; j++) out[row + j] = get(out, row + j) + factor * get(y, l * n + j);
    }
  }
}

function addRows(
  x: Float64Array,
  y: Float64Array,
  out: Float64Array,
  at: {
    readonly i: number;
    readonly l: number;
    readonly row: number;
    readonly n: number;
    readonly k: number;
  },
): void {
  const { row, n } = at;
  const from = at.i * at.k + at.l;
  const [a, b, c, d] = [get(x, from), get(x, from + 1), get(x, from + 2), get(x, from + 3)];
  const first = at.l * n;
  for (let j = 0; j < n; j++) {
    const p = first + j;
    out[row + j] =
      get(out, row + j) +
      a * get(y, p) +
      b * get(y, p + n) +
      c * get(y, p + 2 * n) +
      d * get(y, p + 3 * n);
  }
}
