// What is looked at: the entries and training runs of each model of a file, lowered at small depth.
import type { FnDecl, LayerDecl, TrainDecl } from "../../grammar/ast.js";
import { isTensorParam } from "../check/arguments.js";
import type { Context } from "../check/context.js";
import { baseLayer } from "../check/generic.js";
import { moduleScope } from "../check/instances.js";
import type { Instance, Scope } from "../check/meaning.js";
import { placesOf, type Place } from "../check/selectors.js";
import { evaluateStep } from "../check/training.js";
import type { Diagnostic } from "../diagnostics/index.js";
import type { Value } from "../ir/op.js";
import type { LeafSpec, Output, VariableSpec } from "../ir/program.js";
import { concreteContext } from "../lower/concrete.js";
import { bindInputs, evaluateResults, stateOutputs } from "../lower/entries.js";
import { instantiateRoot, type Sets } from "../lower/root.js";
import { openRun } from "../lower/train.js";
import { specsOf } from "../lower/variables.js";
import type { Declared, Library, Unit } from "../resolve/modules.js";
import { settingsFor } from "./depth.js";

/** A model that can be lowered as it stands, with the settings at which it is looked at. */
export interface ModelSubject {
  readonly declared: Declared;
  readonly decl: LayerDecl;
  /** The unit that declares the layer behind a derived model. */
  readonly unit: Unit;
  readonly sets: Sets;
}

/** One function or run in a graph. */
export interface Lowered {
  readonly name: string;
  readonly ctx: Context;
  readonly results: readonly Output[];
  readonly states: readonly Output[];
  /** Whether it would be another graph where `training` means the other. */
  readonly isOfTraining: boolean;
  /** The model that it is of, or that is trained. */
  readonly root?: Instance;
}

/** More layers, parameters and states than this are not looked at: a check is not to wait for it. */
const mostPlaces = 600;

/** The models of a file whose static arguments are known or can be chosen. */
export function modelsOf(library: Library, unit: Unit): readonly ModelSubject[] {
  return unit.module.items.flatMap((item): ModelSubject[] => {
    if (item.kind !== "layer" && item.kind !== "derived-model") return [];
    if (item.kind === "layer" && item.keyword !== "model") return [];
    const declared: Declared = { item, unit };
    const ctx = concreteContext(library, [], false);
    const base = baseLayer(ctx, declared);
    if (!base) return [];
    for (const sets of settingsFor(base.decl, base.unit)) {
      if (isFit(library, declared, sets))
        return [{ declared, decl: base.decl, unit: base.unit, sets }];
    }
    return [];
  });
}

/** Whether the model exists with these settings, and is not too large to look at. */
function isFit(library: Library, declared: Declared, sets: Sets): boolean {
  const faults: Diagnostic[] = [];
  const ctx = concreteContext(library, faults, false);
  const root = instantiateRoot(ctx, declared, sets);
  return root !== undefined && placesOf(ctx, root).length <= mostPlaces && faults.length === 0;
}

/** A function of a model; undefined where it cannot be lowered with these settings. */
export function lowerEntry(
  library: Library,
  { declared, sets }: Pick<ModelSubject, "declared" | "sets">,
  fn: FnDecl,
  isTraining: boolean,
): Lowered | undefined {
  const faults: Diagnostic[] = [];
  let isOfTraining = false;
  const asked = (): void => {
    isOfTraining = true;
  };
  const ctx = concreteContext(library, faults, isTraining, { asked, isSpelled: true });
  const root = instantiateRoot(ctx, declared, sets);
  const lowered = root && lowerFn(ctx, faults, fn, root.scope, root);
  return lowered && { ...lowered, isOfTraining };
}

/** A function of the top level whose static arguments all have defaults. */
export function lowerFunction(library: Library, unit: Unit, fn: FnDecl): Lowered | undefined {
  const faults: Diagnostic[] = [];
  const ctx = concreteContext(library, faults, true, { isSpelled: true });
  const statics = fn.params.filter((p) => !isTensorParam(p));
  const isPlain =
    fn.params.some(isTensorParam) &&
    fn.result?.kind !== "like" &&
    statics.every((p) => p.value !== undefined);
  return isPlain ? lowerFn(ctx, faults, fn, moduleScope(ctx, unit), undefined) : undefined;
}

function lowerFn(
  ctx: Context,
  faults: readonly Diagnostic[],
  fn: FnDecl,
  scope: Scope,
  root: Instance | undefined,
): Lowered | undefined {
  const bound = bindInputs(ctx, fn, scope);
  const results = bound && evaluateResults(ctx, fn, bound, scope, root);
  if (!results || faults.some((d) => d.severity === "error")) return undefined;
  const states = stateOutputs(ctx);
  return {
    name: fn.name.name,
    ctx,
    results,
    states,
    isOfTraining: true,
    ...(root ? { root } : {}),
  };
}

/** A training run in a graph, with its parameters and its loss. */
export interface LoweredRun extends Lowered {
  readonly decl: TrainDecl;
  readonly model: Declared;
  readonly sets: Sets;
  readonly loss: Value;
  readonly root: Instance;
  readonly places: readonly Place[];
  readonly specs: readonly VariableSpec[];
}

/** A training run; undefined where it cannot be lowered with the settings of its model. */
export function lowerRun(
  library: Library,
  unit: Unit,
  decl: TrainDecl,
  sets: Sets,
): LoweredRun | undefined {
  const faults: Diagnostic[] = [];
  const run = openRun(library, faults, decl, unit, sets, true, { isSpelled: true });
  const step = run && evaluateStep(run.ctx, run.bound.scope, run.parts);
  const model = run?.parts.net?.model;
  if (!run || !step || !model) return undefined;
  const { ctx, net } = run;
  const places = placesOf(ctx, net);
  const specs = specsOf(ctx, net, places);
  if (!specs || faults.some((d) => d.severity === "error")) return undefined;
  return {
    name: decl.name.name,
    decl,
    model,
    sets,
    ctx,
    loss: step.loss,
    results: [{ name: "loss", role: "result", value: step.loss }],
    states: stateOutputs(ctx),
    isOfTraining: true,
    root: net,
    places,
    specs,
  };
}

/** The model that a run trains, by its name in the file of the run. */
export function modelNameOf(decl: TrainDecl): string | undefined {
  const type = decl.params.find((p) => p.annotation?.kind === "layer-type")?.annotation;
  return type?.kind === "layer-type" ? type.name.name : undefined;
}

/** What a leaf stands for; undefined for any other value. */
export const leafSpec = (value: Value): LeafSpec | undefined =>
  value.op.lower.kind === "leaf" ? (value.attrs as LeafSpec) : undefined;
