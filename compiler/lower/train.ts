// Lowers a training run: the step with its gradients, the clipping, and the updates of the parameters.
import type { Setting, TrainDecl } from "../../grammar/ast.js";
import type { Context } from "../check/context.js";
import { isAbsent, memberOf, moduleScope } from "../check/instances.js";
import { floatOf, tensorOf, type GivenArg, type Instance, Scope } from "../check/meaning.js";
import { placesOf, type Place } from "../check/selectors.js";
import {
  evaluateAfter,
  evaluateStep,
  isMixed,
  optimizerOf,
  partsOf,
  settingsOf,
  type TrainParts,
} from "../check/training.js";
import { asTensor } from "../check/operators.js";
import { names, gradients, type Diagnostic } from "../diagnostics/index.js";
import type { Value } from "../ir/op.js";
import type { Entry, Output, Program, TrainStep, Update, VariableSpec } from "../ir/program.js";
import * as ops from "../ops/index.js";
import { alignedPair } from "../ops/build.js";
import type { Library, Unit } from "../resolve/modules.js";
import { int, symbol, type Dim } from "../types/dim.js";
import type { TensorType } from "../types/tensor.js";
import { pullback } from "../autodiff/pullback.js";
import { flatLength } from "./flat.js";
import { accumulationOf } from "./accumulation.js";
import { clipOf } from "./clip.js";
import { lossScale, MixedGraph, scalingNumbers, unscaled, whereFinite } from "./mixed.js";
import { concreteContext, type Manner } from "./concrete.js";
import { bindInputs, signatureOf, stateOutputs, type Bound } from "./entries.js";
import { instantiateRoot, type Sets } from "./root.js";
import { specsOf } from "./variables.js";

/** A training run in one graph: the model, the inputs, and what the lines say. */
export interface Run {
  readonly ctx: Context;
  readonly decl: TrainDecl;
  readonly unit: Unit;
  readonly parts: TrainParts;
  readonly net: Instance;
  readonly bound: Bound;
  /** The graph of the step where it is in mixed precision. */
  readonly mixed: MixedGraph | undefined;
}

/** A run in one graph: the model, its inputs, and what its lines say; undefined after a fault. */
export function openRun(
  library: Library,
  diagnostics: Diagnostic[],
  decl: TrainDecl,
  unit: Unit,
  sets: Sets,
  isTraining: boolean,
  manner: Manner = {},
): Run | undefined {
  const ctx = concreteContext(library, diagnostics, isTraining, manner);
  const parts = partsOf(ctx, decl, unit);
  const mixed = isMixed(ctx, parts.settings.get("precision")) ? new MixedGraph() : undefined;
  if (mixed) ctx.graph = mixed;
  const net = parts.net && instantiateRoot(ctx, parts.net.model, sets);
  if (!parts.net || !net) return undefined;
  const outer = new Scope(moduleScope(ctx, unit));
  outer.bind(parts.net.name, { kind: "instance", instance: net }, parts.net.span);
  ctx.guarded = net;
  const params = decl.params.filter((p) => p.annotation?.kind !== "layer-type");
  const bound = bindInputs(ctx, { name: decl.name, params, where: decl.where }, outer);
  return bound && { ctx, decl, unit, parts, net, bound, mixed };
}

/** The loss without an update, as the entry `NAME.loss`: for held-out data. */
export function lowerLoss(
  library: Library,
  diagnostics: Diagnostic[],
  decl: TrainDecl,
  unit: Unit,
  sets: Sets,
): Entry | undefined {
  const run = openRun(library, diagnostics, decl, unit, sets, false);
  const step = run && evaluateStep(run.ctx, run.bound.scope, run.parts);
  if (!run || !step) return undefined;
  const outputs = resultsOf(step);
  return {
    name: `${decl.name.name}.loss`,
    signature: signature(run),
    program: { graph: run.ctx.graph, outputs },
  };
}

