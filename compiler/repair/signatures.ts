// Repairs of signatures: one name for two sizes, another element type.
import { visit, type Parameter } from "../../grammar/index.js";
import { textOf } from "../../grammar/source.js";
import type { Edit, Proposal } from "../diagnostics/index.js";
import { draft, isKind, nodesAround, type Draft, type Surroundings } from "./surroundings.js";

/** Every use of one size in the function around the place under the name of another. */
export function uniteDrafts(
  { name, as }: Proposal & { readonly kind: "unite" },
  { module, diagnostic }: Surroundings,
): readonly Draft[] {
  const { start, end } = diagnostic.primary.span;
  const fn = nodesAround(module, start, end).findLast((n) => isKind(n, "fn"));
  if (!fn) return [];
  const edits: Edit[] = [];
  visit(fn, (node) => {
    if (!("span" in node) || !("name" in node) || node.name !== name) return;
    if (isKind(node, "name", "axis")) edits.push({ span: node.span, text: as });
  });
  const once = new Map(edits.map((e) => [e.span.start, e]));
  return [{ title: `give both the size \`${as}\``, edits: [...once.values()] }];
}

/** The parameter that the expression names, declared with another element type. */
export function retypeDrafts(
  { at, name, dtype }: Proposal & { readonly kind: "retype" },
  { module }: Surroundings,
): readonly Draft[] {
  const params = nodesAround(module, at.start, at.end).flatMap((n) =>
    isKind(n, "fn", "train") && "params" in n ? (n.params as readonly Parameter[]) : [],
  );
  const type = params.findLast((p) => p.name.name === name)?.annotation;
  if (type?.kind !== "tensor-type") return [];
  const { start } = type.span;
  const written = textOf(type.span);
  const end = start + (type.dtype ? type.dtype.name.length : 0);
  const wanted = dtype + written.slice(end - start);
  return [draft(`declare \`${name}: ${wanted}\``, module.file, [start, end], dtype)];
}
