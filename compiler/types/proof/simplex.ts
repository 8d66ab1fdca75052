// A small dense simplex: finds multipliers that satisfy linear inequalities, or says that there are none.
import type { Effort } from "./effort.js";

/** Rows `coefficients · x <= bound` over variables `x >= 0`. */
export interface Row {
  readonly coefficients: ArrayLike<number>;
  readonly bound: number;
}

const epsilon = 1e-9;

/**
 * Values `x >= 0` that satisfy every row, or undefined. Floating point: the caller checks the answer exactly.
 * Phase one of the two-phase method, with Bland's rule so that it ends.
 */
export function feasible(
  rows: readonly Row[],
  variables: number,
  effort: Effort,
): readonly number[] | undefined {
  const slackAt = variables;
  const negative = rows.filter((r) => r.bound < 0).length;
  const width = variables + rows.length + negative + 1;
  const basis: number[] = [];
  let artificial = variables + rows.length;
  const tableau = rows.map((row, i) => {
    const sign = row.bound < 0 ? -1 : 1;
    const line = new Float64Array(width);
    for (let j = 0; j < variables; j++) line[j] = sign * at(row.coefficients, j);
    line[slackAt + i] = sign;
    line[width - 1] = sign * row.bound;
    if (sign < 0) line[artificial] = 1;
    basis.push(sign < 0 ? artificial++ : slackAt + i);
    return line;
  });
  const objective = new Float64Array(width);
  tableau.forEach((line, i) => {
    if (at(basis, i) >= variables + rows.length) subtract(objective, line, 1);
  });
  if (!pivotToEnd(tableau, objective, basis, variables + rows.length, effort)) return undefined;
  if (at(objective, width - 1) < -1e-7) return undefined;
  const x = Array<number>(variables).fill(0);
  basis.forEach((column, i) => {
    if (column < variables) x[column] = at(tableau[i] ?? [], width - 1);
  });
  return x;
}

/** Pivots until no reduced cost is negative; false when it takes suspiciously long. */
function pivotToEnd(
  tableau: readonly Float64Array[],
  objective: Float64Array,
  basis: number[],
  columns: number,
  effort: Effort,
): boolean {
  const last = objective.length - 1;
  const price = (objective.length * (tableau.length + 1)) / 256;
  for (let round = 0; round < 400; round++) {
    let column = 0;
    while (column < columns && at(objective, column) > -epsilon) column++;
    if (column === columns) return true;
    if (!effort.spend(price)) return false;
    const row = leaving(tableau, basis, column, last);
    const line = tableau[row];
    if (!line) return true;
    const pivot = at(line, column);
    for (let j = 0; j <= last; j++) line[j] = at(line, j) / pivot;
    for (const other of tableau) if (other !== line) subtract(other, line, at(other, column));
    subtract(objective, line, at(objective, column));
    basis[row] = column;
  }
  return false;
}

function leaving(
  tableau: readonly Float64Array[],
  basis: readonly number[],
  column: number,
  last: number,
): number {
  let best = -1;
  let ratio = Infinity;
  tableau.forEach((line, i) => {
    if (at(line, column) <= epsilon) return;
    const candidate = at(line, last) / at(line, column);
    const isTie = Math.abs(candidate - ratio) <= epsilon;
    if (isTie ? at(basis, i) < at(basis, best) : candidate < ratio) {
      best = i;
      ratio = candidate;
    }
  });
  return best;
}

function subtract(from: Float64Array, line: Float64Array, times: number): void {
  if (times === 0) return;
  for (let j = 0; j < from.length; j++) from[j] = at(from, j) - times * at(line, j);
}

/** The element at an index that is known to be inside. */
const at = (xs: ArrayLike<number>, i: number): number => xs[i] ?? 0;

/** A nearby fraction with a denominator of at most `limit`, by continued fractions. */
export function asFraction(x: number, limit = 2520): readonly [num: number, den: number] {
  let [p0, q0, p1, q1] = [0, 1, 1, 0];
  let rest = x;
  for (let i = 0; i < 24; i++) {
    const whole = Math.floor(rest + 1e-9);
    const [p, q] = [whole * p1 + p0, whole * q1 + q0];
    if (q > limit) break;
    [p0, q0, p1, q1] = [p1, q1, p, q];
    const fraction = rest - whole;
    if (Math.abs(fraction) < 1e-7) break;
    rest = 1 / fraction;
  }
  return [p1, q1];
}
