// Checks each kind of declaration for all values of its static arguments and free dims.
import type {
  FnDecl,
  InitBlock,
  LayerDecl,
  Member,
  OptimizerDecl,
  ParamMember,
  Parameter,
  StateMember,
} from "../../grammar/ast.js";
import type { Span } from "../../grammar/source.js";
import { names, shapes, type Diagnostic } from "../diagnostics/index.js";
import type { Unit } from "../resolve/modules.js";
import type { Fact } from "../types/constraints.js";
import { freshSym, int, symbol, symsOf, type Dim, type Sym } from "../types/dim.js";
import type { Dtype } from "../types/dtype.js";
import { isPack } from "../types/tensor.js";
import { refuseUnknownKinds } from "./annotations.js";
import { isTensorParam } from "./arguments.js";
import type { Context } from "./context.js";
import { withPullback } from "./custom-pullback.js";
import { refuseUndefinedSizes } from "./divisors.js";
import { fillWith } from "./filling.js";
import { tensorsOf } from "./functions.js";
import { bindGeneric, noteBuildTime } from "./generic.js";
import { isAbsent, makeInstance, memberOf, moduleScope } from "./instances.js";
import { fillingPhases, type Filled } from "./initial-order.js";
import { Scope, pathOf, tensorOf, type Callable, type Instance, type Meaning } from "./meaning.js";
import { factsOf } from "./conditions.js";
import { assumed, checkDefaults, sizeFacts } from "./obligations.js";
import { checkResult } from "./results.js";
import { parametersUnder, placesOf, select } from "./selectors.js";
import { defaultTensor } from "./tensor-arguments.js";
import { PACK, evaluateType, refuseTupleOfSizes, type Signature } from "./types.js";

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
  const known = new Set<Sym>();
  const tensors = decl.params.filter(isTensorParam);
  for (const param of [...tensors.filter((p) => !p.value), ...tensors.filter((p) => p.value)]) {
    const before = new Set(signature.free);
    bindOpaque(ctx, signature, param);
    const bound = scope.lookup(param.name.name)?.meaning;
    if (bound?.kind === "tensor") determine(ctx, signature, bound.value.type.shape, known);
    if (param.value) refuseNewSizes(ctx, signature, before);
  }
  // What a type that could not be read would have named is not held against the rest.
  signature.isOpen = decl.params.some((p) => {
    const bound = isTensorParam(p) ? scope.lookup(p.name.name)?.meaning : undefined;
    return bound !== undefined && isUnknown(bound);
  });
  ctx.facts = ctx.facts.with(assumed(ctx, decl.where, scope));
  return signature;
}

/** Refuses sizes that only a tensor names which calls may leave out. */
function refuseNewSizes(ctx: Context, { free }: Signature, before: ReadonlySet<Sym>): void {
  for (const { name, origin } of free)
    if (origin && ![...before].some((s) => s.name === name))
      ctx.report(shapes.onlyInDefault({ at: origin, name }));
}

const isUnknown = (m: Meaning): boolean => m.kind === "unknown";

/**
 * Notes which free dims a call learns from an argument of this shape: an axis gives the one unknown it has. An axis with
 * more is a fault, since no call could ever be made. What is the size of an axis is not negative.
 */
function determine(ctx: Context, sig: Signature, shape: readonly Dim[], known: Set<Sym>): void {
  const unknownsOf = (d: Dim): Sym[] =>
    [...symsOf(d)].filter((s) => sig.free.has(s) && !known.has(s));
  for (let before = -1; before < known.size;) {
    before = known.size;
    for (const d of shape) {
      const [only, ...others] = unknownsOf(d);
      if (only && others.length === 0) known.add(only);
    }
  }
  const open = shape.find((d) => unknownsOf(d).length > 0);
  const [first] = open ? unknownsOf(open) : [];
  if (open && first?.origin)
    ctx.report(
      shapes.ambiguous({
        at: first.origin,
        size: open,
        names: unknownsOf(open).map((s) => s.name),
      }),
    );
  ctx.facts = ctx.facts.with(sizeFacts(shape));
}

