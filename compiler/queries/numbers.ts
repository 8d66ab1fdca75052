// How large things are, for editors: parameters of layers as formulas, parameters and work of models by their defaults.
import type { FieldMember, FnDecl, ParamMember } from "../../grammar/ast.js";
import type { Context } from "../check/context.js";
import { baseLayer } from "../check/generic.js";
import { isAbsent, memberOf } from "../check/instances.js";
import type { Instance, Meaning } from "../check/meaning.js";
import { someIndex } from "../check/numbers.js";
import { placesOf } from "../check/selectors.js";
import { lowerEntry, lowerFunction, type Lowered } from "../lint/subject.js";
import { upstream } from "../ir/topology.js";
import { concreteContext } from "../lower/concrete.js";
import { instantiateRoot } from "../lower/root.js";
import { flopsOf } from "../ops/flops.js";
import type { Declared, Library, Unit } from "../resolve/modules.js";
import { add, constantOf, int, mul, numel, same, symsOf, type Dim } from "../types/dim.js";

/** The numbers that the parameters of a layer hold, as a formula; undefined where it depends on what is not known. */
export function parametersIn(ctx: Context, instance: Instance, depth = 0): Dim | undefined {
  if (depth > 24) return undefined;
  const parts = [...(instance.base ? [parametersIn(ctx, instance.base, depth + 1)] : [])];
  for (const { name } of instance.decl.statics)
    parts.push(countOf(ctx, instance.scope.parent?.lookup(name.name)?.meaning, depth));
  for (const member of instance.decl.members)
    if (member.kind === "param" || member.kind === "field")
      parts.push(memberCount(ctx, instance, member, depth));
  return sumOf(parts);
}

function memberCount(
  ctx: Context,
  instance: Instance,
  member: ParamMember | FieldMember,
  depth: number,
): Dim | undefined {
  if (isAbsent(ctx, instance, member)) return int(0);
  const meaning = memberOf(ctx, instance, member.name.name, member.span);
  if (member.kind === "field") return countOf(ctx, meaning, depth);
  if (meaning.kind !== "tensor" || isOpen(ctx, instance, member.condition)) return undefined;
  return numel(meaning.value.type.shape);
}

/** Whether nobody knows yet if a member exists. */
function isOpen(ctx: Context, { scope }: Instance, condition: FnDecl["body"] | undefined): boolean {
  const meaning = condition && ctx.evaluate(scope, condition);
  return meaning !== undefined && !(meaning.kind === "bool" && meaning.value !== undefined);
}

function sumOf(parts: readonly (Dim | undefined)[]): Dim | undefined {
  const known = parts.filter((part) => part !== undefined);
  return known.length === parts.length ? add(int(0), ...known) : undefined;
}

function countOf(ctx: Context, meaning: Meaning | undefined, depth: number): Dim | undefined {
  switch (meaning?.kind) {
    case "instance":
      return parametersIn(ctx, meaning.instance, depth + 1);
    case "list":
    case "tuple":
      return sumOf(meaning.items.map((item) => countOf(ctx, item, depth)));
    case "choice": {
      const [a, b] = meaning.options.map((option) => countOf(ctx, option, depth));
      return a && b && same(a, b) ? a : undefined;
    }
    case "repeated": {
      const index = someIndex("i", meaning.length);
      const one = countOf(ctx, meaning.at(index), depth);
      const free = symsOf(index);
      return one && ![...symsOf(one)].some((s) => free.has(s))
        ? mul(meaning.length, one)
        : undefined;
    }
    case "unknown":
      return undefined;
    default:
      return int(0);
  }
}

/** More layers and parameters than this are not walked for an editor. */
const mostPlaces = 5000;

/** What a model with defaults for all its static arguments holds. */
export interface ModelSize {
  readonly parameters: number;
  readonly states: number;
}

/** Parameters and states of a model by its defaults; undefined where it has none for some argument, or is not well-formed. */
export function modelSize(library: Library, declared: Declared): ModelSize | undefined {
  const ctx = concreteContext(library, [], false);
  if (!hasDefaults(ctx, declared)) return undefined;
  const root = instantiateRoot(ctx, declared, {});
  const places = root ? placesOf(ctx, root) : [];
  if (!root || places.length > mostPlaces) return undefined;
  const size = { parameters: 0, states: 0 };
  for (const place of places) {
    if (place.kind === "layer") continue;
    const value = memberOf(ctx, place.instance, place.member.name.name, place.member.span);
    const count = value.kind === "tensor" ? constantOf(numel(value.value.type.shape)) : undefined;
    if (count === undefined) return undefined;
    size[place.kind === "parameter" ? "parameters" : "states"] += count;
  }
  return ctx.diagnostics.some((d) => d.severity === "error") ? undefined : size;
}

function hasDefaults(ctx: Context, declared: Declared): boolean {
  const { item } = declared;
  const base = baseLayer(ctx, declared);
  const set =
    item.kind === "derived-model"
      ? item.lines.flatMap((l) => (l.kind === "set" ? [l.name.name] : []))
      : [];
  return (
    base?.decl.statics.every((p) => p.value !== undefined || set.includes(p.name.name)) ?? false
  );
}

/** Layers and parameters beyond which nobody waits for the work of a model. */
const mostLowered = 600;

/** Scalar operations of one call of an entry of a model by its defaults, as a formula of the free sizes. */
export function workOfEntry(library: Library, declared: Declared, entry: FnDecl): Dim | undefined {
  const ctx = concreteContext(library, [], false);
  const root = hasDefaults(ctx, declared) ? instantiateRoot(ctx, declared, {}) : undefined;
  if (!root || placesOf(ctx, root).length > mostLowered) return undefined;
  return workOf(lowerEntry(library, { declared, sets: {} }, entry, false));
}

/** Scalar operations of one call of a function whose static arguments have defaults. */
export const workOfFunction = (library: Library, unit: Unit, fn: FnDecl): Dim | undefined =>
  workOf(lowerFunction(library, unit, fn));

function workOf(lowered: Lowered | undefined): Dim | undefined {
  if (!lowered) return undefined;
  return add(int(0), ...upstream(lowered.results.map((o) => o.value)).map(flopsOf));
}
