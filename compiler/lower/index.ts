// Lowers what was asked for to programs: entries, gradients, initialisation, training steps.
import type { FnDecl, TrainDecl } from "../../grammar/ast.js";
import { pullbackAll } from "../autodiff/pullback.js";
import type { Context } from "../check/context.js";
import { fillingPhases } from "../check/initial-order.js";
import { moduleScope } from "../check/instances.js";
import { type GivenArg, type Instance, type Scope } from "../check/meaning.js";
import { placesOf, type Place } from "../check/selectors.js";
import { gradients, names, nearest, type Diagnostic } from "../diagnostics/index.js";
import type { Compiled, Entry, LeafSpec, Output, Program, VariableSpec } from "../ir/program.js";
import { castTo } from "../ops/build.js";
import { fillLike, leafOf } from "../ops/index.js";
import { InternalError } from "../ir/internal-error.js";
import type { Value } from "../ir/op.js";
import { again, rewrite } from "../ir/rewrite.js";
import { verify } from "../ir/verify.js";
import { optimize } from "../passes/index.js";
import type { Declared, Library, Unit } from "../resolve/modules.js";
import { isFloat, type Dtype } from "../types/dtype.js";
import { adaptersOf } from "./adapters.js";
import { concreteContext } from "./concrete.js";
import { bindInputs, evaluateResults, signatureOf, stateOutputs } from "./entries.js";
import { givenSets, instantiateRoot, modelNamed, refuseName, type Sets } from "./root.js";
import { mergeEntry, mergeOf } from "./merge.js";
import { lowerLoss, lowerTrain } from "./train.js";
import { fillOutputs, specsOf } from "./variables.js";

export { mergeEntry };

/** What to lower of a file. */
export interface LowerOptions {
  /** The model to build. */
  readonly model?: string;
  /** A top-level function to build instead. */
  readonly fn?: string;
  readonly sets?: Sets;
  /** Entries wanted; all functions of the model where absent. */
  readonly entries?: readonly string[];
  /** Whether `training` holds in the entries. */
  readonly isTraining?: boolean;
  /** Also the vector-Jacobian product of each entry, as `NAME.grad`. */
  readonly withGradients?: boolean;
  /** Also the entry `mergeEntry`: what takes the place of the base's tensors when adapters are folded in, by path. */
  readonly withMerge?: boolean;
  /** Builds a model without what `adapt` lines put around its layers: its base. */
  readonly withoutAdapters?: boolean;
  /** Builds a model without its `quantize` lines: all of its parameters as floats. */
  readonly withoutCodes?: boolean;
  /** Whether the graph is verified after every pass. */
  readonly isVerified?: boolean;
  /** Train declarations to lower; their model is built where `model` is absent. */
  readonly runs?: readonly string[];
}

/** Lowers; undefined after a fault, which is among the diagnostics. */
export function lower(
  library: Library,
  unit: Unit,
  options: LowerOptions,
  diagnostics: Diagnostic[],
): Compiled | undefined {
  const before = diagnostics.length;
  const compiled = new Lowering(library, unit, options, diagnostics).run();
  return diagnostics.slice(before).some((d) => d.severity === "error") ? undefined : compiled;
}

class Lowering {
  private readonly library: Library;
  private readonly unit: Unit;
  private readonly options: LowerOptions;
  private readonly diagnostics: Diagnostic[];
  private readonly sets: Sets;

  constructor(library: Library, unit: Unit, options: LowerOptions, diagnostics: Diagnostic[]) {
    this.library = library;
    this.unit = unit;
    this.options = options;
    this.diagnostics = diagnostics;
    this.sets = options.sets ?? {};
  }

  run(): Compiled | undefined {
    return this.options.fn === undefined ? this.runModel() : this.runFunction(this.options.fn);
  }

  private context(training = this.options.isTraining === true): Context {
    const isBare = this.options.withoutAdapters === true;
    const isFloat = this.options.withoutCodes === true;
    return concreteContext(this.library, this.diagnostics, training, { isBare, isFloat });
  }

  // ------------------------------------------------------------------ functions

  private runFunction(name: string): Compiled | undefined {
    const declared = this.unit.names.get(name) ?? this.library.prelude.get(name);
    const ctx = this.context();
    if (declared?.item.kind !== "fn") {
      refuseName(ctx, this.unit, name, { what: "function", kinds: ["fn"] });
      return undefined;
    }
    const { item } = declared;
    const statics = givenSets(
      ctx,
      item.params.filter((p) => p.annotation?.kind !== "tensor-type"),
      this.sets,
      declared,
    );
    if (!statics) return undefined;
    const make = (inner: Context): Target => ({
      decl: item,
      scope: moduleScope(inner, declared.unit),
      statics,
      places: [],
    });
    const entries = this.entriesOf(name, make);
    return { name, variables: [], entries, init: [], steps: [] };
  }