const resultsOf = (step: NonNullable<ReturnType<typeof evaluateStep>>): Output[] => [
  { name: "loss", role: "result", value: step.loss },
  ...step.metrics.map(({ name, value }) => ({ name, role: "result" as const, value })),
];

const signature = ({ ctx, bound }: Run): Entry["signature"] =>
  signatureOf(ctx, bound.inputs, bound.facts);

/** The whole step; undefined after a fault. */
export function lowerTrain(
  library: Library,
  diagnostics: Diagnostic[],
  decl: TrainDecl,
  unit: Unit,
  sets: Sets,
): TrainStep | undefined {
  const run = openRun(library, diagnostics, decl, unit, sets, true);
  if (!run) return undefined;
  const step = evaluateStep(run.ctx, run.bound.scope, run.parts);
  if (!step) return undefined;
  const { ctx, mixed } = run;
  const places = placesOf(ctx, run.net);
  const specs = specsOf(ctx, run.net, places);
  if (!specs) return undefined;
  if (mixed) mixed.isForward = false;
  const learned = gradientsOf(run, specs, step.loss);
  if (!learned) return undefined;
  if (!evaluateAfter(ctx, run.bound.scope, run.parts)) return undefined;
  const updates = updatesOf(run, places, learned.reached);
  if (!updates) return undefined;
  const clip = clipOf({
    ctx,
    scope: run.bound.scope,
    setting: run.parts.settings.get("clip_norm"),
    isMixed: mixed !== undefined,
  });
  const count = microBatches(run);
  return {
    name: decl.name.name,
    signature: signature(run),
    program: {
      graph: ctx.graph,
      outputs: [...resultsOf(step), ...learned.outputs, ...stateOutputs(ctx)],
    },
    updates: updates.updates,
    moments: updates.moments,
    ...(mixed ? { numbers: scalingNumbers } : {}),
    ...(count > 1 ? { accumulation: accumulationOf(count) } : {}),
    ...(clip ? { clip } : {}),
  };
}

/** The parameters that the loss depends on, with their gradients, which `slope` in `after` reads; undefined after a fault. */
function gradientsOf(
  run: Run,
  specs: readonly VariableSpec[],
  loss: Value,
): { readonly reached: readonly VariableSpec[]; readonly outputs: readonly Output[] } | undefined {
  const { ctx, parts, decl } = run;
  const trained = specs.filter((s) => s.isTrainable && ctx.leaves.has(`parameter ${s.path}`));
  const wrt = trained.flatMap((s) => ctx.leaves.get(`parameter ${s.path}`) ?? []);
  const scale = run.mixed && lossScale(run.mixed);
  const cotangents = pullback(loss, scale ?? ops.fillLike(loss, 1), wrt);
  const reached = trained.filter((_, i) => cotangents[i]);
  if (reached.length === 0) {
    ctx.report(
      gradients.nothingTrained({ at: parts.settings.get("loss")?.span ?? decl.name.span }),
    );
    return undefined;
  }
  if (refusesIdleAdapters(run, specs, reached, loss) || refusesHalves(run, reached))
    return undefined;
  ctx.slopes = slopesOf(
    wrt,
    cotangents.map((g) => (g && scale ? unscaled(g, scale) : g)),
  );
  const outputs = trained.flatMap((s, i): Output[] => {
    const value = cotangents[i];
    return value ? [{ name: s.path, role: "gradient", value }] : [];
  });
  if (scale) outputs.push({ name: "loss_scale", role: "result", value: scale });
  return { reached, outputs };
}

/** Updates of halves would mostly vanish: what is trained is float32. */
function refusesHalves({ ctx, decl }: Run, reached: readonly VariableSpec[]): boolean {
  const [first] = reached.filter(({ dtype }) => dtype !== "f32");
  if (!first) return false;
  const remedy = "keep it in f32, and write `precision = mixed(f16)` to compute with halves";
  const what = `training \`${first.path}\`, whose numbers are halves (${remedy})`;
  ctx.report(names.unsupported({ what, at: first.span ?? decl.name.span }));
  return true;
}

