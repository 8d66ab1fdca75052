// Elements of lists and tuples by a static index, which may be a symbol.
import { textOf, type Span } from "../../grammar/source.js";
import { shapes } from "../diagnostics/index.js";
import { constantOf, int, symsOf, type Dim } from "../types/dim.js";
import { areAlike } from "./alike.js";
import { fromBack, isInside } from "./bounds.js";
import type { Context } from "./context.js";
import { UNKNOWN, dimNumber, type Meaning, Scope } from "./meaning.js";
import { mergeMeanings } from "./merge.js";
import { isLeftToBuild } from "./obligations.js";
import { oneOf } from "./sizes.js";

/** What can be indexed by a static integer. */
export type Listed = Meaning & { readonly kind: "list" | "tuple" | "repeated" };

/** The element at an index, which must lie inside for all sizes; negative ones count from the end. */
export function elementOf(ctx: Context, list: Listed, index: Dim, at: Span): Meaning {
  const length = list.kind === "repeated" ? list.length : int(list.items.length);
  const place = fromBack(index, length);
  if (!isReached(ctx, place, length, at)) {
    // A clause can speak of the sizes of a declaration, and not of the variable of a loop.
    const isSayable = [...symsOf(place)].every((sym) => sym.kind !== "index");
    const facts = { at, index: textOf(at), size: length, of: "list" } as const;
    return ctx.report(shapes.indexOutOfRange(isSayable ? { ...facts, place } : facts));
  }
  if (list.kind === "repeated") return list.at(place);
  if (!areAlike(ctx, list.items)) ctx.unlikePicks++;
  const item = list.items[constantOf(place) ?? -1];
  return item ?? anyElement(ctx, list.items, place, at);
}

function isReached(ctx: Context, place: Dim, length: Dim, at: Span): boolean {
  if (isInside(ctx, place, int(1), length)) return true;
  const facts = [
    { relation: "<=", left: int(0), right: place, span: at },
    { relation: "<", left: place, right: length, span: at },
  ] as const;
  return facts.every((f) => ctx.accepts(ctx.facts.check(f)) || isLeftToBuild(ctx, f));
}

/** What stands for all elements where only the use of a declaration knows which one is meant. */
function anyElement(ctx: Context, items: readonly Meaning[], place: Dim, at: Span): Meaning {
  const [first, ...others] = items;
  if (!first) return UNKNOWN;
  if (areAlike(ctx, items)) return first;
  const sizes = items.flatMap((m) => (m.kind === "number" && m.dim ? [m.dim] : []));
  if (sizes.length === items.length) return someSize(ctx, sizes, place, at);
  // No fact tells the elements apart, so the condition between them says nothing.
  const by = { condition: { kind: "error", span: at }, scope: new Scope() } as const;
  return others.reduce((a, b) => mergeMeanings(ctx, a, b, at, by), first);
}

/** One of some sizes: the same symbol wherever equal lists have the same index. */
function someSize(ctx: Context, sizes: readonly Dim[], place: Dim, at: Span): Meaning {
  const alternatives = sizes.map((size, i) => ({
    size,
    when: [{ relation: "==", left: place, right: int(i) }] as const,
  }));
  const key = `[${sizes.map((d) => d.key).join()}] at ${place.key}`;
  const size = oneOf(ctx, alternatives, at, key);
  return size ? dimNumber(size) : { kind: "number" };
}
