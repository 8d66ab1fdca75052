// Training declarations: which model, which loss, which optimizer with which settings for which parameters.
import type { Expr, Setting, TrainDecl, TrainLine } from "../../grammar/ast.js";
import type { Span } from "../../grammar/source.js";
import { gradients, names, nearest, training } from "../diagnostics/index.js";
import type { Value } from "../ir/op.js";
import type { Declared, Unit } from "../resolve/modules.js";
import { isFloat } from "../types/dtype.js";
import { bindSignature } from "./declarations.js";
import { genericInstance } from "./generic.js";
import { addedPlaces } from "./derived.js";
import { givenArgs } from "./arguments.js";
import type { Context } from "./context.js";
import { instantiate, moduleScope } from "./instances.js";
import {
  describe,
  floatOf,
  tensorOf,
  type GivenArg,
  type Instance,
  type Meaning,
  type NumberMeaning,
  Scope,
} from "./meaning.js";
import { asTensor } from "./operators.js";
import { execute } from "./statements.js";
import { frozenPaths, storagesOf } from "./storage.js";
import { parametersUnder, placesOf, select, type Place } from "./selectors.js";

type Group = TrainLine & { kind: "group" };

/** A train declaration with its lines sorted by what they say. */
export interface TrainParts {
  readonly settings: ReadonlyMap<string, Setting>;
  readonly groups: readonly Group[];
  readonly metrics: readonly Setting[];
  readonly lets: readonly TrainLine[];
  /** The parameter that is the model. */
  readonly net?: { readonly name: string; readonly model: Declared; readonly span: Span };
}

/** The settings of a training run. */
export const SETTINGS = ["loss", "optimizer", "clip_norm", "precision", "accumulate", "after"];

/** Sorts the lines; reports unknown settings and what is missing. */
export function partsOf(ctx: Context, decl: TrainDecl, unit: Unit): TrainParts {
  const net = netOf(ctx, decl, unit);
  return {
    settings: settingLines(ctx, decl),
    groups: decl.lines.filter((l): l is Group => l.kind === "group"),
    metrics: decl.lines.flatMap((l) => (l.kind === "metrics" ? l.settings : [])),
    lets: decl.lines.filter((l) => l.kind === "let" || l.kind === "var"),
    ...(net ? { net } : {}),
  };
}

function settingLines(ctx: Context, decl: TrainDecl): ReadonlyMap<string, Setting> {
  const settings = new Map<string, Setting>();
  // A misspelt setting is reported; that it is missing is the same mistake.
  const misspelt = new Set<string>();
  for (const line of decl.lines) {
    if (line.kind !== "setting") continue;
    const { name, span } = line.name;
    const first = settings.get(name)?.span;
    if (!SETTINGS.includes(name)) {
      const near = nearest(name, SETTINGS);
      for (const meant of near) misspelt.add(meant);
      ctx.report(training.unknownSetting({ name, at: span, near }));
    } else if (first) ctx.report(names.duplicateName({ name, at: span, first }));
    else settings.set(name, line);
  }
  for (const wanted of ["loss", "optimizer"]) {
    if (settings.has(wanted) || misspelt.has(wanted)) continue;
    ctx.report(training.missing({ what: wanted, at: decl.name.span }));
  }
  return settings;
}

/** The parameter whose type is a model. */
function netOf(ctx: Context, decl: TrainDecl, unit: Unit): TrainParts["net"] {
  const net = decl.params.find((p) => p.annotation?.kind === "layer-type");
  if (net?.annotation?.kind !== "layer-type") {
    ctx.report(training.missing({ what: "net", at: decl.name.span }));
    return undefined;
  }
  const { name, span } = net.annotation.name;
  const model = unit.names.get(name) ?? ctx.library.prelude.get(name);
  if (model && !["layer", "derived-model"].includes(model.item.kind)) {
    ctx.report(names.notAModel({ name, at: span, declared: model.item.name.span }));
    return undefined;
  }
  if (model) return { name: net.name.name, model, span: net.span };
  const near = nearest(name, unit.names.keys());
  if (!unit.refused.has(name))
    ctx.report(names.unknownName({ name, at: span, near, what: "model" }));
  return undefined;
}