  // --------------------------------------------------------------------- models

  private runModel(): Compiled | undefined {
    const ctx = this.context();
    const runs = (this.options.runs ?? []).flatMap((name) => this.trainNamed(ctx, name) ?? []);
    const name = this.options.model ?? modelOf(runs[0]);
    if (name === undefined || this.hasErrors()) return undefined;
    const declared = modelNamed(ctx, this.unit, name);
    const root = declared && instantiateRoot(ctx, declared, this.sets);
    if (!declared || !root) return undefined;
    const places = placesOf(ctx, root);
    const variables = specsOf(ctx, root, places);
    if (!variables) return undefined;
    const entries = functionsOf(root).flatMap((fn) => this.modelEntry(declared, fn));
    this.refuseUnknownEntries(ctx, root, declared);
    const steps = runs.flatMap(
      (run) => lowerTrain(this.library, this.diagnostics, run, this.unit, this.sets) ?? [],
    );
    const losses = runs.flatMap(
      (run) => lowerLoss(this.library, this.diagnostics, run, this.unit, this.sets) ?? [],
    );
    return {
      name,
      variables,
      adapters: adaptersOf(ctx, places, variables),
      entries: [
        ...entries,
        ...this.merged(declared),
        ...losses.map((e) => ({ ...e, program: this.optimized(e.program) })),
      ],
      init: this.initOf(declared, variables),
      steps: steps.map((s) => ({
        ...s,
        program: this.optimized(s.program),
        updates: s.updates.map((u) => ({ ...u, program: this.optimized(u.program) })),
      })),
    };
  }

  private merged(declared: Declared): readonly Entry[] {
    if (this.options.withMerge !== true) return [];
    const entry = mergeOf(this.context(false), declared, this.sets);
    return entry ? [{ ...entry, program: this.optimized(entry.program) }] : [];
  }

  /** Runs the passes, and where asked to holds what every one of them leaves against the rules of the graph. */
  private optimized(program: Program): Program {
    if (this.options.isVerified !== true) return optimize(program);
    return optimize(program, ({ name }, result) => {
      // Equalities that facts proved before the passes cannot be proved again without them.
      const [fault] = verify(result, () => true);
      if (fault !== undefined) throw new InternalError(`after the pass "${name}": ${fault}`);
    });
  }

  private hasErrors(): boolean {
    return this.diagnostics.some((d) => d.severity === "error");
  }

  private trainNamed(ctx: Context, name: string): TrainDecl | undefined {
    const item = this.unit.names.get(name)?.item;
    if (item?.kind === "train") return item;
    refuseName(ctx, this.unit, name, { what: "train declaration", kinds: ["train"] });
    return undefined;
  }

  private refuseUnknownEntries(ctx: Context, root: Instance, declared: Declared): void {
    const known = functionsOf(root).map((f) => f.name.name);
    for (const wanted of this.options.entries ?? []) {
      if (known.includes(wanted)) continue;
      const { name } = declared.item;
      ctx.report(
        names.unknownMember({
          name: wanted,
          of: `\`${name.name}\``,
          at: name.span,
          near: nearest(wanted, known),
        }),
      );
    }
  }

  private modelEntry(declared: Declared, fn: FnDecl): readonly Entry[] {
    const { entries } = this.options;
    if (entries && !entries.includes(fn.name.name)) return [];
    return this.entriesOf(fn.name.name, (ctx) => {
      const root = instantiateRoot(ctx, declared, this.sets);
      return (
        root && {
          decl: fn,
          scope: root.scope,
          statics: [],
          self: root,
          places: placesOf(ctx, root),
        }
      );
    });
  }

  /** Initialisers compute in f32 and fill halves with what floats would start as, rounded once. */
  private initOf(declared: Declared, variables: readonly VariableSpec[]): readonly Program[] {
    const ctx = this.context(false);
    ctx.float = "f32";
    const root = instantiateRoot(ctx, declared, this.sets);
    const outputs = root ? fillOutputs(ctx, placesOf(ctx, root)) : [];
    const phases = fillingPhases(ctx, outputs) ?? [];
    return phases
      .flatMap((phase) => partsOfPhase(phase, ctx.stored))
      .map((part) => this.optimized(filledAs(variables, { graph: ctx.graph, outputs: part })));
  }

  // -------------------------------------------------------------------- entries

  private entriesOf(name: string, make: (ctx: Context) => Target | undefined): readonly Entry[] {
    const forward = this.lowerEntry(name, make, false);
    const backward = this.options.withGradients ? this.lowerEntry(name, make, true) : undefined;
    return [forward, backward].flatMap((e) => e ?? []);
  }

