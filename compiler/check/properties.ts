// Property declarations: their variables, and that their assertions are conditions.
import type { Expr, PropertyDecl, PropertyVariable, TypeExpr } from "../../grammar/ast.js";
import { names } from "../diagnostics/index.js";
import type { Unit } from "../resolve/modules.js";
import type { Fact } from "../types/constraints.js";
import { freshSym, int, symbol, type Dim, type Sym } from "../types/dim.js";
import { givenArgs } from "./arguments.js";
import { invoke } from "./calls.js";
import { factsOf } from "./conditions.js";
import type { Context } from "./context.js";
import { moduleScope } from "./instances.js";
import {
  UNKNOWN,
  describe,
  dimNumber,
  floatNumber,
  tensorOf,
  type Meaning,
  Scope,
} from "./meaning.js";
import { sizeFacts } from "./obligations.js";
import { evaluateBlock } from "./statements.js";
import { evaluateType } from "./types.js";

/** What a variable of a property stands for while nothing is drawn. */
export type Domain =
  | { readonly kind: "size"; readonly sym: Sym }
  /** One of a list; `sym` where all of them are sizes. */
  | { readonly kind: "choice"; readonly items: readonly Meaning[]; readonly sym?: Sym }
  | { readonly kind: "float" | "bool" }
  | { readonly kind: "tensor"; readonly shape: readonly Dim[] }
  | { readonly kind: "layer" };

/** The variables of a property with what holds of them. */
export interface BoundVariables {
  readonly scope: Scope;
  readonly domains: ReadonlyMap<string, Domain>;
  readonly facts: readonly Fact[];
}

/** Checks a law for all values of its variables. */
export function checkProperty(ctx: Context, decl: PropertyDecl, unit: Unit): void {
  const { scope } = bindVariables(ctx, decl, unit);
  evaluateBlock(ctx, new Scope(scope), decl.body);
}

/**
 * Binds the variables in order; `given` are those whose value is known, and sizes that only tensors name. What holds of the
 * others becomes facts.
 */
export function bindVariables(
  ctx: Context,
  decl: PropertyDecl,
  unit: Unit,
  given: ReadonlyMap<string, Meaning> = new Map(),
): BoundVariables {
  const scope = new Scope(moduleScope(ctx, unit));
  const declared = new Set(decl.variables.map(({ name }) => name.name));
  for (const [name, meaning] of given) if (!declared.has(name)) scope.bind(name, meaning);
  const domains = new Map<string, Domain>();
  const facts: Fact[] = [];
  const assume = (more: readonly Fact[]): void => {
    facts.push(...more);
    ctx.facts = ctx.facts.with(more);
  };
  for (const variable of decl.variables) {
    const { name } = variable;
    const known = given.get(name.name);
    const bound = known ? { meaning: known } : meaningOf(ctx, scope, variable, assume);
    scope.bind(name.name, bound.meaning, name.span);
    if (bound.domain) domains.set(name.name, bound.domain);
  }
  for (const clause of decl.where) assume(factsOf(ctx, scope, clause));
  return { scope, domains, facts };
}

interface BoundVariable {
  readonly meaning: Meaning;
  readonly domain?: Domain;
}

function meaningOf(
  ctx: Context,
  scope: Scope,
  { name, domain, span }: PropertyVariable,
  assume: (facts: readonly Fact[]) => void,
): BoundVariable {
  if (domain.kind === "in") return drawn(ctx, scope, name.name, domain.values, assume);
  const { type } = domain;
  if (type.kind === "kind") return ofKind(ctx, name.name, type, assume);
  if (type.kind === "layer-type") {
    const callee = scope.lookup(type.name.name)?.meaning;
    if (callee?.kind !== "callable") {
      const near = [...scope.names()];
      const what = "layer";
      const at = type.name.span;
      return { meaning: ctx.report(names.unknownName({ name: type.name.name, at, near, what })) };
    }
    const meaning = ctx.under([name.name], () =>
      invoke(ctx, callee.callable, givenArgs(scope, type.args ?? []), span),
    );
    return { meaning, domain: { kind: "layer" } };
  }
  const tensor = evaluateType(ctx, { scope, free: new Set(), isOpen: true }, type);
  if (!tensor) return { meaning: UNKNOWN };
  // As everywhere, the axes of a tensor that is given have elements.
  assume(sizeFacts(tensor.shape));
  const role = tensor.shape.length === 0 ? "scalar" : "input";
  const value = ctx.concrete
    ? ctx.leaf({ name: name.name, role, ...tensor })
    : ctx.opaque(tensor.dtype, tensor.shape, name.name);
  ctx.remember(value, { span: name.span, text: name.name });
  return { meaning: tensorOf(value), domain: { kind: "tensor", shape: tensor.shape } };
}

/** `p: float`, `causal: bool`, `D: dim`; a size that is not bounded is at least 1. */
function ofKind(
  ctx: Context,
  name: string,
  type: TypeExpr & { readonly kind: "kind" },
  assume: (facts: readonly Fact[]) => void,
): BoundVariable {
  switch (type.name) {
    case "dim": {
      const sym = freshSym(name, "size", type.span);
      assume([{ relation: ">=", left: symbol(sym), right: int(1) }]);
      return { meaning: dimNumber(symbol(sym)), domain: { kind: "size", sym } };
    }
    case "float":
      return { meaning: floatNumber(), domain: { kind: "float" } };
    case "bool":
      return { meaning: { kind: "bool" }, domain: { kind: "bool" } };
    default: {
      const expected = "`dim`, `float`, `bool`, a tensor type or a layer";
      const found = `the kind \`${type.name}\``;
      return { meaning: ctx.report(names.wrongKind({ at: type.span, expected, found })) };
    }
  }
}

/** `T in a..b` is some dimension from `a` to below `b`; `T in [1, 2]` one of a list. */
function drawn(
  ctx: Context,
  scope: Scope,
  name: string,
  values: Expr,
  assume: (facts: readonly Fact[]) => void,
): BoundVariable {
  const domain = ctx.evaluate(scope, values);
  if (domain.kind === "unknown") return { meaning: UNKNOWN };
  const fresh = (): Sym => freshSym(name, "size", values.span);
  if (domain.kind === "list") return oneOf(domain.items, fresh);
  if (domain.kind !== "range") {
    const expected = "a range or a list";
    const found = describe(domain);
    return { meaning: ctx.report(names.wrongKind({ at: values.span, expected, found })) };
  }
  const sym = fresh();
  const dim = symbol(sym);
  assume([
    { relation: "<=", left: domain.start, right: dim },
    { relation: "<", left: dim, right: domain.end },
  ]);
  return { meaning: dimNumber(dim), domain: { kind: "size", sym } };
}

/** One of a list: some dimension, some number, some condition, else what the first of them is. */
function oneOf(items: readonly Meaning[], fresh: () => Sym): BoundVariable {
  const areAll = (test: (m: Meaning) => boolean): boolean => items.every(test);
  if (areAll((m) => m.kind === "number" && m.dim !== undefined && !m.ratio)) {
    const sym = fresh();
    const domain: Domain = { kind: "choice", items, sym };
    return { meaning: dimNumber(symbol(sym)), domain };
  }
  const domain: Domain = { kind: "choice", items };
  if (areAll((m) => m.kind === "number")) return { meaning: floatNumber(), domain };
  if (areAll((m) => m.kind === "bool")) return { meaning: { kind: "bool" }, domain };
  return { meaning: items[0] ?? UNKNOWN, domain };
}

/** A size that was drawn, as a meaning. */
export const sizeOf = (value: number): Meaning => dimNumber(int(value));
