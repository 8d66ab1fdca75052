// Repairs of the order of axes: a pattern with its output in another order, or a new pattern around a value.
import type { Call, Pattern } from "../../grammar/index.js";
import { textOf } from "../../grammar/source.js";
import type { Proposal } from "../diagnostics/index.js";
import { draft, isKind, nodesAround, type Draft, type Surroundings } from "./surroundings.js";

/** The value with its axes in the wanted order. */
export function permuteDrafts(
  { at, order }: Proposal & { readonly kind: "permute" },
  { module }: Surroundings,
): readonly Draft[] {
  const { file } = module;
  const call = nodesAround(module, at.start, at.end).findLast((n): n is Call => isKind(n, "call"));
  const pattern = call?.args.map((a) => a.value).find((v): v is Pattern => v.kind === "pattern");
  const isHere = call?.span.start === at.start && call.span.end === at.end;
  if (isHere && pattern?.output.length === order.length) {
    const axes = order.map((i) => pattern.output[i]).flatMap((a) => (a ? [textOf(a.span)] : []));
    const [first, last] = [pattern.output.at(0), pattern.output.at(-1)];
    if (!first || !last) return [];
    const range = [first.span.start, last.span.end] as const;
    return [draft(`write the axes as \`${axes.join(" ")}\``, file, range, axes.join(" "))];
  }
  const names = order.map((_, i) => String.fromCharCode("a".charCodeAt(0) + i));
  const wanted = order.map((i) => names[i] ?? "").join(" ");
  const text = `rearrange(${textOf(at)}, [${names.join(" ")} -> ${wanted}])`;
  const isPlain = order.length === 2 || order.length > 8;
  return isPlain ? [] : [draft("bring the axes into this order", file, [at.start, at.end], text)];
}
