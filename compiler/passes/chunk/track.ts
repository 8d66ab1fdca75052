// Follows rows through a program: which axes of operands and results count the same rows, asked of lowerings alone.
import type { ContractSpec, Value } from "../../ir/op.js";
import { scalarBuilder, variable, type ScalarExpr } from "../../scalar/expr.js";
import {
  constantOf,
  freshSym,
  int,
  numel,
  same,
  symbol,
  symOf,
  symsOf,
  type Dim,
  type Sym,
} from "../../types/dim.js";
import { linearize } from "../../types/place.js";

/** Neighbouring axes of a value that together count rows, in row-major order. */
export interface Run {
  readonly first: number;
  readonly count: number;
}

/** How a value that is made row by row uses an operand: the same row of it, or all of it. */
export type Role = Run | "whole";

/** The sizes of the axes of a run. */
export const sizesOf = (value: Value, { first, count }: Run): readonly Dim[] =>
  value.type.shape.slice(first, first + count);

/** Whether two runs are of the same axes. */
export const sameRun = (a: Role | undefined, b: Role | undefined): boolean =>
  a !== undefined &&
  b !== undefined &&
  (a === b || (a !== "whole" && b !== "whole" && a.first === b.first && a.count === b.count));

/** How a value uses its operands where it is made row by row; undefined where a row needs other rows, or its own number. */
export function rolesOf(value: Value, run: Run): readonly Role[] | undefined {
  const { lower } = value.op;
  switch (lower.kind) {
    case "pointwise":
      return countsRows(value, run) ? undefined : value.operands.map(() => run);
    case "view":
      return rolesOfView(value, run);
    case "reduce":
      return all([runBefore(run, lower.axes(value.attrs))]);
    case "contract": {
      const { left, right, out } = lower.spec(value.attrs);
      const labels = out.slice(run.first, run.first + run.count);
      return all([roleOfLabels(labels, left), roleOfLabels(labels, right)]);
    }
    case "scatter":
      return run.first > 0 ? [run, "whole"] : undefined;
    case "leaf":
    case "scan":
      return undefined;
  }
}

/**
 * The run of a value's result that counts the rows of its operand number `operand`, or `sum` where it adds the rows up; undefined
 * where it mixes them in another way.
 */
export function followed(value: Value, operand: number, run: Run): Run | "sum" | undefined {
  const source = value.operands[operand];
  if (!source) return undefined;
  const rows = numel(sizesOf(source, run));
  const found = runsOf(value).find(
    (r) => same(numel(sizesOf(value, r)), rows) && sameRun(rolesOf(value, r)?.[operand], run),
  );
  return found ?? (rolesOfSum(value, operand, run) ? "sum" : undefined);
}

/** How a value that adds up the rows of its operand number `operand` uses its operands; undefined where it does not. */
export function rolesOfSum(value: Value, operand: number, run: Run): readonly Role[] | undefined {
  const { lower } = value.op;
  if (lower.kind === "reduce") {
    const axes = lower.axes(value.attrs);
    const isAdded = axesOf(run).every((axis) => axes.includes(axis));
    return isAdded && lower.monoid.name === "sum" ? [run] : undefined;
  }
  if (lower.kind === "contract") return rolesOfProducts(lower.spec(value.attrs), operand, run);
  const isScattered = lower.kind === "scatter" && run.first === 0 && run.count === 1;
  return isScattered ? [run, run] : undefined;
}

/** All runs of a value, longest and foremost first. */
export function runsOf(value: Value): Run[] {
  const rank = value.type.shape.length;
  const runs: Run[] = [];
  for (let first = 0; first < rank; first++)
    for (let count = rank - first; count > 0; count--) runs.push({ first, count });
  return runs;
}

const axesOf = ({ first, count }: Run): number[] =>
  Array.from({ length: count }, (_, i) => first + i);

const all = (roles: readonly (Role | undefined)[]): readonly Role[] | undefined =>
  roles.every((r) => r !== undefined) ? roles : undefined;

/** Where a run of a result lies in the operand that has lost some axes. */
function runBefore(run: Run, gone: readonly number[]): Run | undefined {
  const place = (axis: number): number => {
    let at = axis;
    for (const g of [...gone].sort((a, b) => a - b)) if (g <= at) at++;
    return at;
  };
  const places = axesOf(run).map(place);
  const [first = 0] = places;
  return places.every((p, i) => p === first + i) ? { first, count: run.count } : undefined;
}

