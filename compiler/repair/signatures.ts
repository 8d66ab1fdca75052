// Repairs of signatures: one name for two sizes, another element type.
import {
  visit,
  type FnDecl,
  type Node,
  type Parameter,
  type TensorTypeExpr,
} from "../../grammar/index.js";
import { textOf, type Span } from "../../grammar/source.js";
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
  const nodes: Node[] = [];
  visit(fn, (n) => {
    if ("span" in n) nodes.push(n);
  });
  // A tensor that has both sizes means them to differ.
  if (nodes.some((n) => isKind(n, "tensor-type") && hasBoth(n as TensorTypeExpr, name, as)))
    return [];
  const places = new Map(
    nodes
      .filter((n) => isKind(n, "name", "axis") && textOf(n.span) === name)
      .map((n): readonly [number, Edit] => [n.span.start, { span: n.span, text: as }]),
  );
  return [{ title: `give both the size \`${as}\``, edits: [...places.values()] }];
}

/** Whether a type has axes of both sizes. */
const hasBoth = ({ dims }: TensorTypeExpr, one: string, other: string): boolean =>
  [one, other].every((name) => dims.some((d) => d.kind === "name" && d.name === name));

/** Every use of a name in the file under another. */
export function renameDrafts(
  { name, as }: Proposal & { readonly kind: "rename" },
  { module }: Surroundings,
): readonly Draft[] {
  const places = new Map<number, Edit>();
  visit(module, (node) => {
    if ("span" in node && "name" in node && node.name === name && textOf(node.span) === name)
      places.set(node.span.start, { span: node.span, text: as });
  });
  return [{ title: `write \`${as}\``, edits: [...places.values()] }];
}

/** Each size that a parameter of the function around the place names, in the place of the name here. */
export function sizeDrafts(at: Span, { module }: Surroundings): readonly Draft[] {
  const fn = nodesAround(module, at.start, at.end).findLast((n): n is FnDecl => isKind(n, "fn"));
  const sizes = new Set<string>();
  for (const { annotation } of fn?.params ?? []) {
    if (annotation?.kind !== "tensor-type") continue;
    for (const item of annotation.dims) if (item.kind === "name") sizes.add(item.name);
  }
  const known = textOf(fn?.result?.span ?? at);
  // Sizes that the result does not name yet are the likelier ones.
  return [...sizes]
    .sort((a, b) => Number(isIn(a, known)) - Number(isIn(b, known)))
    .map((size) => draft(`write \`${size}\``, module.file, [at.start, at.end], size));
}

const isIn = (name: string, text: string): boolean => new RegExp(`\\b${name}\\b`).test(text);

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
