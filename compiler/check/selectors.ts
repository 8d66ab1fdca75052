// Selectors: which layers and parameters of a model a path pattern names.
import type { Ident, ParamMember, Selector, SelectorStep, StateMember } from "../../grammar/ast.js";
import { names, nearest } from "../diagnostics/index.js";
import type { Context } from "./context.js";
import { isAbsent, isShared, memberOf, variablePath } from "./instances.js";
import { type Instance, type Meaning, type Place, type Scope } from "./meaning.js";
import { nearestPaths } from "./nearest-paths.js";
import { someIndex } from "./numbers.js";

export type { Place } from "./meaning.js";

/** A layer and all below it, itself first. */
export const layersUnder = (ctx: Context, root: Instance): readonly Instance[] =>
  placesOf(ctx, root).flatMap((p) => (p.kind === "layer" ? [p.instance] : []));

/** Everything below a layer, itself first; parameters in order of declaration. */
export function placesOf(ctx: Context, root: Instance): readonly Place[] {
  const places: Place[] = [];
  walk(ctx, root, places, new Set());
  return places;
}

/** How deep one layer may lie in layers of the same declaration: one that holds itself has places without an end. */
const deepestTwin = 12;

function walk(ctx: Context, instance: Instance, into: Place[], seen: Set<Instance>): void {
  if (isLeftOut(instance, into, seen)) return;
  seen.add(instance);
  const { path, decl } = instance;
  into.push({ kind: "layer", path, instance });
  if (instance.base) walk(ctx, instance.base, into, seen);
  for (const { name } of decl.statics)
    walkMeaning(ctx, instance.scope.parent?.lookup(name.name)?.meaning, into, seen);
  for (const member of decl.members) {
    if (member.kind === "field")
      walkMeaning(ctx, memberOf(ctx, instance, member.name.name, member.span), into, seen);
    if (member.kind === "param" || member.kind === "state")
      noteVariable(ctx, instance, member, into);
  }
}

function noteVariable(
  ctx: Context,
  instance: Instance,
  member: ParamMember | StateMember,
  into: Place[],
): void {
  if (isAbsent(ctx, instance, member)) return;
  const kind = member.kind === "param" ? "parameter" : "state";
  const place = { kind, path: variablePath(ctx, instance, member), instance, member } as const;
  // What several layers share has one place.
  const isKnown =
    isShared(member) && into.some((p) => p.kind === kind && isSamePath(p.path, place.path));
  if (!isKnown) into.push(place);
}

const isSamePath = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((step, i) => step === b[i]);

/** Whether a layer is known already, or lies too deep in its like. */
function isLeftOut(
  instance: Instance,
  places: readonly Place[],
  seen: ReadonlySet<Instance>,
): boolean {
  const { decl, path } = instance;
  if (seen.has(instance)) return true;
  if (path.length <= deepestTwin) return false;
  const isAround = (place: Place): boolean =>
    place.instance.decl === decl &&
    place.kind === "layer" &&
    place.path.length < path.length &&
    place.path.every((step, i) => path[i] === step);
  return places.filter(isAround).length > deepestTwin;
}

function walkMeaning(
  ctx: Context,
  meaning: Meaning | undefined,
  into: Place[],
  seen: Set<Instance>,
): void {
  switch (meaning?.kind) {
    case "instance":
      // A layer that holds itself has places without an end.
      if (!ctx.work.enter(meaning.instance.span)) return;
      walk(ctx, meaning.instance, into, seen);
      ctx.work.leave();
      return;
    case "list":
    case "tuple":
      for (const item of meaning.items) walkMeaning(ctx, item, into, seen);
      return;
    case "choice":
      for (const option of meaning.options) walkMeaning(ctx, option, into, seen);
      return;
    case "repeated":
      walkMeaning(ctx, meaning.at(someIndex("i", meaning.length)), into, seen);
      return;
    default:
  }
}

/** Whether the steps of a selector name this path; `*` in the path stands for any index of a list of symbolic length. */
export function matches(steps: readonly SelectorStep[], path: readonly string[]): boolean {
  const [step, ...rest] = steps;
  const [head, ...tail] = path;
  if (!step) return path.length === 0;
  if (step.kind === "any") return matches(rest, path) || (path.length > 0 && matches(steps, tail));
  return head !== undefined && accepts(step, head) && matches(rest, tail);
}

/** Whether the steps name the layer at this path, by itself or with the whole list that it stands in. */
export function matchesLayer(steps: readonly SelectorStep[], path: readonly string[]): boolean {
  const isItem = /^(\d+|\*)$/.test(path.at(-1) ?? "");
  return matches(steps, path) || (isItem && matches(steps, path.slice(0, -1)));
}

function accepts(step: SelectorStep, name: string): boolean {
  if (step.kind === "name") return step.name === name || (name === "*" && /^\d+$/.test(step.name));
  if (step.kind === "alternatives")
    return step.names.some((n) => n.name === name || (name === "*" && /^\d+$/.test(n.name)));
  return true;
}

