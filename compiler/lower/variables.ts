// The parameters and states of a built model, which of them are trained, and how they are filled.
import type { Expr, InitBlock } from "../../grammar/ast.js";
import type { Context } from "../check/context.js";
import { fillWith } from "../check/filling.js";
import { memberOf, moduleScope } from "../check/instances.js";
import type { Filled } from "../check/initial-order.js";
import { type Instance, type Scope } from "../check/meaning.js";
import { parametersUnder, selectedPlaces, type Place } from "../check/selectors.js";
import { frozenPaths } from "../check/storage.js";
import { limits } from "../diagnostics/index.js";
import type { Output, VariableSpec } from "../ir/program.js";
import { constantOf } from "../types/dim.js";

type Variable = Place & { readonly kind: "parameter" | "state" };

export const variablesOf = (places: readonly Place[]): readonly Variable[] =>
  places.filter((p): p is Variable => p.kind === "parameter" || p.kind === "state");

/** Every parameter and state with its concrete shape; undefined after a fault. */
export function specsOf(
  ctx: Context,
  root: Instance,
  places: readonly Place[],
): readonly VariableSpec[] | undefined {
  const frozen = frozenPaths(ctx, root, places);
  const specs: VariableSpec[] = [];
  for (const place of variablesOf(places)) {
    const value = memberOf(ctx, place.instance, place.member.name.name, place.member.span);
    if (value.kind !== "tensor") return undefined;
    const { dtype, shape } = value.value.type;
    const extents = shape.map(constantOf);
    const known = extents.filter((e): e is number => e !== undefined);
    const bytes = known.reduce((n, e) => n * e, 4);
    if (
      known.length < extents.length ||
      bytes > Number.MAX_SAFE_INTEGER ||
      known.some((e) => e < 0)
    ) {
      ctx.report(
        limits.sizeOverflow({
          at: place.member.span,
          what: `\`${place.path.join(".")}\``,
          size: `${String(bytes)} bytes`,
        }),
      );
      return undefined;
    }
    const path = place.path.join(".");
    const storage = ctx.stored.get(path)?.storage;
    const isTrainable = place.kind === "parameter" && !frozen.has(path) && !storage;
    specs.push({
      path,
      role: place.kind,
      dtype,
      shape: known,
      isTrainable,
      ...(place.instance.base && isOwn(place) ? { isAdded: true } : {}),
      ...(storage ? { storage } : {}),
      span: place.member.span,
    });
  }
  return specs;
}

/** Whether an adapter declares the variable itself, rather than the layer that it adapts. */
const isOwn = ({ instance, member }: Variable): boolean => instance.decl.members.includes(member);

/** An `init` block with the layer or derived model it belongs to, outermost last. */
interface Rules {
  readonly block: InitBlock;
  readonly scope: Scope;
  readonly prefix: readonly string[];
}

/** What fills a parameter, and where its names are looked up. */
interface Filling {
  readonly expr: Expr | undefined;
  readonly scope: Scope;
}

/** An output with the place of its initialiser. */
export type FilledOutput = Output & Filled;

/** The outputs that fill every parameter and state; the last rule that names one wins, outer blocks after inner ones. */
export function fillOutputs(ctx: Context, places: readonly Place[]): readonly FilledOutput[] {
  const rules = fillings(ctx, places);
  return variablesOf(places).flatMap((place): FilledOutput[] => {
    const { member, instance, path } = place;
    const value = memberOf(ctx, instance, member.name.name, member.span);
    if (value.kind !== "tensor") return [];
    const init = rules.get(path.join(".")) ?? { expr: member.init, scope: instance.scope };
    ctx.graph.at = [member.span];
    const filled = fillWith(ctx, init.scope, init.expr, value.value.type);
    if (!filled) return [];
    const name = path.join(".");
    const at = init.expr?.span ?? member.name.span;
    return [{ name, path: name, role: place.kind, value: filled, at }];
  });
}

/** What the rules say of each parameter that they name. */
function fillings(ctx: Context, places: readonly Place[]): ReadonlyMap<string, Filling> {
  const found = new Map<string, Filling>();
  for (const { block, scope, prefix } of rulesOf(ctx, places)) {
    for (const { selector, value } of block.rules) {
      const selected = selectedPlaces(scope, prefix, places, selector);
      const isNamed = selector.steps.at(-1)?.kind === "name" && !selector.type;
      for (const { path, instance } of parametersUnder(places, selected)) {
        // What an adapter adds starts as the adapter says, unless a rule names it.
        if (instance.base && !(isNamed && selected.some((s) => s.path === path))) continue;
        found.set(path.join("."), { expr: value, scope });
      }
    }
  }
  return found;
}

function rulesOf(ctx: Context, places: readonly Place[]): readonly Rules[] {
  const layers = places.filter((p) => p.kind === "layer");
  const own = layers.flatMap(({ instance, path }) =>
    instance.decl.members.flatMap((m) =>
      m.kind === "init" ? [{ block: m, scope: instance.scope, prefix: path }] : [],
    ),
  );
  // Deeper layers first, so that those around them have the last word.
  own.sort((a, b) => b.prefix.length - a.prefix.length);
  const derived = [...ctx.derivations]
    .reverse()
    .flatMap(({ decl, unit, prefix }) =>
      decl.lines.flatMap((l) =>
        l.kind === "init" ? [{ block: l, scope: moduleScope(ctx, unit), prefix }] : [],
      ),
    );
  return [...own, ...derived];
}
