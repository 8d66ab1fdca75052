// Static arguments that stand for all their values, and the layers and models that have them.
import type { LayerDecl, Parameter } from "../../grammar/ast.js";
import type { Span } from "../../grammar/source.js";
import type { Declared, Unit } from "../resolve/modules.js";
import { freshSym, substitute, symOf, symbol, type Sym } from "../types/dim.js";
import { coerceStatic, genericStatic, kindIn } from "./arguments.js";
import type { Context } from "./context.js";
import { declaredMeaning, instantiate, instantiateDerived, moduleScope } from "./instances.js";
import {
  Scope,
  dimNumber,
  sizesIn,
  type GivenArg,
  type Instance,
  type Meaning,
} from "./meaning.js";
import { assumed } from "./obligations.js";

/** Static parameters standing for all their values; those whose kind has no such value take their default. */
export function bindGeneric(ctx: Context, scope: Scope, params: readonly Parameter[]): void {
  for (const param of params) {
    const { name } = param;
    const kind = kindIn(scope, param);
    const syms: Sym[] = [];
    const dim = (text: string): Meaning => {
      const sym = freshSym(text, "size", name.span);
      syms.push(sym);
      return dimNumber(symbol(sym));
    };
    const needsDefault = ["fn", "layer", "tuple", "any"].includes(kind) && param.value;
    const value = param.value
      ? ctx.under([...ctx.path, name.name], () =>
          ctx.evaluate(scope, param.value ?? { kind: "error", span: param.span }),
        )
      : undefined;
    const byDefault = sizesIn(value);
    const checked = value && coerceStatic(ctx, kind, value, param.value?.span ?? param.span);
    const meaning = needsDefault && checked ? checked : genericStatic(param, kind, dim);
    scope.bind(name.name, meaning, name.span);
    for (const [i, sym] of syms.entries()) {
      const size = byDefault[i] ?? byDefault[0];
      if (size)
        ctx.defaults.set(
          sym,
          substitute(size, (s) => ctx.defaults.get(s)),
        );
    }
  }
}

/** The static dims of a model are known when it is built: what is asked of them is decided then. */
export function noteBuildTime(ctx: Context, decl: LayerDecl, statics: Scope): void {
  if (decl.keyword !== "model") return;
  for (const param of decl.statics) {
    const meaning = statics.lookup(param.name.name)?.meaning;
    const syms = sizesIn(meaning).flatMap((size) => symOf(size) ?? []);
    if (syms.length === 0) continue;
    const byDefault = sizesIn(param.value && ctx.evaluate(statics, param.value));
    for (const [i, sym] of syms.entries()) {
      const size = byDefault[i] ?? byDefault[0];
      ctx.buildTime.set(sym, size && substitute(size, (s) => ctx.buildTime.get(s)));
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
  const set = settings(ctx, declared);
  const isGiven = (p: Parameter): boolean =>
    !set.has(p.name.name) && (defaults === "generic" || p.value === undefined);
  const args = base.decl.statics.filter(isGiven).map((p): GivenArg => ({
    name: p.name,
    span,
    meaning: scope.lookup(p.name.name)?.meaning ?? { kind: "unknown" },
  }));
  if (callable.kind === "layer") return instantiate(ctx, callable, args, span);
  if (callable.kind !== "derived") return undefined;
  const made = instantiateDerived(ctx, callable, args, span);
  return made.kind === "instance" ? made.instance : undefined;
}

/** Static arguments that a chain of derived models sets. */
function settings(ctx: Context, { item, unit }: Declared, depth = 0): ReadonlySet<string> {
  if (item.kind !== "derived-model" || depth > 32) return new Set();
  const own = item.lines.flatMap((l) => (l.kind === "set" ? [l.name.name] : []));
  const next = unit.names.get(item.base.name) ?? ctx.library.prelude.get(item.base.name);
  return new Set([...own, ...(next ? settings(ctx, next, depth + 1) : [])]);
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