/** The places that a selector names, relative to `root`; reports one that names nothing. */
export function select(
  ctx: Context,
  scope: Scope,
  root: Instance,
  places: readonly Place[],
  selector: Selector,
): readonly Place[] {
  ctx.witness?.chose(selector, root, places);
  const type = selector.type && scope.lookup(selector.type.name)?.meaning;
  if (selector.type && !type) {
    ctx.report(
      names.unknownName({
        name: selector.type.name,
        at: selector.type.span,
        near: nearest(selector.type.name, [...scope.names()]),
        what: "layer",
      }),
    );
    return [];
  }
  if (type?.kind === "unknown") return [];
  const found = selectedPlaces(scope, root.path, places, selector);
  if (found.length === 0) refuse(ctx, root, places, selector);
  else
    for (const term of deadTerms(scope, root, places, selector))
      refuse(ctx, root, places, selector, term);
  return found;
}

/** Alternatives of a selector that match nothing, where others do. */
function deadTerms(
  scope: Scope,
  root: Instance,
  places: readonly Place[],
  selector: Selector,
): readonly Ident[] {
  return selector.steps.flatMap((step, i) => {
    if (step.kind !== "alternatives") return [];
    return step.names.filter(({ name, span }) => {
      const steps = selector.steps.with(i, { kind: "name", name, span });
      return selectedPlaces(scope, root.path, places, { ...selector, steps }).length === 0;
    });
  });
}

function refuse(
  ctx: Context,
  root: Instance,
  places: readonly Place[],
  selector: Selector,
  term?: Ident,
): void {
  if (places.some((place) => place.kind === "layer" && hasRefusedPart(ctx, place.instance))) return;
  const below = places.map((p) => p.path.slice(root.path.length)).filter((p) => p.length > 0);
  ctx.report(
    names.selectorNoMatch({
      selector: selectorText(selector),
      at: term?.span ?? selector.span,
      near: nearestPaths(selector.steps, below),
      of: root.decl.name.name,
      ...(term ? { term: term.name } : {}),
    }),
  );
}

/** Whether a layer has a part that was refused, so that nobody can say what lies below it. */
const hasRefusedPart = (ctx: Context, instance: Instance): boolean =>
  instance.decl.members.some(
    (m) =>
      m.kind === "field" &&
      (m.value.kind === "call" || m.value.kind === "comprehension") &&
      isRefused(memberOf(ctx, instance, m.name.name, m.span)),
  );

function isRefused(meaning: Meaning): boolean {
  if (meaning.kind === "list") return meaning.items.some(isRefused);
  if (meaning.kind === "repeated") return isRefused(meaning.at(someIndex("i", meaning.length)));
  return meaning.kind === "unknown";
}

/** The places that a selector names, relative to the layer at `from`; a list stands for the layers in it. */
export function selectedPlaces(
  scope: Scope,
  from: readonly string[],
  places: readonly Place[],
  { steps, type }: Selector,
): readonly Place[] {
  const meaning = type && scope.lookup(type.name)?.meaning;
  const callable = meaning?.kind === "callable" ? meaning.callable : undefined;
  const decl = callable?.kind === "layer" ? callable.decl : undefined;
  return places.filter(({ kind, path, instance }) => {
    if (!from.every((step, i) => path[i] === step)) return false;
    if (type && instance.decl !== decl && instance.base?.decl !== decl) return false;
    const below = path.slice(from.length);
    return kind === "layer" ? matchesLayer(steps, below) : matches(steps, below);
  });
}

/** The parameters among the selected places and below the selected layers. */
export function parametersUnder(
  places: readonly Place[],
  selected: readonly Place[],
): readonly (Place & { kind: "parameter" })[] {
  const tops = new Set(selected.map((s) => s.path.join(".")));
  const isUnder = (path: readonly string[]): boolean =>
    prefixesOf(path).some((prefix) => tops.has(prefix));
  return places.filter(
    (p): p is Place & { kind: "parameter" } => p.kind === "parameter" && isUnder(p.path),
  );
}

/** The paths of all layers around a place, the root first and the place itself last. */
function prefixesOf(path: readonly string[]): readonly string[] {
  const prefixes = [""];
  for (const step of path) {
    const above = prefixes.at(-1);
    prefixes.push(above ? `${above}.${step}` : step);
  }
  return prefixes;
}

/** A selector as it is written. */
export function selectorText({ steps, type }: Selector): string {
  const text = steps.map((step) => {
    if (step.kind === "name") return step.name;
    if (step.kind === "alternatives") return `{${step.names.map((n) => n.name).join(", ")}}`;
    return step.kind === "one" ? "*" : "**";
  });
  return `${text.join(".")}${type ? `: ${type.name}` : ""}`;
}