  private lowerEntry(
    name: string,
    make: (ctx: Context) => Target | undefined,
    isGradient: boolean,
  ): Entry | undefined {
    const ctx = this.context();
    const target = make(ctx);
    const bound = target && bindInputs(ctx, target.decl, target.scope, target.statics);
    const results = bound && evaluateResults(ctx, target.decl, bound, target.scope, target.self);
    if (!target || !bound || !results) return undefined;
    if (!isGradient) {
      const signature = signatureOf(ctx, bound.inputs, bound.facts);
      return {
        name,
        signature,
        program: this.optimized({ graph: ctx.graph, outputs: [...results, ...stateOutputs(ctx)] }),
      };
    }
    const specs = target.self ? (specsOf(ctx, target.self, target.places) ?? []) : [];
    const { outputs, seeds } = differentiate(ctx, results, specs);
    const signature = signatureOf(ctx, [...bound.inputs, ...seeds], bound.facts);
    if (outputs.length === 0) ctx.report(gradients.nothingTrained({ at: target.decl.name.span }));
    return {
      name: `${name}.grad`,
      signature,
      program: this.optimized({ graph: ctx.graph, outputs }),
    };
  }
}

/** The program with what it reads and fills in the dtypes that variables have, where those were floats to it. */
function filledAs(variables: readonly VariableSpec[], program: Program): Program {
  const kept = variables.filter(({ dtype, storage }) => isFloat(dtype) && !storage);
  if (kept.every(({ dtype }) => dtype === "f32")) return program;
  const dtypes = new Map(kept.map(({ path, role, dtype }) => [`${role} ${path}`, dtype]));
  const own = ({ role, name }: Pick<LeafSpec | Output, "role" | "name">, value: Value): Dtype =>
    dtypes.get(`${role} ${name}`) ?? value.type.dtype;
  const outputs = program.outputs.map((o) => {
    return { ...o, value: castTo(o.value, own(o, o.value)) };
  });
  return rewrite({ ...program, outputs }, (value, operands, graph) => {
    if (value.op.lower.kind !== "leaf") return again(value, operands, graph);
    const spec = value.attrs as LeafSpec;
    return castTo(leafOf(graph, { ...spec, dtype: own(spec, value) }), value.type.dtype);
  });
}

/** What is coded is filled alone, so that only one such parameter is a tensor of floats at a time. */
const partsOfPhase = <T extends { readonly path: string }>(
  phase: readonly T[],
  stored: ReadonlyMap<string, unknown>,
): readonly (readonly T[])[] =>
  [
    phase.filter(({ path }) => !stored.has(path)),
    ...phase.filter(({ path }) => stored.has(path)).map((one) => [one]),
  ].filter((part) => part.length > 0);

/** A function to lower, in the context it belongs to. */
interface Target {
  readonly decl: FnDecl;
  readonly scope: Scope;
  readonly statics: readonly GivenArg[];
  readonly self?: Instance;
  readonly places: readonly Place[];
}

const functionsOf = (root: Instance): readonly FnDecl[] =>
  root.decl.members.filter((m): m is FnDecl => m.kind === "fn");

function modelOf(run: TrainDecl | undefined): string | undefined {
  const type = run?.params.find((p) => p.annotation?.kind === "layer-type")?.annotation;
  return type?.kind === "layer-type" ? type.name.name : undefined;
}

/** Gradients of the sum of `cotangent * result` for every trained parameter and float input. */
export function differentiate(
  ctx: Context,
  results: readonly Output[],
  specs: readonly VariableSpec[],
): { readonly outputs: readonly Output[]; readonly seeds: readonly LeafSpec[] } {
  const inputs = [...ctx.leaves.values()].filter((v) =>
    isWanted(v.attrs as LeafSpec, v.type.dtype, specs),
  );
  const floats = results.filter(({ value }) => isFloat(value.type.dtype));
  const seeds = floats.map(({ name, value }): LeafSpec => {
    const role = value.type.shape.length === 0 ? "scalar" : "input";
    return { name: `cotangents.${name}`, role, ...value.type };
  });
  const values = floats.map((r) => r.value);
  const totals = pullbackAll(
    values,
    seeds.map((spec) => ctx.leaf(spec)),
    inputs,
  );
  const outputs = inputs.map((leaf, i): Output => {
    const spec = leaf.attrs as LeafSpec;
    const name = spec.role === "parameter" ? spec.name : `inputs.${spec.name}`;
    return { name, role: "gradient", value: totals[i] ?? fillLike(leaf, 0) };
  });
  return { outputs, seeds };
}

/** Parameters that are trained, and float inputs. */
function isWanted(
  spec: LeafSpec,
  dtype: LeafSpec["dtype"],
  specs: readonly VariableSpec[],
): boolean {
  if (!isFloat(dtype) || spec.role === "state") return false;
  return spec.role !== "parameter" || specs.some((s) => s.path === spec.name && s.isTrainable);
}
