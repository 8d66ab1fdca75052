// Normalisation by statistics of the batch in programs that do not train.
import { warnings, type Diagnostic } from "../diagnostics/index.js";
import type { Value } from "../ir/op.js";
import { upstream } from "../ir/topology.js";
import { same, symOf, type Dim } from "../types/dim.js";
import { constantIn } from "./constants.js";
import { origin, parts } from "./formulas.js";
import { leafSpec, type Lowered } from "./subject.js";
import { placeOf, type Files } from "./where.js";

/** What a batch is called. A first axis of another name may be time or space, over which a model may well take means. */
const BATCH = /^(B|N|batch\w*)$/i;

/** One warning for a program that subtracts the mean of the batch and divides by its spread. */
export function batchWarnings(
  { results, name }: Lowered,
  model: string,
  files: Files,
): readonly Diagnostic[] {
  const order = upstream(results.map((r) => r.value));
  const batch = batchOf(
    order,
    results.map((r) => r.value),
  );
  const sums = batch ? order.filter((v) => isSumOver(v, batch)) : [];
  const centred = order.flatMap((v) => {
    const mean = meanTakenFrom(v);
    return mean && sums.includes(mean) ? [{ v, mean }] : [];
  });
  const [first] = centred;
  // A mean alone may be part of what is computed; with the squares of what it leaves it is a normalisation.
  const isNormal = first && sums.some((s) => s !== first.mean && upstream([s]).includes(first.v));
  const at = isNormal && placeOf(first.mean, files);
  if (!at || !batch) return [];
  const text = symOf(batch)?.name ?? "";
  return [warnings.batchStatistics({ at, entry: name, model, batch: text })];
}

/** The free dim that is the first axis of every input and result, and no other axis of any input. */
function batchOf(order: readonly Value[], results: readonly Value[]): Dim | undefined {
  const inputs = order.filter((v) => leafSpec(v)?.role === "input");
  const [first] = inputs;
  const batch = first?.type.shape[0];
  const sym = batch && symOf(batch);
  if (!batch || !sym || !BATCH.test(sym.name)) return undefined;
  const leads = ({ type: { shape } }: Value): boolean =>
    shape[0] !== undefined && same(shape[0], batch);
  const isOnlyFirst = inputs.every((v) => !v.type.shape.slice(1).some((d) => same(d, batch)));
  return isOnlyFirst && [...inputs, ...results].every(leads) ? batch : undefined;
}

function isSumOver({ op, operands, attrs }: Value, batch: Dim): boolean {
  const [source] = operands;
  if (op.lower.kind !== "reduce" || op.lower.monoid.name !== "sum" || !source) return false;
  return op.lower.axes(attrs).some((axis) => {
    const size = source.type.shape[axis];
    return size !== undefined && same(size, batch);
  });
}

/** The sum whose multiple a value is its own operand minus: `x - sum(x) / n`. */
function meanTakenFrom(value: Value): Value | undefined {
  const [x, mean] = parts(value, "sub") ?? [];
  if (!x || !mean) return undefined;
  const sum = scaledOf(origin(mean));
  const [source] = sum.operands;
  return source && origin(source) === origin(x) ? sum : undefined;
}

/** A value without the known numbers that it is multiplied or divided by. */
function scaledOf(value: Value): Value {
  const [left, right] = parts(value, "div") ?? parts(value, "mul") ?? [];
  if (left && right && constantIn(right)) return origin(left);
  return left && right && constantIn(left) ? origin(right) : value;
}
