// Follows a size back to where it was written: through results of calls to the static arguments of instantiations.
import type { DimItem, Expr, TypeExpr } from "../../grammar/ast.js";
import { isExpr, visit } from "../../grammar/walk.js";
import type { Span } from "../../grammar/source.js";
import {
  withSites,
  type Behind,
  type BindingSite,
  type Diagnostic,
  type Proposal,
} from "../diagnostics/index.js";
import type { Value } from "../ir/op.js";
import { int, same, type Dim } from "../types/dim.js";
import { sizesIn, type Meaning, type Scope } from "./meaning.js";
import type { Given } from "./scope.js";

/** How a tensor got its type: the annotation that said it, read in a scope, and the tensors that it was made from. */
export interface Declared {
  readonly type: TypeExpr;
  readonly scope: Scope;
  readonly inputs: readonly Value[];
}

/** What remembers how tensors got their types, and which expressions gave them. */
interface Records {
  originOf(value: Value): { readonly span: Span } | undefined;
  declaredOf(value: Value): Declared | undefined;
}

/** The finding with where the sizes that clash got their values, and with what may be mended there. */
export function traced(
  records: Records,
  values: readonly Value[],
  diagnostic: Diagnostic,
  known: readonly Behind[],
): Diagnostic {
  const { clash } = diagnostic;
  const sides = clash ? [clash, { left: clash.right, right: clash.left }] : [];
  const found = sides.map(({ left, right }): Behind => {
    const sites = values.map((v) => sitesOfSize(records, v, left)).find((s) => s.length > 0) ?? [];
    return { sites, wanted: right };
  });
  const axes = values.flatMap((v): Proposal[] => {
    const origin = records.originOf(v);
    return origin ? [{ kind: "axis", at: origin.span, rank: v.type.shape.length + 1 }] : [];
  });
  const { proposals = [] } = diagnostic;
  return withSites({ ...diagnostic, proposals: [...axes, ...proposals] }, [...known, ...found]);
}

/** How far a size is followed: instantiations inside instantiations, and operations on operations. */
const deepest = 8;

/** Where the static arguments in a written size got their values, nearest first. */
export function sitesOf(scope: Scope, written: Expr): readonly BindingSite[] {
  const found: BindingSite[] = [];
  follow(scope, written, found, deepest);
  return found;
}

function follow(
  scope: Given<Meaning>["scope"],
  written: Expr,
  found: BindingSite[],
  depth: number,
): void {
  if (depth === 0) return;
  visit(written, (node) => {
    const part = isExpr(node) ? partIn(node) : undefined;
    const given = part && scope.givenFor(part.of);
    const value = part && sizeOf(scope.lookup(part.of)?.meaning, part.place);
    if (!given || !value) return;
    const { callee, isDefault } = given;
    const from = writtenPart(given.node, part.place);
    const own = from === given.node || part.place === undefined ? undefined : part.place;
    const name = own === undefined ? part.of : `${part.of}[${String(own)}]`;
    if (found.some((s) => s.at.start === from.span.start && s.name === name)) return;
    const inside = own === undefined ? {} : { part: { of: part.of, place: own } };
    found.push({ name, callee, isDefault, at: from.span, value, ...inside });
    follow(given.scope, from, found, depth - 1);
  });
}

/** The size that a static argument is, or that stands at a place of one. */
const sizeOf = (meaning: Meaning | undefined, place: number | undefined): Dim | undefined =>
  (meaning?.kind === "tuple") === (place !== undefined) ? sizesIn(meaning)[place ?? 0] : undefined;

/** The part of what was written that is meant; one number that stands for all parts of a tuple is the whole. */
const writtenPart = (node: Expr, place: number | undefined): Expr =>
  (node.kind === "tuple" && place !== undefined ? node.items[place] : undefined) ?? node;

/** The static argument that an expression names, or the part of one: `stride`, `stride[1]`. */
function partIn(node: Expr): { readonly of: string; readonly place?: number } | undefined {
  if (node.kind === "name") return { of: node.name };
  if (node.kind !== "index" || node.object.kind !== "name" || node.items.length > 1)
    return undefined;
  const [item] = node.items;
  const place = item?.kind === "at" && item.value.kind === "number" ? item.value.value : undefined;
  return place === undefined ? undefined : { of: node.object.name, place };
}

/** The sites behind one axis of an annotation; none for what a pack stands for and for types that name another tensor. */
export function sitesOfAxis(
  scope: Scope,
  type: TypeExpr,
  axis: number,
  rank: number,
): readonly BindingSite[] {
  const item = type.kind === "tensor-type" ? itemAt(type.dims, axis, rank) : undefined;
  return item && item.kind !== "pack" ? sitesOf(scope, item) : [];
}

/** What an annotation says of an axis: counted from the back behind a pack, which stands for any number of axes. */
function itemAt(items: readonly DimItem[], axis: number, rank: number): DimItem | undefined {
  const pack = items.findIndex((item) => item.kind === "pack");
  if (pack < 0) return items.length === rank ? items[axis] : undefined;
  const behind = axis - rank + items.length;
  return axis < pack ? items[axis] : behind > pack ? items[behind] : undefined;
}

/** The sites behind a size that a tensor has, looking through the operations that passed it on. */
function sitesOfSize(
  records: Records,
  value: Value,
  size: Dim,
  depth = deepest,
): readonly BindingSite[] {
  const { shape } = value.type;
  const axes = [...shape.keys()].filter((axis) => same(shape[axis] ?? int(-1), size));
  if (axes.length === 0 || depth === 0) return [];
  const declared = records.declaredOf(value);
  // Of several axes of this size, the last is most often the one that a layer makes.
  const written = axes
    .reverse()
    .map((axis) => (declared ? sitesOfAxis(declared.scope, declared.type, axis, shape.length) : []))
    .find((sites) => sites.length > 0);
  if (written) return written;
  for (const input of [...(declared?.inputs ?? []), ...value.operands]) {
    const sites = sitesOfSize(records, input, size, depth - 1);
    if (sites.length > 0) return sites;
  }
  return [];
}
