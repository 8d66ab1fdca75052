// Layers with their static arguments: instantiation, members, parameters and states.
import type {
  Expr,
  FieldMember,
  Member,
  ParamMember,
  Parameter,
  StateMember,
} from "../../grammar/ast.js";
import type { Span } from "../../grammar/source.js";
import { codedLayout, type CodedStorage } from "../../runtime/format.js";
import { names, nearest } from "../diagnostics/index.js";
import type { Value } from "../ir/op.js";
import { castTo } from "../ops/build.js";
import { decoded } from "../ops/index.js";
import type { Fact } from "../types/constraints.js";
import { constantOf, int, show } from "../types/dim.js";
import { isDtype } from "../types/dtype.js";
import type { TensorType } from "../types/tensor.js";
import { bindStatic, isSizeFor, matchArgs } from "./arguments.js";
import { factsOf } from "./conditions.js";
import type { Context } from "./context.js";
import {
  NONE,
  SELF,
  UNKNOWN,
  settle,
  tensorOf,
  type Callable,
  type GivenArg,
  type Instance,
  type InstanceDecl,
  type Meaning,
  Scope,
} from "./meaning.js";
import { obligations } from "./obligations.js";
import { primitives } from "./primitives/index.js";
import type { Declared, Unit } from "../resolve/modules.js";
import { evaluateType } from "./types.js";

type Constructor = Callable & { kind: "layer" | "adapter" | "optimizer" };

/** A layer with these arguments, at the path that the context says; undefined after a fault. */
export function instantiate(
  ctx: Context,
  callable: Constructor,
  args: readonly GivenArg[],
  span: Span,
): Instance | undefined {
  const { decl, unit } = callable;
  const statics = bindStatics(
    ctx,
    decl.name.name,
    decl.statics,
    moduleScope(ctx, unit),
    args,
    span,
  );
  if (!statics) return undefined;
  if (!obligations(ctx, decl.where, statics, { callee: decl.name.name, at: span }))
    return undefined;
  const instance = makeInstance(ctx, decl, unit, statics, span);
  return ctx.concrete ? ctx.concrete.adapt(instance, ctx) : instance;
}

/** Binds the static parameters of a declaration in a new scope. */
export function bindStatics(
  ctx: Context,
  callee: string,
  params: readonly Parameter[],
  parent: Scope,
  args: readonly GivenArg[],
  span: Span,
): Scope | undefined {
  const named = params.map((p) => ({ name: p.name.name, isRequired: p.value === undefined }));
  const matched = matchArgs(ctx, { name: callee, params: named, span }, args);
  if (!matched) return undefined;
  const scope = new Scope(parent);
  const isFine = params.map((param) => {
    const arg = matched.get(param.name.name);
    return bindStatic(ctx, scope, param, arg, callee) && isSizeFor(ctx, scope, param, arg, callee);
  });
  return isFine.every(Boolean) ? scope : undefined;
}

/** An instance whose members see each other, the statics, and the file. */
export function makeInstance(
  ctx: Context,
  decl: InstanceDecl,
  unit: Unit,
  statics: Scope,
  span: Span,
  base?: Instance,
): Instance {
  const memberNames = decl.members.flatMap((m) => ("name" in m ? [m.name.name] : []));
  const scope = new Scope(statics, {
    find: (name) => {
      if (!memberNames.includes(name)) return undefined;
      const condition = conditionOf(instance, name);
      const meaning = memberOf(ctx, instance, name, span);
      if (!condition) return { meaning };
      const facts = (): readonly Fact[] => factsOf(ctx, instance.scope, condition);
      return { meaning, onlyIf: { condition, facts } };
    },
    names: () => memberNames,
  });
  const instance: Instance = {
    decl,
    unit,
    path: base ? ctx.path : (ctx.asserted?.pathFor(ctx.path) ?? ctx.path),
    scope,
    members: new Map(),
    span,
    ...(base ? { base } : {}),
  };
  scope.bind(SELF, { kind: "instance", instance });
  if (base) scope.bind("base", { kind: "instance", instance: base });
  return instance;
}

/** The `if` of a member that may be left out. */
function conditionOf({ decl }: Instance, name: string): Expr | undefined {
  const member = decl.members.find((m) => "name" in m && m.name.name === name);
  return member && "condition" in member ? member.condition : undefined;
}

