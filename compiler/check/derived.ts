// Checks derived models and adapters, and puts adapters around layers.
import type { AdapterDecl, DerivedModelDecl, InitBlock, Member } from "../../grammar/ast.js";
import type { Span } from "../../grammar/source.js";
import { names } from "../diagnostics/index.js";
import type { Unit } from "../resolve/modules.js";
import { freshSym, symbol } from "../types/dim.js";
import { genericStatic, givenArgs, staticKindOf } from "./arguments.js";
import { refuseUnknownKinds } from "./annotations.js";
import type { Context } from "./context.js";
import { checkMembers, refuseTwins } from "./declarations.js";
import { fillWith } from "./filling.js";
import { evaluateFormat } from "./formats.js";
import { baseLayer, bindGeneric, genericInstance } from "./generic.js";
import { bindStatics, instantiate, makeInstance, memberOf, moduleScope } from "./instances.js";
import {
  Scope,
  describe,
  dimNumber,
  type Callable,
  type GivenArg,
  type Instance,
  type Meaning,
} from "./meaning.js";
import { assumed, obligations } from "./obligations.js";
import type { Fact } from "../types/constraints.js";
import { parametersUnder, placesOf, select, selectedPlaces, type Place } from "./selectors.js";

export function checkDerived(ctx: Context, decl: DerivedModelDecl, unit: Unit): void {
  const instance = genericInstance(ctx, { item: decl, unit }, decl.base.span);
  if (!instance) {
    const isRefused = unit.refused.has(decl.base.name);
    if (!isRefused && !baseLayer(ctx, { item: decl, unit }))
      ctx.report(
        names.notAModel({ name: decl.base.name, at: decl.base.span, near: modelsOf(unit) }),
      );
    return;
  }
  const scope = moduleScope(ctx, unit);
  const places = placesOf(ctx, instance);
  const all = [...places, ...addedPlaces(ctx, places)];
  for (const line of decl.lines) {
    if (line.kind === "set") ctx.evaluate(scope, line.value);
    else if (line.kind === "init") checkRules(ctx, scope, instance, all, line);
    else {
      const selected = line.selectors.map((s) => select(ctx, scope, instance, places, s));
      if (line.kind === "adapt") checkAdapt(ctx, scope, line, selected.flat());
      if (line.kind === "quantize") evaluateFormat(ctx, scope, line.format);
    }
  }
}

const modelsOf = ({ module }: Unit): readonly string[] =>
  module.items.flatMap((item) =>
    item.kind === "derived-model" || item.kind === "layer" ? [item.name.name] : [],
  );

function checkRules(
  ctx: Context,
  scope: Scope,
  instance: Instance,
  places: ReturnType<typeof placesOf>,
  block: InitBlock,
): void {
  for (const rule of block.rules) {
    const selected = select(ctx, scope, instance, places, rule.selector);
    // What an adapter will add has no type before the model is built.
    const [place] = parametersUnder(places, selected).filter((p) =>
      p.instance.decl.members.includes(p.member),
    );
    const value = place && memberOf(ctx, place.instance, place.member.name.name, rule.span);
    if (value?.kind === "tensor") fillWith(ctx, scope, rule.value, value.value.type);
  }
}

type Adapt = DerivedModelDecl["lines"][number] & { kind: "adapt" };

function checkAdapt(
  ctx: Context,
  scope: Scope,
  line: Adapt,
  selected: ReturnType<typeof placesOf>,
): void {
  // `**: Linear` names the parameters of these layers too, which go with their layer.
  const layers = selected.filter((place) => place.kind === "layer");
  for (const target of layers.length > 0 ? layers : selected) {
    const made = adapted(ctx, scope, line, target.kind === "layer" ? target.instance : undefined);
    if (made === "misfit") {
      const adapter = adapterOf(ctx, scope, line);
      if (adapter) reportMisfit(ctx, line, target, adapter.decl);
    }
    // What is wrong with one of them is wrong with the line.
    if (made === "misfit" || made === undefined) return;
  }
}

function reportMisfit(ctx: Context, line: Adapt, target: Place, adapter: AdapterDecl): void {
  const at = line.selectors.length === 1 ? line.selectors[0]?.span : undefined;
  ctx.report(
    names.adapterMisfit({
      at: at ?? line.by.span,
      path: target.path.join("."),
      found: target.kind === "layer" ? target.instance.decl.name.name : "a parameter",
      adapter: adapter.name.name,
      on: adapter.on.layer.name,
      declared: adapter.on.layer.span,
    }),
  );
}

/** The layer with the adapter of an `adapt` line around it. */
export function adapted(
  ctx: Context,
  scope: Scope,
  line: Adapt,
  base: Instance | undefined,
): Instance | "misfit" | undefined {
  const adapter = adapterOf(ctx, scope, line);
  if (!adapter) return undefined;
  const file = moduleScope(ctx, adapter.unit);
  const on = layerNamed(file, adapter.decl.on.layer.name);
  if (!on) return undefined;
  if (base?.decl !== on.decl) return "misfit";
  const statics = new Scope(file);
  adapter.decl.on.params.forEach((param, i) => {
    const name = base.decl.statics[i]?.name.name ?? "";
    const meaning = base.scope.parent?.lookup(name)?.meaning;
    if (meaning) statics.bind(param.name, meaning, param.span);
  });
  const args = line.by.kind === "call" ? givenArgs(scope, line.by.args) : [];
  const place = { span: line.by.span, base };
  return ctx.under(base.path, () => adapterInstance(ctx, adapter, statics, args, place));
}