function roleOfLabels(labels: string, operand: string): Role | undefined {
  if (![...labels].some((l) => operand.includes(l))) return "whole";
  const first = operand.indexOf(labels);
  return first < 0 ? undefined : { first, count: labels.length };
}

function rolesOfProducts(
  { left, right, out }: ContractSpec,
  operand: number,
  run: Run,
): readonly Role[] | undefined {
  const labels = (operand === 0 ? left : right).slice(run.first, run.first + run.count);
  if ([...labels].some((l) => out.includes(l))) return undefined;
  const roles = [roleOfLabels(labels, left), roleOfLabels(labels, right)];
  return roles.includes("whole") ? undefined : all(roles);
}

/** Whether an element depends on the number of its row, as counting and drawing at random do. */
function countsRows({ op, operands, attrs, type }: Value, run: Run): boolean {
  if (op.lower.kind !== "pointwise") return true;
  const at = type.shape.map((size) => symbol(freshSym("place", "index", undefined, size)));
  const linear = symbol(freshSym("linear", "index"));
  const rows = at.slice(run.first, run.first + run.count);
  const counted = new Set([...rows, linear].flatMap((d) => symOf(d) ?? []));
  const args = operands.map((v, i) => variable(String(i), v.type.dtype));
  const seen = new Set<ScalarExpr>([op.lower.body(scalarBuilder(at, linear), args, attrs)]);
  for (const e of seen) {
    if (e.kind === "dim" && mentions(e.dim, counted)) return true;
    if (e.kind === "call") for (const arg of e.args) seen.add(arg);
  }
  return false;
}

const mentions = (d: Dim, syms: ReadonlySet<Sym>): boolean =>
  [...symsOf(d)].some((sym) => syms.has(sym));

/** An operand and where it is read. */
interface Read {
  readonly operand: number;
  readonly index: readonly Dim[];
}

function rolesOfView(value: Value, run: Run): readonly Role[] | undefined {
  const { lower } = value.op;
  if (lower.kind !== "view") return undefined;
  const { type, operands, attrs } = value;
  // An axis of one element has one place, however a view spells it.
  const at = type.shape.map((size) =>
    constantOf(size) === 1 ? int(0) : symbol(freshSym("place", "index", undefined, size)),
  );
  const rows = at.slice(run.first, run.first + run.count);
  const counted = new Set(rows.flatMap((d) => symOf(d) ?? []));
  const reads: Read[] = [];
  const lookup = (operand: number, index: readonly Dim[]): Dim => {
    reads.push({ operand, index });
    return symbol(freshSym("found", "index"));
  };
  const context = { operands: operands.map((o) => o.type), result: type, lookup };
  const pieces = lower.pieces(at, context, attrs);
  const isGuarded = pieces.some(({ guards = [] }) =>
    guards.some((g) => mentions(g.value, counted)),
  );
  if (isGuarded) return undefined;
  reads.push(...pieces);
  const own = linearize(rows, sizesOf(value, run));
  const roles = new Map<number, Role>();
  for (const { operand, index } of reads) {
    const source = operands[operand];
    const role = source && roleOfRead(index, source, counted, own, numel(sizesOf(value, run)));
    const before = roles.get(operand);
    if (!role || (before && !sameRun(before, role))) return undefined;
    roles.set(operand, role);
  }
  return operands.map((_, i) => roles.get(i) ?? "whole");
}

/** The axes of an operand that are read at the row's own number, if no other axis depends on it. */
function roleOfRead(
  index: readonly Dim[],
  source: Value,
  counted: ReadonlySet<Sym>,
  own: Dim,
  rows: Dim,
): Role | undefined {
  const axes = index.flatMap((d, axis) => (mentions(d, counted) ? [axis] : []));
  const [first] = axes;
  const last = axes.at(-1);
  if (first === undefined || last === undefined) return "whole";
  const run = { first, count: last - first + 1 };
  const sizes = sizesOf(source, run);
  const isSame = same(linearize(index.slice(first, last + 1), sizes), own);
  return isSame && same(numel(sizes), rows) ? run : undefined;
}
