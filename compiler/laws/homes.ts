// The layer, adapter or optimizer that a function belongs to: for all static arguments, and for those that were drawn.
import type {
  AdapterDecl,
  DerivedModelDecl,
  FnDecl,
  LayerDecl,
  OptimizerDecl,
  Parameter,
} from "../../grammar/ast.js";
import type { Context } from "../check/context.js";
import { adapterInstance, genericAdapter, layerNamed } from "../check/derived.js";
import { baseLayer, bindGeneric } from "../check/generic.js";
import { instantiate, instantiateDerived, makeInstance, moduleScope } from "../check/instances.js";
import { type GivenArg, type Instance, Scope } from "../check/meaning.js";
import { assumed } from "../check/obligations.js";
import type { Unit } from "../resolve/modules.js";
import type { Fact } from "../types/constraints.js";
import { freshSym, int, symbol } from "../types/dim.js";
import type { Assignment, Variable } from "./subject.js";

/** A declaration with members. */
export type HomeDecl = LayerDecl | DerivedModelDecl | AdapterDecl | OptimizerDecl;

/** A layer that stands for all of its declaration. */
export interface GenericHome {
  readonly instance: Instance;
  /** Where its static arguments are bound. */
  readonly statics: Scope;
  readonly facts: readonly Fact[];
  /** Variables beside its static arguments. */
  readonly more: readonly Variable[];
}

/** Where functions live. */
export interface Home {
  readonly title: string;
  readonly kind: "layer" | "adapter" | "optimizer";
  readonly functions: readonly FnDecl[];
  /** The static parameters that are drawn. */
  readonly params: readonly Parameter[];
  generic(ctx: Context): GenericHome | undefined;
  /** The instance with static arguments that were drawn; undefined after a fault. */
  make(ctx: Context, args: readonly GivenArg[], assignment: Assignment): Instance | undefined;
}

/** The home that a declaration is; undefined where it has no layer behind it. */
export function homeOf(ctx: Context, unit: Unit, item: HomeDecl): Home | undefined {
  switch (item.kind) {
    case "layer":
      return layerHome(item, unit);
    case "derived-model":
      return derivedHome(ctx, item, unit);
    case "adapter":
      return adapterHome(ctx, item, unit);
    case "optimizer":
      return optimizerHome(item, unit);
  }
}

const functionsOf = ({ members }: Exclude<HomeDecl, DerivedModelDecl>): readonly FnDecl[] =>
  members.filter((m): m is FnDecl => m.kind === "fn");

function layerHome(decl: LayerDecl, unit: Unit): Home {
  return {
    title: `${decl.keyword} ${decl.name.name}`,
    kind: "layer",
    functions: functionsOf(decl),
    params: decl.statics,
    generic: (ctx) => genericLayer(ctx, decl, unit),
    make: (ctx, args) => instantiate(ctx, { kind: "layer", decl, unit }, args, decl.name.span),
  };
}

function genericLayer(ctx: Context, decl: LayerDecl, unit: Unit): GenericHome {
  const statics = new Scope(moduleScope(ctx, unit));
  bindGeneric(ctx, statics, decl.statics);
  const facts = assumed(ctx, decl.where, statics);
  ctx.facts = ctx.facts.with(facts);
  return { instance: makeInstance(ctx, decl, unit, statics, decl.span), statics, facts, more: [] };
}

function derivedHome(ctx: Context, decl: DerivedModelDecl, unit: Unit): Home | undefined {
  const base = baseLayer(ctx, { item: decl, unit });
  if (!base) return undefined;
  const isSet = ({ name }: Parameter): boolean => setsOf(decl, unit).has(name.name);
  return {
    title: `model ${decl.name.name}`,
    kind: "layer",
    functions: functionsOf(base.decl),
    params: base.decl.statics.filter((p) => !isSet(p)),
    generic: (inner) => genericLayer(inner, base.decl, base.unit),
    make: (inner, args) => {
      const at = decl.name.span;
      const made = instantiateDerived(inner, { kind: "derived", decl, unit }, args, at);
      return made.kind === "instance" ? made.instance : undefined;
    },
  };
}

/** Static arguments that a derived model and those it derives from set. */
function setsOf({ lines, base }: DerivedModelDecl, unit: Unit, depth = 0): ReadonlySet<string> {
  const own = lines.flatMap((line) => (line.kind === "set" ? [line.name.name] : []));
  const next = unit.names.get(base.name);
  if (next?.item.kind !== "derived-model" || depth > 32) return new Set(own);
  return new Set([...own, ...setsOf(next.item, next.unit, depth + 1)]);
}

function adapterHome(ctx: Context, decl: AdapterDecl, unit: Unit): Home | undefined {
  const on = layerNamed(moduleScope(ctx, unit), decl.on.layer.name);
  if (!on) return undefined;
  // The arguments of the layer are drawn under the names that the adapter gives them.
  const params = decl.on.params.flatMap((name, i): Parameter[] => {
    const param = on.decl.statics[i];
    return param ? [{ ...param, name }] : [];
  });
  return {
    title: `adapter ${decl.name.name}`,
    kind: "adapter",
    functions: functionsOf(decl),
    params: [...params, ...decl.statics],
    generic: (inner) => {
      const made = genericAdapter(inner, decl, unit, on);
      return made && { ...made, more: [] };
    },
    make: (inner, args) => {
      const given = (name: string): GivenArg | undefined => args.find((a) => a.name?.name === name);
      const ofLayer = decl.on.params.flatMap((name): GivenArg[] => {
        const arg = given(name.name);
        return arg?.meaning ? [{ span: arg.span, meaning: arg.meaning }] : [];
      });
      const span = decl.name.span;
      const base = instantiate(inner, on, ofLayer, span);
      if (!base) return undefined;
      const statics = new Scope(moduleScope(inner, unit));
      for (const name of decl.on.params) {
        const meaning = given(name.name)?.meaning;
        if (meaning) statics.bind(name.name, meaning, name.span);
      }
      const own = args.filter((a) => decl.statics.some((p) => p.name.name === a.name?.name));
      return adapterInstance(inner, { decl, unit }, statics, own, { span, base });
    },
  };
}

/** An optimizer updates a parameter of some shape; one axis stands for all of them. */
function optimizerHome(decl: OptimizerDecl, unit: Unit): Home {
  const bindParam = (scope: Scope, shape: ReturnType<typeof int>[]): void => {
    scope.bind("param", { kind: "type", dtype: "f32", shape });
  };
  return {
    title: `optimizer ${decl.name.name}`,
    kind: "optimizer",
    functions: functionsOf(decl),
    params: decl.statics,
    generic: (ctx) => {
      const sym = freshSym(elements, "size");
      const statics = new Scope(moduleScope(ctx, unit));
      bindParam(statics, [symbol(sym)]);
      bindGeneric(ctx, statics, decl.statics);
      const facts: readonly Fact[] = [
        ...assumed(ctx, decl.where, statics),
        { relation: ">=", left: symbol(sym), right: int(1) },
      ];
      ctx.facts = ctx.facts.with(facts);
      const instance = makeInstance(ctx, decl, unit, statics, decl.span);
      return { instance, statics, facts, more: [{ kind: "size", name: elements, sym }] };
    },
    make: (ctx, args, assignment) => {
      const callable = { kind: "optimizer", decl, unit } as const;
      const instance = instantiate(ctx, callable, args, decl.name.span);
      const count = assignment.get(elements);
      if (instance && typeof count === "number") bindParam(instance.scope, [int(count)]);
      return instance;
    },
  };
}

/** Nobody can write this name, so that no static argument has it. */
const elements = "elements of the parameter";