function bindOpaque(ctx: Context, signature: Signature, param: Parameter): void {
  const { name, annotation } = param;
  const { scope } = signature;
  if (annotation?.kind === "tuple-type" && refuseTupleOfSizes(ctx, signature, annotation))
    scope.bind(name.name, { kind: "unknown" }, name.span);
  else if (annotation?.kind === "tuple-type") {
    const items = annotation.fields.map((f): Meaning =>
      opaqueOf(ctx, signature, f.type, name.name, f.type.span),
    );
    const names = annotation.fields.map((f) => f.name?.name ?? "");
    const tuple: Meaning = items.some(isUnknown)
      ? { kind: "unknown" }
      : { kind: "tuple", items, names };
    scope.bind(name.name, tuple, name.span);
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
  const fn: Callable & { kind: "fn" } = { kind: "fn", decl, scope, ...(self ? { self } : {}) };
  ctx.within(fn, () => {
    refuseTwins(ctx, decl.params);
    refuseUnknownKinds(ctx, scope, decl.params);
    const outer = fills ? fillingScope(scope, ctx.float) : scope;
    const signature = bindSignature(ctx, decl, outer);
    const frame = { scope: signature.scope, signature, bindings: new Map() };
    for (const param of decl.params.filter(isTensorParam)) defaultTensor(ctx, fn, frame, param);
    const start = ctx.graph.values.length;
    const value = ctx.evaluate(signature.scope, decl.body);
    const result = checkResult(ctx, { decl }, { signature }, value);
    withPullback(ctx, fn, tensorsOf(fn, signature.scope), result, decl.name.span);
    refuseUndefinedSizes(ctx, ctx.graph.values.slice(start), signature.free, decl.name.span);
  });
  ctx.facts = facts;
}

/** Two parameters of one name. */
export function refuseTwins(ctx: Context, params: readonly Parameter[]): void {
  for (const [i, { name }] of params.entries()) {
    const first = params.slice(0, i).find((p) => p.name.name === name.name && name.name !== "");
    if (first)
      ctx.report(names.duplicateName({ name: name.name, at: name.span, first: first.name.span }));
  }
}

/** Inside an initialiser, some parameter: a matrix here, and what it really is at every use. */
function fillingScope(parent: Scope, dtype: Dtype): Scope {
  const scope = new Scope(parent);
  scope.bind("param", {
    kind: "type",
    dtype,
    shape: [symbol(freshSym("Out")), symbol(freshSym("In"))],
  });
  scope.bind("fan_in", { kind: "number" });
  scope.bind("fan_out", { kind: "number" });
  return scope;
}

export function checkLayer(ctx: Context, decl: LayerDecl, unit: Unit): void {
  refuseTwins(ctx, decl.statics);
  refuseUnknownKinds(ctx, moduleScope(ctx, unit), decl.statics);
  const statics = new Scope(moduleScope(ctx, unit));
  bindGeneric(ctx, statics, decl.statics);
  noteBuildTime(ctx, decl, statics);
  const facts = assumed(ctx, decl.where, statics);
  checkDefaults(ctx, decl.name.name, facts);
  ctx.facts = ctx.facts.with(facts);
  const instance = makeInstance(ctx, decl, unit, statics, decl.span);
  ctx.facts = ctx.facts.with(variableSizes(ctx, instance));
  checkMembers(ctx, instance);
  for (const flag of flagsOf(decl)) checkWithout(ctx, decl, unit, statics, flag);
}

/** A layer exists only with parameters and states of possible sizes: building it refuses numbers that make one negative. */
function variableSizes(ctx: Context, instance: Instance): readonly Fact[] {
  return instance.decl.members.flatMap((m): readonly Fact[] => {
    if ((m.kind !== "param" && m.kind !== "state") || m.condition) return [];
    const value = memberOf(ctx, instance, m.name.name, m.span);
    const shape = value.kind === "tensor" ? value.value.type.shape : [];
    const open = shape.filter((d) => !isPack(d) && !ctx.isAtMost(int(0), d));
    return open.map((d) => ({ relation: ">=", left: d, right: int(0) }));
  });
}

/** Static conditions that some member depends on. */
const flagsOf = (decl: LayerDecl): readonly string[] =>
  decl.statics
    .map((p) => p.name.name)
    .filter((name) =>
      decl.members.some(
        (m) =>
          (m.kind === "param" || m.kind === "state" || m.kind === "field") &&
          m.condition?.kind === "name" &&
          m.condition.name === name,
      ),
    );

/** The functions of a layer once more without the members that a condition leaves out; only what is new is reported. */
function checkWithout(
  ctx: Context,
  decl: LayerDecl,
  unit: Unit,
  statics: Scope,
  flag: string,
): void {
  const without = new Scope(statics);
  without.bind(flag, { kind: "bool", value: false });
  const instance = makeInstance(ctx, decl, unit, without, decl.span);
  const start = ctx.diagnostics.length;
  for (const member of decl.members.filter((m) => m.kind === "fn")) {
    checkFn(ctx, member, instance.scope, instance);
    ctx.states.clear();
  }
  const known = ctx.diagnostics.slice(0, start).map(placeOf);
  const found = ctx.diagnostics.splice(start);
  ctx.diagnostics.push(...found.filter((d) => !known.includes(placeOf(d))));
}

const placeOf = ({ code, primary: { span } }: Diagnostic): string =>
  `${code} ${span.file.path} ${String(span.start)}`;

/** Every member of a layer that stands for all layers of its declaration. */
export function checkMembers(ctx: Context, instance: Instance): void {
  const seen = new Map<string, Span>();
  const filled: Filled[] = [];
  for (const member of instance.decl.members) {
    if ("name" in member) {
      const first = seen.get(member.name.name);
      if (first)
        ctx.report(names.duplicateName({ name: member.name.name, at: member.name.span, first }));
      seen.set(member.name.name, member.name.span);
    }
    checkMember(ctx, instance, member, filled);
  }
  fillingPhases(ctx, filled);
}

/** Checks a member; what a parameter or state is filled with joins `filled`. */
function checkMember(ctx: Context, instance: Instance, member: Member, filled: Filled[]): void {
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
    case "state":
      filled.push(...checkVariable(ctx, instance, member));
  }
}