/**
 * What the derivations in use add to the parameters and states of a model whose layers are not adapted yet, which they are when it is
 * built: so that selectors of a train declaration may name them.
 */
export const addedPlaces = (ctx: Context, places: readonly Place[]): readonly Place[] =>
  ctx.derivations.flatMap(({ prefix, decl, unit }) => {
    const scope = moduleScope(ctx, unit);
    return decl.lines.flatMap((line) => {
      const callee = line.kind === "adapt" && (line.by.kind === "call" ? line.by.callee : line.by);
      const meaning = callee && callee.kind === "name" && scope.lookup(callee.name)?.meaning;
      // What is wrong with the line is said where it stands.
      if (!meaning || meaning.kind !== "callable" || meaning.callable.kind !== "adapter") return [];
      const { members } = meaning.callable.decl;
      const targets = line.selectors.flatMap((s) => selectedPlaces(scope, prefix, places, s));
      return targets.flatMap(({ kind, path, instance }): Place[] =>
        kind === "layer" ? members.flatMap((member) => placeOf(member, path, instance)) : [],
      );
    });
  });

function placeOf(member: Member, path: readonly string[], instance: Instance): Place[] {
  if (member.kind !== "param" && member.kind !== "state") return [];
  const kind = member.kind === "param" ? "parameter" : "state";
  return [{ kind, path: [...path, member.name.name], instance, member }];
}

function adapterOf(
  ctx: Context,
  scope: Scope,
  line: Adapt,
): (Callable & { readonly kind: "adapter" }) | undefined {
  const callee = ctx.evaluate(scope, line.by.kind === "call" ? line.by.callee : line.by);
  if (callee.kind === "callable" && callee.callable.kind === "adapter") return callee.callable;
  if (callee.kind !== "unknown") {
    const found = describe(callee);
    ctx.report(names.wrongKind({ at: line.by.span, expected: "an adapter", found }));
  }
  return undefined;
}

/** The layer that a name means; undefined where it means something else. */
export function layerNamed(
  scope: Scope,
  name: string,
): (Callable & { readonly kind: "layer" }) | undefined {
  const meaning = scope.lookup(name)?.meaning;
  const callable = meaning?.kind === "callable" ? meaning.callable : undefined;
  return callable?.kind === "layer" ? callable : undefined;
}

/** An adapter with these arguments around a layer; the scope of `parent` knows the static arguments of the layer. */
export function adapterInstance(
  ctx: Context,
  { decl, unit }: { readonly decl: AdapterDecl; readonly unit: Unit },
  parent: Scope,
  args: readonly GivenArg[],
  { span, base }: { readonly span: Span; readonly base: Instance },
): Instance | undefined {
  const statics = bindStatics(ctx, decl.name.name, decl.statics, parent, args, span);
  if (!statics || !obligations(ctx, decl.where, statics, { callee: decl.name.name, at: span }))
    return undefined;
  return makeInstance(ctx, decl, unit, statics, span, base);
}

export function checkAdapter(ctx: Context, decl: AdapterDecl, unit: Unit): void {
  refuseTwins(ctx, decl.statics);
  refuseUnknownKinds(ctx, moduleScope(ctx, unit), decl.statics);
  const scope = moduleScope(ctx, unit);
  const on = layerNamed(scope, decl.on.layer.name);
  if (!on && unit.refused.has(decl.on.layer.name)) return;
  if (!on) {
    ctx.report(
      names.unknownName({
        name: decl.on.layer.name,
        at: decl.on.layer.span,
        near: [...scope.names()],
        what: "layer",
      }),
    );
    return;
  }
  const made = genericAdapter(ctx, decl, unit, on);
  if (made) checkMembers(ctx, made.instance);
}

/** An adapter that stands for all of its declaration, around a layer that stands for all of its own. */
export function genericAdapter(
  ctx: Context,
  decl: AdapterDecl,
  unit: Unit,
  on: Callable & { readonly kind: "layer" },
):
  | { readonly instance: Instance; readonly statics: Scope; readonly facts: readonly Fact[] }
  | undefined {
  const statics = new Scope(moduleScope(ctx, unit));
  const own = new Scope(moduleScope(ctx, on.unit));
  const args = decl.on.params.map((name, i): GivenArg => {
    const param = on.decl.statics[i];
    const size = (text: string): Meaning => dimNumber(symbol(freshSym(text, "size", name.span)));
    const meaning = param ? genericStatic(param, staticKindOf(param), size) : size(name.name);
    statics.bind(name.name, meaning, name.span);
    if (param) own.bind(param.name.name, meaning, name.span);
    return { span: name.span, meaning };
  });
  // What the layer asks of its arguments holds of every layer that can be adapted.
  const asked = assumed(ctx, on.decl.where, own);
  ctx.facts = ctx.facts.with(asked);
  const base = instantiate(ctx, on, args, decl.on.layer.span);
  if (!base) return undefined;
  const inner = new Scope(statics);
  bindGeneric(ctx, inner, decl.statics);
  const facts = assumed(ctx, decl.where, inner);
  ctx.facts = ctx.facts.with(facts);
  const instance = makeInstance(ctx, decl, unit, inner, decl.span, base);
  return { instance, statics: inner, facts: [...asked, ...facts] };
}
