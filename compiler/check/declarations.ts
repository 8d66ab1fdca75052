// Checks each kind of declaration for all values of its static arguments and free dims.
import type {
  AdapterDecl,
  DerivedModelDecl,
  FnDecl,
  InitBlock,
  LayerDecl,
  Member,
  OptimizerDecl,
  Parameter,
} from "../../grammar/ast.js";
import type { Span } from "../../grammar/source.js";
import { names } from "../diagnostics/index.js";
import type { Declared, Unit } from "../resolve/modules.js";
import { freshSym, substitute, symOf, symbol } from "../types/dim.js";
import { coerceStatic, genericStatic, staticKindOf } from "./arguments.js";
import { checkResult, isTensorParam } from "./calls.js";
import type { Context } from "./context.js";
import { evaluate } from "./expressions.js";
import { fillWith } from "./filling.js";
import {
  bindStatics,
  declaredMeaning,
  instantiate,
  instantiateDerived,
  isAbsent,
  makeInstance,
  memberOf,
  moduleScope,
} from "./instances.js";
import { dimNumber, tensorOf, type GivenArg, type Instance, type Meaning } from "./meaning.js";
import { factsOf } from "./numbers.js";
import { assumed } from "./obligations.js";
import { Scope } from "./scope.js";
import { parametersUnder, placesOf, select } from "./selectors.js";
import { PACK, evaluateType, type Signature } from "./types.js";

/** Static parameters standing for all their values; those whose kind has no such value take their default. */
export function bindGeneric(ctx: Context, scope: Scope, params: readonly Parameter[]): void {
  for (const param of params) {
    const { name } = param;
    const kind = param.annotation?.kind === "layer-type" ? "layer" : staticKindOf(param);
    const dim = (): Meaning => dimNumber(symbol(freshSym(name.name, "size", name.span)));
    const needsDefault = ["fn", "layer", "tuple", "any"].includes(kind) && param.value;
    const value = param.value
      ? ctx.under([...ctx.path, name.name], () =>
          evaluate(ctx, scope, param.value ?? { kind: "error", span: param.span }),
        )
      : undefined;
    const checked = value && coerceStatic(ctx, kind, value, param.value?.span ?? param.span);
    scope.bind(
      name.name,
      needsDefault && checked ? checked : genericStatic(kind, name.name, dim),
      name.span,
    );
  }
}

/** A signature's tensors as opaque values, its free dims as symbols; its clauses as facts. */
export function bindSignature(
  ctx: Context,
  decl: Pick<FnDecl, "params" | "where">,
  parent: Scope,
): Signature {
  const scope = new Scope(parent);
  const signature: Signature = { scope, free: new Set(), isOpen: true };
  bindGeneric(
    ctx,
    scope,
    decl.params.filter((p) => !isTensorParam(p)),
  );
  for (const param of decl.params.filter(isTensorParam)) bindOpaque(ctx, signature, param);
  signature.isOpen = false;
  ctx.facts = ctx.facts.with(assumed(ctx, decl.where, scope));
  return signature;
}

function bindOpaque(ctx: Context, signature: Signature, param: Parameter): void {
  const { name, annotation } = param;
  const { scope } = signature;
  if (annotation?.kind === "tuple-type") {
    const items = annotation.fields.map((f): Meaning =>
      opaqueOf(ctx, signature, f.type, name.name, f.type.span),
    );
    scope.bind(
      name.name,
      { kind: "tuple", items, names: annotation.fields.map((f) => f.name?.name ?? "") },
      name.span,
    );
  } else if (annotation)
    scope.bind(name.name, opaqueOf(ctx, signature, annotation, name.name, name.span), name.span);
}

function opaqueOf(
  ctx: Context,
  signature: Signature,
  type: Parameters<typeof evaluateType>[2],
  name: string,
  at: Span,
): Meaning {
  const tensor = evaluateType(ctx, signature, type);
  if (!tensor) return { kind: "unknown" };
  const value = ctx.opaque(tensor.dtype, tensor.shape, name);
  ctx.remember(value, { span: at, text: name });
  return tensorOf(value);
}

/** A function for all its statics and free dims: its body has the declared type. */
export function checkFn(ctx: Context, decl: FnDecl, scope: Scope, self?: Instance): void {
  const facts = ctx.facts;
  const fills =
    decl.result?.kind === "like" && decl.result.of.name === "param" && !scope.lookup("param");
  ctx.within({ kind: "fn", decl, scope, ...(self ? { self } : {}) }, () => {
    const outer = fills ? fillingScope(scope) : scope;
    const signature = bindSignature(ctx, decl, outer);
    const value = evaluate(ctx, signature.scope, decl.body);
    checkResult(ctx, { decl }, { signature }, value);
  });
  ctx.facts = facts;
}

/** Inside an initialiser, some parameter: a matrix here, and what it really is at every use. */
function fillingScope(parent: Scope): Scope {
  const scope = new Scope(parent);
  scope.bind("param", {
    kind: "type",
    dtype: "f32",
    shape: [symbol(freshSym("Out")), symbol(freshSym("In"))],
  });
  scope.bind("fan_in", { kind: "number" });
  scope.bind("fan_out", { kind: "number" });
  return scope;
}