function checkVariable(
  ctx: Context,
  instance: Instance,
  member: ParamMember | StateMember,
): readonly Filled[] {
  if (isAbsent(ctx, instance, member)) return [];
  const facts = member.condition ? factsOf(ctx, instance.scope, member.condition) : [];
  const { name, span } = member.name;
  const variable = memberOf(ctx, instance, name, member.span);
  if (variable.kind !== "tensor") return [];
  const value = ctx.assuming(facts, () =>
    fillWith(ctx, instance.scope, member.init, variable.value.type),
  );
  return value ? [{ path: pathOf(instance, name), value, at: member.init?.span ?? span }] : [];
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

/** An optimizer updates one parameter of any shape. */
export function checkOptimizer(ctx: Context, decl: OptimizerDecl, unit: Unit): void {
  refuseTwins(ctx, decl.statics);
  refuseUnknownKinds(ctx, moduleScope(ctx, unit), decl.statics);
  const statics = new Scope(moduleScope(ctx, unit));
  statics.bind("param", {
    kind: "type",
    dtype: ctx.float,
    shape: [symbol(freshSym(PACK, "pack"))],
  });
  bindGeneric(ctx, statics, decl.statics);
  const instance = makeInstance(ctx, decl, unit, statics, decl.span);
  if (!decl.members.some((m) => m.kind === "fn" && m.name.name === "update")) {
    ctx.report(
      names.missingForward({ layer: decl.name.name, at: decl.name.span, wanted: "update" }),
    );
  }
  checkMembers(ctx, instance);
}
