// Biases that a normalisation takes away again: parameters that no result depends on, whatever they are.
import { placesOf, type Place } from "../check/selectors.js";
import { warnings, type Diagnostic } from "../diagnostics/index.js";
import type { Value } from "../ir/op.js";
import { upstream } from "../ir/topology.js";
import { vanishing } from "./shifts.js";
import { leafSpec, type Lowered } from "./subject.js";
import { memberAt, placeOf, type Files } from "./where.js";

type Variable = Exclude<Place, { readonly kind: "layer" }>;

/** A parameter without effect, and the value at which it vanishes. */
interface Cancelled {
  readonly path: string;
  readonly at: Value;
}

/** The parameters of a program in training that are added and taken away again on every way to a result. */
export function cancelledIn({ results }: Lowered): readonly Cancelled[] {
  const ends = new Set(results.map((r) => r.value));
  const order = upstream([...ends]);
  const usersOf = new Map<Value, Value[]>();
  for (const value of order) {
    for (const operand of new Set(value.operands)) {
      const users = usersOf.get(operand);
      if (users) users.push(value);
      else usersOf.set(operand, [value]);
    }
  }
  return order.flatMap((leaf): Cancelled[] => {
    const spec = leafSpec(leaf);
    if (spec?.role !== "parameter" || ends.has(leaf)) return [];
    const at = vanishing(leaf, usersOf, ends);
    return at ? [{ path: spec.name, at }] : [];
  });
}

/** One warning for each place of a model that declares such a parameter. */
export function cancelledWarnings(
  lowered: Lowered,
  cancelled: readonly Cancelled[],
  files: Files,
): readonly Diagnostic[] {
  const { root, ctx } = lowered;
  if (!root || cancelled.length === 0) return [];
  const places = placesOf(ctx, root);
  const found = new Set(cancelled.map((c) => c.path));
  // A bias that has an effect in another layer of the same declaration is not to be left out there.
  const effective = new Set(
    places.flatMap((p) =>
      p.kind !== "layer" && !found.has(p.path.join(".")) ? writtenAt(p, files) : [],
    ),
  );
  return cancelled.flatMap(({ path, at }) => {
    const place = places.find((p) => p.path.join(".") === path);
    const by = placeOf(at, files);
    if (place?.kind !== "parameter" || !by) return [];
    if (effective.has(writtenAt(place, files))) return [];
    const layer = place.instance.span;
    const span = files.has(place.member.name.span.file)
      ? place.member.name.span
      : files.has(layer.file)
        ? layer
        : memberAt(root, path, files, by).span;
    const { condition } = place.member;
    return [
      warnings.cancelled({
        at: span,
        path,
        cancelledBy: { span: by, text: "the mean that is subtracted here contains it" },
        ...(condition?.kind === "name" ? { without: condition.name } : {}),
      }),
    ];
  });
}

/** Which parameter of which place in the files it is: its own declaration there, else a layer that has it. */
function writtenAt({ member, instance }: Variable, files: Files): string {
  const { name } = member;
  const { file, start } = files.has(name.span.file) ? name.span : instance.span;
  return `${file.path} ${String(start)} ${name.name}`;
}