/** The cotangent of each leaf that has one. */
const slopesOf = (
  wrt: readonly Value[],
  cotangents: readonly (Value | null)[],
): ReadonlyMap<Value, Value> =>
  new Map(
    wrt.flatMap((leaf, i) => {
      const cotangent = cotangents[i];
      return cotangent ? [[leaf, cotangent] as const] : [];
    }),
  );

const layerOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf(".")));

/** The paths of layers whose own parameters and states a value is computed from. */
function layersBehind(
  ctx: Context,
  specs: readonly VariableSpec[],
  value: Value,
): ReadonlySet<string> {
  const seen = new Set([value]);
  for (const next of seen) for (const operand of next.operands) seen.add(operand);
  const isRead = ({ role, path }: VariableSpec): boolean => {
    const leaf = ctx.leaves.get(`${role} ${path}`);
    return leaf !== undefined && seen.has(leaf);
  };
  return new Set(specs.filter(isRead).map(({ path }) => layerOf(path)));
}

/** An adapter that learns nothing is a mistake that nobody sees otherwise. */
function refusesIdleAdapters(
  { ctx, parts, decl }: Run,
  specs: readonly VariableSpec[],
  reached: readonly VariableSpec[],
  loss: Value,
): boolean {
  const added = specs.filter((s) => s.isTrainable && s.isAdded === true && !reached.includes(s));
  // A run need not call every layer that is adapted; what it calls must learn.
  const called = added.length === 0 ? new Set() : layersBehind(ctx, specs, loss);
  const idle = added.filter(({ path }) => called.has(layerOf(path)));
  if (idle.length === 0) return false;
  const at = parts.settings.get("loss")?.span ?? decl.name.span;
  ctx.report(gradients.adapterUnreached({ at, paths: idle.map(({ path }) => path) }));
  return true;
}

/** How many micro-batches one update is for. */
function microBatches({ ctx, bound, parts }: Run): number {
  const setting = parts.settings.get("accumulate");
  const count = setting && ctx.evaluate(bound.scope, setting.value);
  return count?.kind === "number" ? (floatOf(count) ?? 1) : 1;
}

// --------------------------------------------------------------------- updates

interface Updates {
  readonly updates: readonly Update[];
  readonly moments: TrainStep["moments"];
}

/** Parameters with the same settings share one update over all of them, where the rule is elementwise. */
function updatesOf(
  run: Run,
  places: readonly Place[],
  trained: readonly VariableSpec[],
): Updates | undefined {
  const settings = settingsOf(run.ctx, run.unit, run.net, places, run.parts.groups);
  const groups = new Map<
    string,
    { readonly settings: readonly Setting[]; readonly specs: VariableSpec[] }
  >();
  for (const spec of trained) {
    const own = settings.get(spec.path) ?? [];
    const key = own.map((s) => String(s.span.start)).join();
    const group = groups.get(key) ?? { settings: own, specs: [] };
    group.specs.push(spec);
    groups.set(key, group);
  }
  const updates: Update[] = [];
  const moments = new Map<string, number>();
  for (const group of groups.values()) {
    const flat = flatUpdate(run, group.settings, group.specs, moments);
    if (flat === "fault") return undefined;
    if (flat) updates.push(flat);
    else
      for (const spec of group.specs) {
        const own = ownUpdate(run, group.settings, spec, moments);
        if (!own) return undefined;
        updates.push(own);
      }
  }
  return { updates, moments: [...moments].map(([name, start]) => ({ name, start })) };
}

/** One update over the flat arena of several parameters; undefined when the rule looks beyond one element. */
function flatUpdate(
  run: Run,
  settings: readonly Setting[],
  specs: readonly VariableSpec[],
  moments: Map<string, number>,
): Update | "fault" | undefined {
  const length = flatLength();
  const program = updateProgram(run, settings, [symbol(length)], moments);
  if (!program) return "fault";
  if (!isElementwise(program)) return undefined;
  return { parameters: specs.map((s) => s.path), isFlat: true, length, program };
}

