// What stands around the layers of a built model: each adapter with its arguments, its scale and the tensors that it adds.
import type { Context } from "../check/context.js";
import { memberOf } from "../check/instances.js";
import { floatOf, type Instance, type Meaning } from "../check/meaning.js";
import { selectorText, type Place } from "../check/selectors.js";
import type { AdapterSpec, VariableSpec } from "../ir/program.js";
import { evaluateAll } from "../reference/evaluate.js";
import { textOf } from "../../grammar/source.js";

/** The adapters of a model in the order of their layers. */
export function adaptersOf(
  ctx: Context,
  places: readonly Place[],
  variables: readonly VariableSpec[],
): readonly AdapterSpec[] {
  const added = new Set(variables.filter((v) => v.isAdded === true).map(({ path }) => path));
  return places.flatMap((place): AdapterSpec[] => {
    const { kind, instance } = place;
    if (kind !== "layer" || !instance.base) return [];
    const own = places.filter((p) => p.kind !== "layer" && p.instance === instance);
    const scale = scaleOf(ctx, instance);
    return [
      {
        path: instance.path.join("."),
        adapter: instance.decl.name.name,
        on: instance.base.decl.name.name,
        line: lineOf(ctx, instance),
        settings: settingsOf(instance),
        tensors: own.map(({ path }) => path.join(".")).filter((path) => added.has(path)),
        ...(scale === undefined ? {} : { scale }),
      },
    ];
  });
}

/** The `adapt` line that put an adapter there, as it is written. */
function lineOf(ctx: Context, { span }: Instance): string {
  for (const { decl } of ctx.derivations)
    for (const line of decl.lines)
      if (line.kind === "adapt" && line.by.span === span)
        return `adapt ${line.selectors.map(selectorText).join(", ")} by ${textOf(span)}`;
  return textOf(span);
}

/** Static arguments that are one number or a condition. */
function settingsOf({ decl, scope }: Instance): AdapterSpec["settings"] {
  const settings: Record<string, number | boolean> = {};
  for (const { name } of decl.statics) {
    const meaning: Meaning | undefined = scope.parent?.lookup(name.name)?.meaning;
    const value =
      meaning?.kind === "bool"
        ? meaning.value
        : meaning?.kind === "number"
          ? floatOf(meaning)
          : undefined;
    if (value !== undefined) settings[name.name] = value;
  }
  return settings;
}

/** The member `scale` of an adapter, where it has one that is a number. */
function scaleOf(ctx: Context, instance: Instance): number | undefined {
  if (!instance.decl.members.some((m) => m.kind === "field" && m.name.name === "scale"))
    return undefined;
  const found = memberOf(ctx, instance, "scale", instance.span);
  if (found.kind === "number") return floatOf(found);
  if (found.kind !== "tensor" || found.value.type.shape.length > 0) return undefined;
  const program = {
    graph: ctx.graph,
    outputs: [{ name: "scale", role: "result" as const, value: found.value }],
  };
  // It is made of static arguments, so that no leaf is asked for.
  const [value] = evaluateAll(program, {
    dims: new Map(),
    leaves: ({ dtype }) => ({ dtype, shape: [], data: Float64Array.of(NaN) }),
  });
  return value?.data[0];
}