/** `model A = B with …`: the base with the lines of all derivations registered under its path. */
export function instantiateDerived(
  ctx: Context,
  callable: Callable & { kind: "derived" },
  args: readonly GivenArg[],
  span: Span,
): Meaning {
  const { decl, unit } = callable;
  if (ctx.active.some((c) => c.kind === "derived" && c.decl === decl)) {
    return ctx.report(
      names.recursiveDeclaration({ name: decl.name.name, at: decl.name.span, from: span }),
    );
  }
  const bound = moduleScope(ctx, unit).lookup(decl.base.name)?.meaning;
  if (bound?.kind === "unknown") return UNKNOWN;
  if (bound?.kind !== "callable" || !isModel(bound.callable)) {
    return ctx.report(names.notAModel({ name: decl.base.name, at: decl.base.span }));
  }
  const scope = moduleScope(ctx, unit);
  const sets = decl.lines.flatMap((line): GivenArg[] => {
    if (line.kind !== "set" || args.some((a) => a.name?.name === line.name.name)) return [];
    return [{ name: line.name, span: line.span, expr: { node: line.value, scope } }];
  });
  const base = bound.callable;
  return ctx.within(callable, () => {
    ctx.derivations.push({ prefix: ctx.path, decl, unit });
    if (base.kind === "derived") return instantiateDerived(ctx, base, [...args, ...sets], span);
    const instance = instantiate(ctx, base, [...args, ...sets], span);
    return instance ? { kind: "instance", instance } : UNKNOWN;
  });
}

const isModel = (c: Callable): c is Callable & { readonly kind: "layer" | "derived" } =>
  c.kind === "layer" || c.kind === "derived";

// --------------------------------------------------------------------- members

/** A member, static argument, or what the adapted layer has under the name. */
export function memberOf(ctx: Context, instance: Instance, name: string, at: Span): Meaning {
  const member = instance.decl.members.find((m) => "name" in m && m.name.name === name);
  if (member) return cachedMember(ctx, instance, member, name);
  const statics = instance.decl.statics.some((p) => p.name.name === name)
    ? instance.scope.parent?.lookup(name)
    : undefined;
  if (statics) return statics.meaning;
  if (instance.base)
    return name === "base"
      ? { kind: "instance", instance: instance.base }
      : memberOf(ctx, instance.base, name, at);
  const owner = instance.decl.name.name;
  if (name === "forward") return ctx.report(names.missingForward({ layer: owner, at }));
  const known = instance.decl.members.flatMap((m) => ("name" in m ? [m.name.name] : []));
  const near = nearest(name, [...known, ...instance.decl.statics.map((p) => p.name.name)]);
  return ctx.report(names.unknownMember({ name, of: `\`${owner}\``, at, near }));
}

function cachedMember(ctx: Context, instance: Instance, member: Member, name: string): Meaning {
  const known = instance.members.get(name);
  if (known === BEING_DECLARED) return mentionsItself(ctx, member);
  if (known) return known;
  instance.members.set(name, BEING_DECLARED);
  const meaning = ctx.work.called(() => evaluateMember(ctx, instance, member, name));
  // A state reads what was written last, so only its declaration is remembered.
  if (member.kind === "state") instance.members.delete(name);
  else instance.members.set(name, meaning);
  return meaning;
}

/** Stands for a member while its own declaration is evaluated. */
const BEING_DECLARED: Meaning = { kind: "unknown" };

function mentionsItself(ctx: Context, member: Member): Meaning {
  if (!("name" in member)) return UNKNOWN;
  const { name, span: at } = member.name;
  return ctx.report(names.recursiveDeclaration({ name, at, from: member.span }));
}

function evaluateMember(ctx: Context, instance: Instance, member: Member, name: string): Meaning {
  switch (member.kind) {
    case "param":
    case "state":
      return variable(ctx, instance, member);
    case "fn":
      return {
        kind: "callable",
        callable: { kind: "fn", decl: member, scope: instance.scope, self: instance },
      };
    case "init":
      return UNKNOWN;
    case "field":
      return field(ctx, instance, member, name);
  }
}

function field(ctx: Context, instance: Instance, member: FieldMember, name: string): Meaning {
  if (isAbsent(ctx, instance, member)) return NONE;
  const facts = member.condition ? factsOf(ctx, instance.scope, member.condition) : [];
  const value = ctx.under([...instance.path, name], () =>
    ctx.assuming(facts, () => ctx.evaluate(instance.scope, member.value)),
  );
  const constructor = value.kind === "callable" ? value.callable : undefined;
  if (constructor?.kind === "layer") {
    const path = [...instance.path, name];
    const made = ctx.under(path, () => instantiate(ctx, constructor, [], member.span));
    return made ? { kind: "instance", instance: made } : UNKNOWN;
  }
  return settle(value);
}

/** Whether a member's `if` is known to be false. */
export function isAbsent(
  ctx: Context,
  instance: Instance,
  member: ParamMember | StateMember | FieldMember,
): boolean {
  if (!member.condition) return false;
  const condition = ctx.evaluate(instance.scope, member.condition);
  return condition.kind === "bool" && condition.value === false;
}

