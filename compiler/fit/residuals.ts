// Residuals: what the forward pass leaves in memory for the backward pass, and what it costs to compute each a second time.
import type { Value } from "../ir/op.js";
import type { Program } from "../ir/program.js";
import { upstream } from "../ir/topology.js";
import { flopsOf } from "../ops/flops.js";
import { isGiven, schedule } from "../schedule/index.js";
import { evaluate, numel, type Sym } from "../types/dim.js";
import { dtypes } from "../types/dtype.js";

/** The number that a free dim is. */
export type SizeOf = (sym: Sym) => number | undefined;

/** A value of the forward pass that kernels of the backward pass read. */
export interface Residual {
  readonly value: Value;
  readonly bytes: number;
  /** Whether it may be dropped: results are wanted anyway, and loops are not run twice. */
  readonly canBeMade: boolean;
  /** For how many dispatches it lies in memory and nobody reads it. */
  readonly idle: number;
}

/** The two passes of a program: what gradients need and results do not is the backward one. */
export interface Passes {
  readonly forward: ReadonlySet<Value>;
  readonly residuals: readonly Residual[];
}

/** The residuals of a program, as it would be scheduled. */
export function residualsOf(program: Program, mostBindings: number, sizeOf: SizeOf): Passes {
  const results = program.outputs.filter(({ role }) => role !== "gradient");
  const forward = new Set(upstream(results.map((o) => o.value)));
  const kept = new Set(program.outputs.map((o) => o.value));
  const { order } = schedule(program, mostBindings);
  const found = new Map<Value, { last: number; first?: number }>();
  for (const [at, { reads, writes }] of order.entries()) {
    const isBackward = [...writes].some((v) => !forward.has(v));
    for (const value of writes) if (forward.has(value)) found.set(value, { last: at });
    for (const value of reads) {
      const span = found.get(value);
      if (!span) continue;
      if (isBackward) span.first ??= at;
      else if (span.first === undefined) span.last = at;
    }
  }
  const residuals = [...found].flatMap(([value, { last, first }]): Residual[] => {
    const bytes = bytesOf(value, sizeOf);
    const canBeMade = !isGiven(value) && value.op.lower.kind !== "scan" && !kept.has(value);
    return first === undefined ? [] : [{ value, bytes, canBeMade, idle: first - last }];
  });
  return { forward, residuals };
}

/** Bytes of a value for given sizes; 0 where some are not known. */
export const bytesOf = ({ type }: Value, sizeOf: SizeOf): number =>
  dtypes[type.dtype].bytes * (evaluate(numel(type.shape), sizeOf) ?? 0);

/** Scalar operations of a value. */
const workOf = (value: Value, sizeOf: SizeOf): number => evaluate(flopsOf(value), sizeOf) ?? 0;

/** Values that have to be computed again for a residual, itself included, when others are at hand. */
export function chainOf(residual: Value, isAtHand: (value: Value) => boolean): ReadonlySet<Value> {
  const chain = new Set([residual]);
  // A set hands out what is added while it is walked.
  for (const value of chain) {
    for (const operand of value.operands)
      if (!isGiven(operand) && !isAtHand(operand)) chain.add(operand);
  }
  return chain;
}

/** A residual in the order in which they are given up, with the work of computing it again at that point. */
export interface Choice extends Residual {
  readonly flops: number;
}

/**
 * Residuals from the one that is given up first: bytes times the time they lie idle, for each operation of computing them again
 * from what is still kept. The inputs of repeated layers come last by themselves, since all of a layer hangs on them.
 */
export function inOrderOfGain(residuals: readonly Residual[], sizeOf: SizeOf): readonly Choice[] {
  const kept = new Set(residuals.map((r) => r.value));
  const again = new Set<Value>();
  const work = new Map<Value, number>();
  const cost = (value: Value): number => {
    let total = 0;
    for (const v of chainOf(value, (o) => kept.has(o))) {
      if (again.has(v)) continue;
      const known = work.get(v) ?? workOf(v, sizeOf);
      work.set(v, known);
      total += known;
    }
    return total;
  };
  const rest = residuals.filter((r) => r.canBeMade);
  const order: Choice[] = [];
  while (rest.length > 0) {
    const rated = rest.map((residual, i) => {
      const flops = cost(residual.value);
      return { residual, i, flops, gain: (residual.bytes * residual.idle) / (1 + flops) };
    });
    const best = rated.reduce((a, b) => (b.gain > a.gain ? b : a));
    rest.splice(best.i, 1);
    kept.delete(best.residual.value);
    for (const v of chainOf(best.residual.value, (o) => kept.has(o))) again.add(v);
    order.push({ ...best.residual, flops: best.flops });
  }
  return order;
}
