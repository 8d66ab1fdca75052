// Parameters that are trained, and that no gradient of the loss reaches.
import type { Expr, FnDecl, TrainDecl } from "../../grammar/ast.js";
import { isExpr, visit } from "../../grammar/walk.js";
import { pullback, pullOne } from "../autodiff/pullback.js";
import { warnings, type Diagnostic } from "../diagnostics/index.js";
import type { Value } from "../ir/op.js";
import type { VariableSpec } from "../ir/program.js";
import { upstream } from "../ir/topology.js";
import { fillLike } from "../ops/broadcast.js";
import { isFloat } from "../types/dtype.js";
import type { Library } from "../resolve/modules.js";
import { leafSpec, lowerEntry, type LoweredRun } from "./subject.js";
import { kindOf, readBy } from "./unread.js";
import { declarations, placeOf, type Files } from "./where.js";

/** What a run trains in vain, and where the way of the gradient ends; without a place, the loss does not see it at all. */
export interface Untrained {
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

/**
 * What functions of the model read that a run does not call. To train a part of a model in one run is no mistake where the
 * rest has a use of its own.
 */
export function usedElsewhere(library: Library, run: LoweredRun): ReadonlySet<string> {
  const { model, sets, root, decl } = run;
  const called = calledBy(decl);
  const others = root.decl.members.filter(
    (m): m is FnDecl => m.kind === "fn" && !called.has(m.name.name),
  );
  const lowered = others.flatMap(
    (fn) => lowerEntry(library, { declared: model, sets }, fn, true) ?? [],
  );
  return new Set(lowered.flatMap(readBy));
}

/** The functions of its model that a run names; the model by itself is its `forward`. */
function calledBy(decl: TrainDecl): ReadonlySet<string> {
  const net = decl.params.find((p) => p.annotation?.kind === "layer-type")?.name.name;
  const called = new Set<string>();
  const members = new Set<Expr>();
  visit(decl, (node) => {
    if (!isExpr(node)) return;
    if (node.kind === "member" && node.object.kind === "name" && node.object.name === net) {
      called.add(node.name.name);
      members.add(node.object);
    } else if (node.kind === "name" && node.name === net && !members.has(node))
      called.add("forward");
  });
  return called;
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
  const pulled = pullOne(value, fillLike(value, 0));
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