/** The static dims of a model are known when it is built: what is asked of them is decided then. */
function noteBuildTime(ctx: Context, decl: LayerDecl, statics: Scope): void {
  if (decl.keyword !== "model") return;
  for (const param of decl.statics) {
    const meaning = statics.lookup(param.name.name)?.meaning;
    const sym = meaning?.kind === "number" && meaning.dim ? symOf(meaning.dim) : undefined;
    if (!sym) continue;
    const value = param.value && evaluate(ctx, statics, param.value);
    const byDefault =
      value?.kind === "number" && value.dim
        ? substitute(value.dim, (s) => ctx.buildTime.get(s))
        : undefined;
    ctx.buildTime.set(sym, byDefault);
  }
}

export function checkLayer(ctx: Context, decl: LayerDecl, unit: Unit): void {
  const statics = new Scope(moduleScope(ctx, unit));
  bindGeneric(ctx, statics, decl.statics);
  noteBuildTime(ctx, decl, statics);
  ctx.facts = ctx.facts.with(assumed(ctx, decl.where, statics));
  checkMembers(ctx, makeInstance(ctx, decl, unit, statics, decl.span));
}

/** Every member of a layer that stands for all layers of its declaration. */
function checkMembers(ctx: Context, instance: Instance): void {
  const seen = new Map<string, Span>();
  for (const member of instance.decl.members) {
    if ("name" in member) {
      const first = seen.get(member.name.name);
      if (first)
        ctx.report(names.duplicateName({ name: member.name.name, at: member.name.span, first }));
      seen.set(member.name.name, member.name.span);
    }
    checkMember(ctx, instance, member);
  }
}

function checkMember(ctx: Context, instance: Instance, member: Member): void {
  switch (member.kind) {
    case "fn":
      checkFn(ctx, member, instance.scope, instance);
      ctx.states.clear();
      return;
    case "init":
      checkInit(ctx, instance, member);
      return;
    case "field":
      memberOf(ctx, instance, member.name.name, member.span);
      return;
    case "param":
    case "state": {
      if (isAbsent(ctx, instance, member)) return;
      const facts = member.condition ? factsOf(ctx, instance.scope, member.condition) : [];
      const value = memberOf(ctx, instance, member.name.name, member.span);
      if (value.kind === "tensor")
        ctx.assuming(facts, () => fillWith(ctx, instance.scope, member.init, value.value.type));
    }
  }
}

function checkInit(ctx: Context, instance: Instance, block: InitBlock): void {
  const places = placesOf(ctx, instance);
  for (const rule of block.rules) {
    const selected = select(ctx, instance.scope, instance, places, rule.selector);
    for (const place of parametersUnder(places, selected).slice(0, 1)) {
      const value = memberOf(ctx, place.instance, place.member.name.name, rule.span);
      if (value.kind === "tensor") fillWith(ctx, instance.scope, rule.value, value.value.type);
    }
  }
}

/**
 * A model, layer or derived model with all static arguments standing for all their values; those of `defaults` that have
 * a default take it.
 */
export function genericInstance(
  ctx: Context,
  declared: Declared,
  span: Span,
  defaults: "generic" | "defaults" = "generic",
): Instance | undefined {
  const meaning = declaredMeaning(ctx, declared);
  if (meaning.kind !== "callable") return undefined;
  const { callable } = meaning;
  const base = baseLayer(ctx, declared);
  if (!base) return undefined;
  const scope = new Scope(moduleScope(ctx, base.unit));
  bindGeneric(ctx, scope, base.decl.statics);
  noteBuildTime(ctx, base.decl, scope);
  ctx.facts = ctx.facts.with(assumed(ctx, base.decl.where, scope));
  const isGiven = (p: Parameter): boolean => defaults === "generic" || p.value === undefined;
  const args = base.decl.statics
    .filter(isGiven)
    .map((p): GivenArg => ({
      name: p.name,
      span,
      meaning: scope.lookup(p.name.name)?.meaning ?? { kind: "unknown" },
    }));
  if (callable.kind === "layer") return instantiate(ctx, callable, args, span);
  if (callable.kind !== "derived") return undefined;
  const made = instantiateDerived(ctx, callable, args, span);
  return made.kind === "instance" ? made.instance : undefined;
}

/** The layer that a chain of derived models ends in. */
export function baseLayer(
  ctx: Context,
  declared: Declared,
  depth = 0,
): { readonly decl: LayerDecl; readonly unit: Unit } | undefined {
  const { item, unit } = declared;
  if (item.kind === "layer") return { decl: item, unit };
  if (item.kind !== "derived-model" || depth > 32) return undefined;
  const next = unit.names.get(item.base.name) ?? ctx.library.prelude.get(item.base.name);
  return next && baseLayer(ctx, next, depth + 1);
}

