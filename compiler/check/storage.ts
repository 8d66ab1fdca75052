// What derived models say of parameters: which are stored as codes, and which are frozen.
import type { Selector } from "../../grammar/ast.js";
import type { Context, Stored } from "./context.js";
import { evaluateFormat } from "./formats.js";
import { moduleScope } from "./instances.js";
import { Scope, type Instance } from "./meaning.js";
import { parametersUnder, placesOf, select, type Place } from "./selectors.js";
import { evaluateType } from "./types.js";
import { isFloat } from "../types/dtype.js";

/** The storage of each parameter that a line names; the last line wins, those of outer derivations after those of inner ones. */
export function storagesOf(ctx: Context, root: Instance): ReadonlyMap<string, Stored> {
  const found = new Map<string, Stored>();
  const derivations = [...ctx.derivations].reverse();
  if (!derivations.some(({ decl }) => decl.lines.some((l) => l.kind === "quantize"))) return found;
  const places = placesOf(ctx, root);
  for (const { decl, unit, prefix } of derivations) {
    const scope = moduleScope(ctx, unit);
    const model: Instance = { ...root, path: prefix };
    for (const line of decl.lines) {
      if (line.kind !== "quantize") continue;
      const storage = evaluateFormat(ctx, scope, line.format);
      if (!storage) continue;
      for (const selector of line.selectors) {
        const selected = select(ctx, scope, model, places, selector);
        for (const place of parametersUnder(places, selected))
          if (isStored(ctx, place, selector))
            found.set(place.path.join("."), { storage, at: selector.span });
      }
    }
  }
  return found;
}

/**
 * Whether a line means a parameter that its selector names: matrices and tensors of more axes, and what is called by its own name.
 * What an adapter adds is trained, and stays as it is.
 */
function isStored(ctx: Context, place: Place & { kind: "parameter" }, selector: Selector): boolean {
  const { instance, member } = place;
  if (instance.base && instance.decl.members.includes(member)) return false;
  const signature = { scope: new Scope(instance.scope), free: new Set<never>(), isOpen: false };
  const type = evaluateType(ctx, signature, member.type);
  if (!type || !isFloat(type.dtype)) return false;
  const last = selector.steps.at(-1);
  const called =
    last?.kind === "name"
      ? [last.name]
      : last?.kind === "alternatives"
        ? last.names.map((n) => n.name)
        : [];
  return type.shape.length >= 2 || called.includes(member.name.name);
}

/** Adapting freezes all but the adapters' own parameters, unless `freeze` lines say otherwise. */
export function frozenPaths(
  ctx: Context,
  root: Instance,
  places: readonly Place[],
): ReadonlySet<string> {
  const frozen = new Set<string>();
  for (const { decl, unit, prefix } of ctx.derivations) {
    const freezes = decl.lines.filter((l) => l.kind === "freeze");
    const isAdapted = decl.lines.some((l) => l.kind === "adapt");
    const model: Instance = { ...root, path: prefix };
    const parameters = parametersUnder(places, [{ kind: "layer", path: prefix, instance: model }]);
    const selected = freezes.flatMap((l) =>
      l.selectors.flatMap((s) => select(ctx, moduleScope(ctx, unit), model, places, s)),
    );
    for (const p of parametersUnder(places, selected)) frozen.add(p.path.join("."));
    if (!isAdapted || freezes.length > 0) continue;
    for (const p of parameters) if (!p.instance.base) frozen.add(p.path.join("."));
  }
  return frozen;
}
