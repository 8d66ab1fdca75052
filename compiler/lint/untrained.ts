// Parameters that are trained, and that no gradient of the loss reaches.
import { pullback } from "../autodiff/pullback.js";
import { warnings, type Diagnostic } from "../diagnostics/index.js";
import type { Value } from "../ir/op.js";
import type { VariableSpec } from "../ir/program.js";
import { upstream } from "../ir/topology.js";
import { fillLike } from "../ops/broadcast.js";
import { isFloat } from "../types/dtype.js";
import { leafSpec, type LoweredRun } from "./subject.js";
import { kindOf } from "./unread.js";
import { declarations, placeOf, type Files } from "./where.js";

/** What a run trains in vain, and where the way of the gradient ends; without a place, the loss does not see it at all. */
interface Untrained {
  readonly spec: VariableSpec;
  readonly cut?: Value;
}

/** Trainable parameters without a gradient, for one run. */
export function untrained(run: LoweredRun): readonly Untrained[] {
  const { ctx, loss, specs } = run;
  const trained = specs.filter((s) => s.isTrainable);
  const before = upstream([loss]);
  const seen = new Set(before);
  const leafOf = ({ path }: VariableSpec): Value | undefined => {
    const leaf = ctx.leaves.get(`parameter ${path}`);
    return leaf && seen.has(leaf) ? leaf : undefined;
  };
  const wrt = trained.flatMap((spec) => leafOf(spec) ?? []);
  const cotangents = pullback(loss, fillLike(loss, 1), wrt);
  const reached = new Set(wrt.filter((_, i) => cotangents[i]));
  const kinds = new Set(wrt.flatMap((v) => (reached.has(v) ? kindOf(pathOf(v)) : [])));
  return trained.flatMap((spec): Untrained[] => {
    // The layers of a list are alike: what one of them trains, none can do without.
    if (kinds.has(kindOf(spec.path.split(".")))) return [];
    const leaf = leafOf(spec);
    if (!leaf) return [{ spec }];
    const cut = lastCut(leaf, before);
    return cut ? [{ spec, cut }] : [{ spec }];
  });
}

const pathOf = (leaf: Value): readonly string[] => leafSpec(leaf)?.name.split(".") ?? [];

/** The last of the values at which the way from a leaf to the loss stops carrying a gradient. */
function lastCut(leaf: Value, before: readonly Value[]): Value | undefined {
  const carried = new Set([leaf]);
  let last: Value | undefined;
  for (const value of before) {
    const from = value.operands.flatMap((operand, i) => (carried.has(operand) ? [i] : []));
    if (from.length === 0) continue;
    if (carries(value, from)) carried.add(value);
    else last = value;
  }
  return last;
}

/** Whether the pullback of a value gives something to one of these operands. */
function carries(value: Value, operands: readonly number[]): boolean {
  if (!isFloat(value.type.dtype)) return false;
  const pulled = value.op.vjp(fillLike(value, 0), value.operands, value, value.attrs);
  return operands.some((i) => pulled[i]);
}

/** One warning for each place that cuts parameters off, and one for all that the loss does not see. */
export function untrainedWarnings(
  run: LoweredRun,
  found: readonly Untrained[],
  files: Files,
): readonly Diagnostic[] {
  const { decl, root } = run;
  const loss = decl.lines.find((l) => l.kind === "setting" && l.name.name === "loss");
  const fallback = loss?.kind === "setting" ? loss.value.span : decl.name.span;
  const byCut = new Map<Value | undefined, VariableSpec[]>();
  for (const { spec, cut } of found) byCut.set(cut, [...(byCut.get(cut) ?? []), spec]);
  return [...byCut].map(([cut, specs]) => {
    const paths = specs.map((s) => s.path);
    const declared = declarations(specs, root, files, decl.name.span);
    if (!cut) return warnings.outsideLoss({ at: fallback, paths, declared });
    const at = placeOf(cut, files) ?? fallback;
    return warnings.cutOff({ at, paths, why: reasonOf(cut), declared });
  });
}

function reasonOf({ type, op }: Value): string {
  if (!isFloat(type.dtype)) return "integers and booleans carry none";
  return `\`${op.name}\` has none`;
}