export function checkDerived(ctx: Context, decl: DerivedModelDecl, unit: Unit): void {
  const instance = genericInstance(ctx, { item: decl, unit }, decl.base.span);
  if (!instance) {
    if (!baseLayer(ctx, { item: decl, unit }))
      ctx.report(names.notAModel({ name: decl.base.name, at: decl.base.span }));
    return;
  }
  const scope = moduleScope(ctx, unit);
  const places = placesOf(ctx, instance);
  for (const line of decl.lines) {
    if (line.kind === "set") evaluate(ctx, scope, line.value);
    else if (line.kind === "init") checkRules(ctx, scope, instance, places, line);
    else {
      const selected = line.selectors.map((s) => select(ctx, scope, instance, places, s));
      if (line.kind === "adapt") checkAdapt(ctx, scope, line, selected.flat());
    }
  }
}

function checkRules(
  ctx: Context,
  scope: Scope,
  instance: Instance,
  places: ReturnType<typeof placesOf>,
  block: InitBlock,
): void {
  for (const rule of block.rules) {
    const selected = select(ctx, scope, instance, places, rule.selector);
    const [place] = parametersUnder(places, selected);
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
  const [target] = selected;
  if (!target) return;
  const made = adapted(ctx, scope, line, target.kind === "layer" ? target.instance : undefined);
  if (made === "misfit")
    ctx.report(
      names.adapterMisfit({
        at: line.by.span,
        path: target.path.join("."),
        found: target.kind === "layer" ? target.instance.decl.name.name : "a parameter",
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
  const call = line.by.kind === "call" ? line.by : undefined;
  const callee = evaluate(ctx, scope, call?.callee ?? line.by);
  if (callee.kind !== "callable" || callee.callable.kind !== "adapter") {
    if (callee.kind !== "unknown")
      ctx.report(
        names.wrongKind({ at: line.by.span, expected: "an adapter", found: "something else" }),
      );
    return undefined;
  }
  const { decl, unit } = callee.callable;
  const on = moduleScope(ctx, unit).lookup(decl.on.layer.name)?.meaning;
  const layer =
    on?.kind === "callable" && on.callable.kind === "layer" ? on.callable.decl : undefined;
  if (!base || base.decl !== layer) return "misfit";
  const statics = new Scope(moduleScope(ctx, unit));
  decl.on.params.forEach((param, i) => {
    const name = base.decl.statics[i]?.name.name;
    const meaning = name === undefined ? undefined : base.scope.parent?.lookup(name)?.meaning;
    if (meaning) statics.bind(param.name, meaning, param.span);
  });
  const args = (call?.args ?? []).map((a): GivenArg => ({
    ...(a.name ? { name: a.name } : {}),
    span: a.span,
    expr: { node: a.value, scope },
  }));
  return ctx.under(base.path, () =>
    adapterInstance(ctx, { decl, unit }, statics, args, { span: line.by.span, base }),
  );
}

function adapterInstance(
  ctx: Context,
  { decl, unit }: { readonly decl: AdapterDecl; readonly unit: Unit },
  parent: Scope,
  args: readonly GivenArg[],
  { span, base }: { readonly span: Span; readonly base: Instance },
): Instance | undefined {
  const statics = bindStatics(ctx, decl.name.name, decl.statics, parent, args, span);
  return statics && makeInstance(ctx, decl, unit, statics, span, base);
}

export function checkAdapter(ctx: Context, decl: AdapterDecl, unit: Unit): void {
  const scope = moduleScope(ctx, unit);
  const on = scope.lookup(decl.on.layer.name)?.meaning;
  if (on?.kind !== "callable" || on.callable.kind !== "layer") {
    ctx.report(
      names.unknownName({
        name: decl.on.layer.name,
        at: decl.on.layer.span,
        near: [],
        what: "layer",
      }),
    );
    return;
  }
  const statics = new Scope(scope);
  for (const param of decl.on.params)
    statics.bind(
      param.name,
      dimNumber(symbol(freshSym(param.name, "size", param.span))),
      param.span,
    );
  const args = decl.on.params.map((p): GivenArg => ({
    span: p.span,
    meaning: statics.lookup(p.name)?.meaning ?? { kind: "unknown" },
  }));
  const base = instantiate(ctx, on.callable, args, decl.on.layer.span);
  if (!base) return;
  const own = new Scope(statics);
  bindGeneric(ctx, own, decl.statics);
  ctx.facts = ctx.facts.with(assumed(ctx, decl.where, own));
  checkMembers(ctx, makeInstance(ctx, decl, unit, own, decl.span, base));
}

/** An optimizer updates one parameter of any shape. */
export function checkOptimizer(ctx: Context, decl: OptimizerDecl, unit: Unit): void {
  const statics = new Scope(moduleScope(ctx, unit));
  statics.bind("param", { kind: "type", dtype: "f32", shape: [symbol(freshSym(PACK, "pack"))] });
  bindGeneric(ctx, statics, decl.statics);
  const instance = makeInstance(ctx, decl, unit, statics, decl.span);
  if (!decl.members.some((m) => m.kind === "fn" && m.name.name === "update")) {
    ctx.report(
      names.missingForward({ layer: decl.name.name, at: decl.name.span, wanted: "update" }),
    );
  }
  checkMembers(ctx, instance);
}
