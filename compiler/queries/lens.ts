// What stands above declarations: how large a model is, and what can be run.
import type { Span } from "../../grammar/source.js";
import type { Library, Unit } from "../resolve/modules.js";
import { showBytes, showCount } from "./counts.js";
import { modelSize } from "./numbers.js";

/** One remark above a declaration. */
export interface Lens {
  readonly span: Span;
  readonly text: string;
  /** What choosing it does. */
  readonly action?: { readonly kind: "property" | "train"; readonly name: string };
}

/** The places of all remarks of a file; what they say is worked out when they are shown. */
export function lensesOf(unit: Unit): readonly Omit<Lens, "text">[] {
  return unit.module.items.flatMap((item) => {
    if (item.kind === "property")
      return [
        { span: item.title.span, action: { kind: "property" as const, name: item.title.value } },
      ];
    if (item.kind === "train")
      return [{ span: item.name.span, action: { kind: "train" as const, name: item.name.name } }];
    const isModel =
      item.kind === "derived-model" || (item.kind === "layer" && item.keyword === "model");
    return isModel ? [{ span: item.name.span }] : [];
  });
}

/** What a remark says. */
export function lensText(
  library: Library,
  unit: Unit,
  { span, action }: Omit<Lens, "text">,
): string {
  if (action) return action.kind === "property" ? "run this property" : "train";
  const item = unit.module.items.find((i) => "name" in i && i.name.span.start === span.start);
  if (item?.kind !== "layer" && item?.kind !== "derived-model") return "a model";
  const size = modelSize(library, { item, unit });
  if (!size) return "a model: its size depends on arguments without a default";
  const states = size.states > 0 ? `, ${showCount(size.states)} numbers of state` : "";
  const { parameters } = size;
  return `${showCount(parameters)} parameters, ${showBytes(4 * (parameters + size.states))}${states}`;
}