/** The tensor of a parameter or state: a leaf named by its path, or what was written to the state since. */
function variable(ctx: Context, instance: Instance, member: ParamMember | StateMember): Meaning {
  if (isAbsent(ctx, instance, member)) return NONE;
  const type = typeOf(ctx, instance, member);
  if (!type) return UNKNOWN;
  const name = pathFor(instance, member, type).join(".");
  const written = ctx.states.get(name);
  if (written) return tensorOf(written);
  const before = ctx.graph.at;
  ctx.graph.at = [member.span];
  const role = member.kind === "param" ? "parameter" : "state";
  const storage = ctx.stored.get(name)?.storage;
  const value = storage ? storedValue(ctx, name, storage, type) : ctx.leaf({ name, role, ...type });
  ctx.graph.at = before;
  ctx.declare(value, { type: member.type, scope: instance.scope, inputs: [] });
  return tensorOf(value);
}

/** The numbers of a parameter that is stored as codes: from here on it is a tensor like any other. */
function storedValue(ctx: Context, name: string, storage: CodedStorage, type: TensorType): Value {
  const shape = type.shape.map((size) => constantOf(size) ?? 0);
  const { words } = codedLayout(
    storage,
    shape.reduce((a, b) => a * b, 1),
  );
  const leaf = ctx.leaf({ name, role: "parameter", dtype: "u32", shape: [int(words)] });
  const numbers = decoded(leaf, storage, shape);
  return castTo(numbers, type.dtype);
}

const typeOf = (
  ctx: Context,
  instance: Instance,
  member: ParamMember | StateMember,
): TensorType | undefined =>
  evaluateType(
    ctx,
    { scope: new Scope(instance.scope), free: new Set(), isOpen: false },
    member.type,
  );

/** Where a parameter or state is saved, from the root. */
export function variablePath(
  ctx: Context,
  instance: Instance,
  member: ParamMember | StateMember,
): readonly string[] {
  const type = isShared(member) ? typeOf(ctx, instance, member) : undefined;
  return pathFor(instance, member, type);
}

/** What `@shared` stands before is one tensor for all layers of a declaration that give it the same shape. */
export const isShared = ({ attributes }: ParamMember | StateMember): boolean =>
  attributes.some(({ name }) => name.name === "shared");

const pathFor = (
  instance: Instance,
  member: ParamMember | StateMember,
  type: TensorType | undefined,
): readonly string[] =>
  type && isShared(member)
    ? [instance.decl.name.name, member.name.name, type.shape.map(show).join("x")]
    : [...instance.path, member.name.name];

// ---------------------------------------------------------------- file scopes

/** What the top level of a file sees: its own names, the prelude, the primitives and the dtypes. */
export function moduleScope(ctx: Context, unit: Unit): Scope {
  const known = ctx.scopes.get(unit);
  if (known) return known;
  const { prelude } = ctx.library;
  const base =
    ctx.baseScope ??
    new Scope(undefined, {
      find: (name) => {
        const declared = prelude.get(name);
        if (declared) return { meaning: declaredMeaning(ctx, declared) };
        if (primitives.has(name)) {
          return { meaning: { kind: "callable", callable: { kind: "primitive", name } } };
        }
        if (name === "float") return { meaning: { kind: "dtype", dtype: ctx.float } };
        return isDtype(name) ? { meaning: { kind: "dtype", dtype: name } } : undefined;
      },
      names: () => [...prelude.keys(), ...primitives.keys()],
    });
  ctx.baseScope = base;
  const scope = new Scope(base, {
    find: (name) => {
      const declared = unit.names.get(name);
      if (!declared && unit.refused.has(name)) return { meaning: UNKNOWN };
      return declared && { meaning: declaredMeaning(ctx, declared), span: declared.item.name.span };
    },
    names: () => unit.names.keys(),
  });
  ctx.scopes.set(unit, scope);
  return scope;
}

/** What a top-level name means. */
export function declaredMeaning(ctx: Context, { item, unit }: Declared): Meaning {
  switch (item.kind) {
    case "const":
      return constant(ctx, { item, unit });
    case "fn":
      return {
        kind: "callable",
        callable: { kind: "fn", decl: item, scope: moduleScope(ctx, unit) },
      };
    case "layer":
      return { kind: "callable", callable: { kind: "layer", decl: item, unit } };
    case "derived-model":
      return { kind: "callable", callable: { kind: "derived", decl: item, unit } };
    case "adapter":
      return { kind: "callable", callable: { kind: "adapter", decl: item, unit } };
    case "optimizer":
      return { kind: "callable", callable: { kind: "optimizer", decl: item, unit } };
    case "train":
      return UNKNOWN;
  }
}

function constant(ctx: Context, { item, unit }: Declared): Meaning {
  if (item.kind !== "const") return UNKNOWN;
  const known = ctx.constants.get(item);
  // Of files that are checked, `recursionFaults` says so.
  if (known === "evaluating") return UNKNOWN;
  if (known) return known;
  ctx.constants.set(item, "evaluating");
  const meaning = settle(ctx.evaluate(moduleScope(ctx, unit), item.value));
  ctx.constants.set(item, meaning);
  return meaning;
}