/** Checks a training run for all sizes of its inputs and its model. */
export function checkTrain(ctx: Context, decl: TrainDecl, unit: Unit): void {
  const parts = partsOf(ctx, decl, unit);
  if (!parts.net) return;
  const net = genericInstance(ctx, parts.net.model, parts.net.span, "defaults");
  if (!net) return;
  const outer = new Scope(moduleScope(ctx, unit));
  outer.bind(parts.net.name, { kind: "instance", instance: net }, parts.net.span);
  ctx.guarded = net;
  const params = decl.params.filter((p) => p.annotation?.kind !== "layer-type");
  const { scope } = bindSignature(ctx, { params, where: decl.where }, outer);
  evaluateStep(ctx, scope, parts);
  evaluateAfter(ctx, scope, parts);
  checkNumbers(ctx, scope, parts);
  isMixed(ctx, parts.settings.get("precision"));
  refuseAfterParts(ctx, scope, parts);
  optimizerOf(ctx, scope, parts, []);
  const layers = placesOf(ctx, net);
  refuseTrainedCodes(ctx, decl, net, layers);
  const places = [...layers, ...addedPlaces(ctx, layers)];
  for (const group of parts.groups) {
    for (const selector of group.selectors)
      select(ctx, moduleScope(ctx, unit), net, places, selector);
    optimizerOf(ctx, scope, parts, group.settings);
  }
}

/** Codes have no gradient: what is quantized has to be frozen. */
function refuseTrainedCodes(
  ctx: Context,
  decl: TrainDecl,
  net: Instance,
  places: readonly Place[],
): void {
  const stored = storagesOf(ctx, net);
  if (stored.size === 0) return;
  const frozen = frozenPaths(ctx, net, places);
  const trained = [...stored].filter(([path]) => !frozen.has(path));
  const [first] = trained;
  if (!first) return;
  const [, { at, storage }] = first;
  const paths = trained.map(([path]) => path);
  ctx.report(training.quantizedTrained({ at, format: storage.format, paths, run: decl.name }));
}

/** Settings that are one static number. */
function checkNumbers(ctx: Context, scope: Scope, { settings }: TrainParts): void {
  const check = (name: string, expected: string, fits: (n: NumberMeaning) => boolean): void => {
    const value = settings.get(name)?.value;
    const meaning = value && ctx.evaluate(scope, value);
    if (!meaning || meaning.kind === "unknown") return;
    if (meaning.kind !== "number" || !fits(meaning))
      ctx.report(training.badValue({ name, at: value.span, expected }));
  };
  check("clip_norm", "a positive number", (n) => (floatOf(n) ?? 1) > 0);
  check("accumulate", "a whole number of at least 1", (n) => (floatOf(n) ?? 0) >= 1 && !!n.dim);
}

/** Whether a run computes in mixed precision; reports what `precision` cannot be. */
export function isMixed(ctx: Context, setting: Setting | undefined): boolean {
  if (!setting) return false;
  const { value } = setting;
  const nameOf = (node: typeof value): string => (node.kind === "name" ? node.name : "");
  if (nameOf(value) === "f32") return false;
  const argument = value.kind === "call" && nameOf(value.callee) === "mixed" ? value.args : [];
  const [only] = argument;
  if (argument.length === 1 && only && !only.name && nameOf(only.value) === "f16") return true;
  const expected = "`f32` or `mixed(f16)`";
  ctx.report(training.badValue({ name: "precision", at: value.span, expected }));
  return false;
}

/** The program of a step, `after` included, runs for each micro-batch, and sees the gradients of that one alone. */
function refuseAfterParts(ctx: Context, scope: Scope, { settings }: TrainParts): void {
  const [count, after] = [settings.get("accumulate"), settings.get("after")];
  if (!count || !after) return;
  const meaning = ctx.evaluate(scope, count.value);
  if (meaning.kind !== "number" || floatOf(meaning) === 1) return;
  const what = "`after` in a run that accumulates the gradients of several micro-batches";
  ctx.report(names.unsupported({ what, at: after.name.span }));
}

/** The loss and the metrics of a step. */
export interface StepValues {
  readonly loss: Value;
  readonly metrics: readonly { readonly name: string; readonly value: Value }[];
}

