// Reverse mode: graph to graph, op by op.
import type { Value } from "../ir/op.js";
import { definitionOf } from "../ir/fused.js";
import { InternalError } from "../ir/internal-error.js";
import { scansIn, upstream } from "../ir/topology.js";
import { reshape } from "../ops/movement.js";
import { add } from "../ops/elementwise.js";
import { fillLike } from "../ops/broadcast.js";
import { isFloat } from "../types/dtype.js";
import { pullScan } from "./scan.js";

/** Emits the pullback of `output` at the cotangent `seed`: the cotangent of each value in `wrt`, null where none arrives. */
export const pullback = (output: Value, seed: Value, wrt: readonly Value[]): (Value | null)[] =>
  pullbackAll([output], [seed], wrt);

/** The pullback of several values of one graph at once; their contributions are added. */
export function pullbackAll(
  outputs: readonly Value[],
  seeds: readonly Value[],
  wrt: readonly Value[],
): (Value | null)[] {
  const order = upstream(outputs);
  const active = activeIn(order, wrt);
  const cotangents = new Map<Value, Value>();
  const flow = (to: Value, part: Value | null | undefined): void => {
    if (!part || !active.has(to)) return;
    const sum = cotangents.get(to);
    cotangents.set(to, sum === undefined ? part : add(sum, part));
  };
  for (const [i, output] of outputs.entries()) flow(output, seeds[i]);
  const scans = scansIn(order);
  const pull = (v: Value): readonly (Value | null)[] => {
    const g = cotangents.get(v);
    if (v.op.lower.kind !== "scan") return g ? pullOne(v, g) : [];
    // The first result comes last, when the cotangents of all others have arrived.
    const results = (scans.get(v) ?? []).flatMap((value) => {
      const cotangent = cotangents.get(value);
      return cotangent ? [{ value, cotangent }] : [];
    });
    return pullScan(results, (operand) => active.has(operand), pullbackAll);
  };
  for (const v of order.reverse()) {
    const before = v.graph.at;
    v.graph.at = v.spans;
    for (const [i, part] of pull(v).entries()) {
      const operand = v.operands[i];
      if (operand) flow(operand, part);
    }
    v.graph.at = before;
  }
  return wrt.map((v) => cotangents.get(v) ?? null);
}

/** Emits the pullback of one value, which is no result of a scan, to its operands. */
export function pullOne(value: Value, g: Value): readonly (Value | null)[] {
  const { op, operands, attrs } = value;
  if (op.vjp) return op.vjp(g, operands, value, attrs);
  // Copies, so that what one operand has to do with another is not part of it.
  const args = operands.map((x) => reshape(x, { shape: x.type.shape }));
  const meaning = definitionOf(value, args);
  if (!meaning) throw new InternalError(`${op.name} has no pullback`, value.spans);
  return pullback(meaning, g, args);
}

/** Those that some of `wrt` reach through floats; operands come first in `order`. */
function activeIn(order: readonly Value[], wrt: readonly Value[]): ReadonlySet<Value> {
  const active = new Set(wrt);
  for (const v of order) {
    if (isFloat(v.type.dtype) && v.operands.some((operand) => active.has(operand))) active.add(v);
  }
  return active;
}

/**
 * Emits the tangent of `output` when each of `inputs` moves by its tangent; null where `output` does not move.
 * A pullback is linear in its seed, so pulling it back a second time gives the transpose of the transpose.
 */
export function jvp(
  output: Value,
  inputs: readonly Value[],
  tangents: readonly Value[],
): Value | null {
  const seed = fillLike(output, 0);
  const pairs = pullback(output, seed, inputs).flatMap((cotangent, i) => {
    const tangent = tangents[i];
    return cotangent && tangent ? [{ cotangent, tangent }] : [];
  });
  const [pushed] = pullbackAll(
    pairs.map((p) => p.cotangent),
    pairs.map((p) => p.tangent),
    [seed],
  );
  return pushed ?? null;
}