function ownUpdate(
  run: Run,
  settings: readonly Setting[],
  spec: VariableSpec,
  moments: Map<string, number>,
): Update | undefined {
  const program = updateProgram(run, settings, spec.shape.map(int), moments);
  return program && { parameters: [spec.path], isFlat: false, program };
}

/** Whether every element of the results depends only on the same element of the operands, and on scalars. */
const isElementwise = ({ graph }: Program): boolean =>
  graph.values.every(({ op, operands }) => {
    if (op.lower.kind === "pointwise" || op.lower.kind === "leaf") return true;
    return op.lower.kind === "view" && operands.every((v) => v.type.shape.length === 0);
  });

/** The optimizer's rule for a parameter of the given shape. */
function updateProgram(
  run: Run,
  settings: readonly Setting[],
  shape: readonly Dim[],
  moments: Map<string, number>,
): Program | undefined {
  const ctx = concreteContext(run.ctx.library, run.ctx.diagnostics, true);
  ctx.float = "f32";
  const type: TensorType = { dtype: "f32", shape };
  const optimizer = optimizerOf(ctx, moduleScope(ctx, run.unit), run.parts, settings);
  if (!optimizer) return undefined;
  optimizer.scope.bind("param", { kind: "type", dtype: "f32", shape });
  const at = optimizer.span;
  const leafOf = (name: string, role: "parameter" | "input"): GivenArg => ({
    span: at,
    meaning: tensorOf(ctx.leaf({ name, role, ...type })),
  });
  const step = ctx.leaf({ name: "step", role: "scalar", dtype: "i32", shape: [] });
  const g = leafOf("g", "input");
  const clipped = run.mixed || run.parts.settings.has("clip_norm") ? scaled(ctx, g) : g;
  for (const member of optimizer.decl.members) {
    if (member.kind === "state" && !isAbsent(ctx, optimizer, member))
      moments.set(member.name.name, startOf(ctx, optimizer, member.name.name));
  }
  const update = memberOf(ctx, optimizer, "update", at);
  const next = ctx.apply(
    update,
    [leafOf("p", "parameter"), clipped, { span: at, meaning: tensorOf(step) }],
    at,
  );
  const value = next.kind === "unknown" ? undefined : asTensor(ctx, next, "f32", at);
  if (!value) return undefined;
  const outputs: readonly Output[] = [
    { name: "p", role: "parameter", value },
    ...stateOutputs(ctx),
  ];
  const kept = outputs.map((output) => {
    const before = run.mixed && ctx.leaves.get(`${output.role} ${output.name}`);
    return before ? { ...output, value: whereFinite(ctx, output.value, before) } : output;
  });
  return { graph: ctx.graph, outputs: kept };
}

/** The gradient times the factor that was found over all of them. */
function scaled(ctx: Context, g: GivenArg): GivenArg {
  if (g.meaning?.kind !== "tensor") return g;
  const scale = ctx.leaf({ name: "scale", role: "scalar", dtype: "f32", shape: [] });
  return { span: g.span, meaning: tensorOf(ops.mul(...alignedPair(g.meaning.value, scale))) };
}

/** Moments start as one number: zeros, ones or a constant; anything else is refused. */
function startOf(ctx: Context, optimizer: Instance, name: string): number {
  const member = optimizer.decl.members.find((m) => m.kind === "state" && m.name.name === name);
  const init = member?.kind === "state" ? member.init : undefined;
  if (!init) return 0;
  if (init.kind === "name" && (init.name === "zeros" || init.name === "ones")) {
    return init.name === "ones" ? 1 : 0;
  }
  const value = ctx.evaluate(optimizer.scope, init);
  const start = value.kind === "number" ? floatOf(value) : undefined;
  if (start !== undefined) return start;
  const what = "an optimizer state that does not start as one number";
  ctx.report(names.unsupported({ what, at: init.span }));
  return 0;
}