/** Evaluates lets, loss and metrics; undefined after a fault. */
export function evaluateStep(
  ctx: Context,
  scope: Scope,
  parts: TrainParts,
): StepValues | undefined {
  for (const line of parts.lets)
    if (line.kind === "let" || line.kind === "var") execute(ctx, scope, line);
  const written = parts.settings.get("loss");
  const loss = written && scalar(ctx, scope, written.value, "the loss");
  const metrics = parts.metrics.flatMap(({ name, value }) => {
    const metric = asMetric(ctx, ctx.evaluate(scope, value), name.name, value);
    return metric ? [{ name: name.name, value: metric }] : [];
  });
  return loss && { loss, metrics };
}

/** What is done once the gradients of a step are known, for the states that it writes; false after a fault. */
export function evaluateAfter(ctx: Context, scope: Scope, { settings }: TrainParts): boolean {
  const after = settings.get("after");
  if (!after) return true;
  const inner = new Scope(scope);
  const step = ctx.leaf({ name: "step", role: "scalar", dtype: "i32", shape: [] });
  inner.bind("step", tensorOf(step), after.span);
  return ctx.evaluate(inner, after.value).kind !== "unknown";
}

/** A metric is one number of any element type. */
function asMetric(ctx: Context, meaning: Meaning, name: string, expr: Expr): Value | undefined {
  const value =
    meaning.kind === "unknown" ? undefined : asTensor(ctx, meaning, ctx.float, expr.span);
  if (!value || value.type.shape.length === 0) return value;
  ctx.report(training.metricWithAxes({ at: expr.span, name, type: value.type }));
  return undefined;
}

function scalar(ctx: Context, scope: Scope, expr: Expr, what: string): Value | undefined {
  const meaning = ctx.evaluate(scope, expr);
  const value =
    meaning.kind === "unknown" ? undefined : asTensor(ctx, meaning, ctx.float, expr.span);
  if (!value) return undefined;
  if (value.type.shape.length === 0 && isFloat(value.type.dtype)) return value;
  ctx.report(gradients.nonScalar({ at: expr.span, type: value.type, what }));
  return undefined;
}

/** The optimizer with some of its arguments overridden, as a `group` does. */
export function optimizerOf(
  ctx: Context,
  scope: Scope,
  parts: TrainParts,
  overrides: readonly Setting[],
): Instance | undefined {
  const written = parts.settings.get("optimizer")?.value;
  if (!written) return undefined;
  const callee = ctx.evaluate(scope, written.kind === "call" ? written.callee : written);
  if (callee.kind !== "callable" || callee.callable.kind !== "optimizer") {
    if (callee.kind !== "unknown")
      ctx.report(
        names.wrongKind({ at: written.span, expected: "an optimizer", found: describe(callee) }),
      );
    return undefined;
  }
  const { statics } = callee.callable.decl;
  const own = written.kind === "call" ? givenArgs(scope, written.args) : [];
  const isOverridden = (arg: GivenArg, i: number): boolean =>
    overrides.some((o) => o.name.name === (arg.name?.name ?? statics[i]?.name.name));
  // Positional arguments keep their place even where one is overridden.
  const named = own.map((arg, i): GivenArg => {
    const name = arg.name ?? statics[i]?.name;
    return name ? { ...arg, name } : arg;
  });
  const kept = named.filter((arg, i) => !isOverridden(arg, i));
  const added = overrides.map(({ name, value, span }): GivenArg => ({
    name,
    span,
    expr: { node: value, scope },
  }));
  return instantiate(ctx, callee.callable, [...kept, ...added], written.span);
}

/** Which settings apply to each parameter: those of every group that selects it, later groups winning. */
export function settingsOf(
  ctx: Context,
  unit: Unit,
  net: Instance,
  places: readonly Place[],
  groups: readonly Group[],
): Map<string, readonly Setting[]> {
  const result = new Map<string, readonly Setting[]>();
  for (const group of groups) {
    const selected = group.selectors.flatMap((s) =>
      select(ctx, moduleScope(ctx, unit), net, places, s),
    );
    for (const place of parametersUnder(places, selected)) {
      const path = place.path.join(".");
      const before = (result.get(path) ?? []).filter(
        (s) => !group.settings.some((n) => n.name.name === s.name.name),
      );
      result.set(path, [...before, ...group.settings]);
    }
  }
  return result;
}
