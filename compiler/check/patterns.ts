// Axis patterns: `[b t (H k) -> b H t k]` for rearranging, repeating, reducing and contracting.
import type { Pattern, PatternAxis } from "../../grammar/ast.js";
import type { Span } from "../../grammar/source.js";
import { names, patterns as faults } from "../diagnostics/index.js";
import type { Value } from "../ir/op.js";
import * as ops from "../ops/index.js";
import { floorDiv, int, mul, type Dim } from "../types/dim.js";
import { isPack } from "../types/tensor.js";
import { describe, type Meaning } from "./meaning.js";
import { atoms, axesOf, leftOf, namesOf, type Atom } from "./pattern-axes.js";
import type { PrimitiveCall } from "./primitive.js";
import { madeAt } from "./packs.js";
import { asDim } from "./types.js";
import { meaningOf } from "./arguments.js";

/** Sizes of the axes of one pattern, by name; `...` stands for several. */
export interface Axes {
  readonly call: PrimitiveCall;
  readonly pattern: Pattern;
  readonly sizes: Map<string, Dim>;
  rest: readonly Dim[] | undefined;
}

/** The pattern that an argument must be. */
export function asPattern(call: PrimitiveCall, meaning: Meaning, at: Span): Pattern {
  if (meaning.kind === "pattern") return meaning.pattern;
  return call.refuse(
    names.wrongKind({ at, expected: "an axis pattern `[a b -> b a]`", found: describe(meaning) }),
  );
}

/** Begins to read a pattern: sizes that are in scope or given by name. Only a product may name an axis of an input twice. */
export function start(call: PrimitiveCall, pattern: Pattern, mayRepeat = false): Axes {
  const single = mayRepeat ? [pattern.output] : [...pattern.inputs, pattern.output];
  for (const side of single) refuseRepeats(call, side);
  const all = axesOf(pattern);
  const sizes = new Map<string, Dim>();
  for (const name of all) {
    const bound = call.scope?.lookup(name)?.meaning;
    if (bound?.kind === "number" && bound.dim) sizes.set(name, bound.dim);
  }
  for (const [name, size] of givenSizes(call, pattern, all)) sizes.set(name, size);
  return { call, pattern, sizes, rest: undefined };
}

/** Sizes given as named arguments: `repeat(x, [t -> b t], b = B)`. */
function givenSizes(
  call: PrimitiveCall,
  pattern: Pattern,
  all: ReadonlySet<string>,
): readonly (readonly [name: string, size: Dim])[] {
  return call.sizes.flatMap((size) => {
    const name = size.name?.name ?? "";
    if (!all.has(name)) {
      call.refuse(faults.unknownAxis({ name, at: size.span, left: leftOf(pattern) }));
    }
    const dim = asDim(call.ctx, meaningOf(call.ctx, size), size.span);
    if (dim) call.requireSize(dim, "pattern", size.span);
    return dim ? [[name, dim] as const] : [];
  });
}

function refuseRepeats(call: PrimitiveCall, side: readonly PatternAxis[]): void {
  const seen = new Set<string>();
  for (const atom of atoms(side)) {
    if (atom.kind !== "axis") continue;
    if (seen.has(atom.name)) call.refuse(faults.repeatedAxis({ name: atom.name, at: atom.span }));
    seen.add(atom.name);
  }
}

/** Meets the axes of one input with the shape of a tensor: binds names, splits groups; the tensor with atomic axes. */
export function open(axes: Axes, side: readonly PatternAxis[], x: Value): Value {
  const { call, pattern } = axes;
  const { shape } = x.type;
  const rest = side.findIndex((a) => a.kind === "rest");
  const fixed = side.length - (rest >= 0 ? 1 : 0);
  const many = shape.length - fixed;
  const at = sideSpan(side) ?? pattern.span;
  const refuseRank = (): never =>
    call.refuse(
      faults.rank({
        at,
        given: call.named(x),
        made: madeAt(call.ctx, x),
        axes: side.length,
        isOpen: rest >= 0,
      }),
    );
  if (many < 0 || (rest < 0 && many !== 0)) refuseRank();
  const target: Dim[] = [];
  for (const [i, item] of side.entries()) {
    if (item.kind === "rest") {
      axes.rest = shape.slice(i, i + many);
      target.push(...axes.rest);
      continue;
    }
    const dim = shape[rest >= 0 && i > rest ? i + many - 1 : i] ?? int(1);
    if (isPack(dim)) refuseRank();
    target.push(...meet(axes, item, dim, x));
  }
  return ops.reshape(x, { shape: target });
}

/** Where one side of a pattern stands. */
function sideSpan(side: readonly PatternAxis[]): Span | undefined {
  const [first, last] = [side[0], side.at(-1)];
  return first && last && { ...first.span, end: last.span.end };
}

/** Binds one item of the left side to a dim; a group is divided among its axes, at most one of unknown size. */
function meet(axes: Axes, item: PatternAxis, dim: Dim, x: Value): Dim[] {
  const { call } = axes;
  if (item.kind === "unit") {
    requireEqual(axes, item.span, dim, int(item.size), x);
    return [dim];
  }
  if (item.kind === "axis") {
    const known = axes.sizes.get(item.name);
    if (known) requireEqual(axes, item.span, dim, known, x, item.name);
    else axes.sizes.set(item.name, dim);
    return [known ?? dim];
  }
  if (item.kind === "rest") return [];
  const parts = atoms(item.axes);
  const unknown = parts.filter((p) => p.kind === "axis" && !axes.sizes.has(p.name));
  const product = mul(...parts.map((p) => sizeOf(axes, p) ?? int(1)));
  const [free] = unknown;
  if (unknown.length > 1)
    call.refuse(
      faults.undetermined({
        at: item.span,
        names: unknown.flatMap((u) => (u.kind === "axis" ? [u.name] : [])),
      }),
    );
  if (free?.kind === "axis") {
    requireDivides(axes, item.span, dim, product, x);
    axes.sizes.set(free.name, floorDiv(dim, product));
  } else requireEqual(axes, item.span, dim, product, x);
  return parts.map((p) => sizeOf(axes, p) ?? int(1));
}

function sizeOf(axes: Axes, atom: Atom): Dim | undefined {
  if (atom.kind === "unit") return int(atom.size);
  return atom.kind === "axis" ? axes.sizes.get(atom.name) : undefined;
}

function requireEqual(
  axes: Axes,
  at: Span,
  actual: Dim,
  expected: Dim,
  x: Value,
  name?: string,
): void {
  const { ctx } = axes.call;
  const verdict = ctx.facts.equal(actual, expected);
  if (ctx.accepts(verdict)) return;
  axes.call.refuse(
    faults.size({
      at,
      actual,
      expected,
      given: axes.call.named(x),
      verdict,
      ...(name === undefined ? {} : { name }),
    }),
  );
}

function requireDivides(axes: Axes, at: Span, whole: Dim, part: Dim, x: Value): void {
  const { ctx } = axes.call;
  const verdict = ctx.facts.divides(part, whole);
  if (ctx.accepts(verdict)) return;
  axes.call.refuse(faults.indivisible({ at, whole, part, given: axes.call.named(x), verdict }));
}

/** The axes of the right side in order: sizes of the flat shape, and of the shape with groups joined. */
export function close(
  axes: Axes,
  side: readonly PatternAxis[],
): { readonly flat: Dim[]; readonly grouped: Dim[] } {
  const dimsOf = (atom: Atom): readonly Dim[] => {
    if (atom.kind === "rest")
      return axes.rest ?? axes.call.refuse(faults.restMissing({ at: axes.pattern.span }));
    const size = sizeOf(axes, atom);
    if (size) return [size];
    const { name, span } = atom as Atom & { kind: "axis" };
    return axes.call.refuse(faults.unknownAxis({ name, at: span, left: leftOf(axes.pattern) }));
  };
  const flat = atoms(side).flatMap(dimsOf);
  const grouped = side.flatMap((item) =>
    item.kind === "group" ? [mul(...atoms(item.axes).flatMap(dimsOf))] : dimsOf(item),
  );
  return { flat, grouped };
}

/** What the labels of the axes of the rest begin with. */
export const restLabel = "...";

/** Labels of the flat axes of a side; those of the rest are numbered from the back. */
export function labels(axes: Axes, side: readonly PatternAxis[]): string[] {
  let units = 0;
  const rest = axes.rest?.length ?? 0;
  return atoms(side).flatMap((atom) => {
    if (atom.kind === "axis") return [atom.name];
    return atom.kind === "rest"
      ? (axes.rest ?? []).map((_, i) => `${restLabel}${String(rest - i)}`)
      : [`1.${String(units++)}`];
  });
}

/** Brings the flat axes of `x`, labelled `from`, into the order `to`; labels only in `to` are repeated or units. */
export function arrange(
  x: Value,
  from: readonly string[],
  to: readonly string[],
  shape: readonly Dim[],
): Value {
  const isUnit = (label: string): boolean => label.startsWith("1.");
  const kept = from.filter((l) => !isUnit(l));
  const bare = ops.reshape(x, { shape: x.type.shape.filter((_, i) => !isUnit(from[i] ?? "")) });
  const order = to.filter((l) => !isUnit(l) && kept.includes(l));
  const perm = order.map((l) => kept.indexOf(l));
  const moved = perm.every((p, i) => p === i) ? bare : ops.transpose(bare, { perm });
  const axes = to.flatMap((l, i) => (order.includes(l) ? [i] : []));
  return ops.placeAxes(moved, shape, axes);
}

const onlyInput = (pattern: Pattern): readonly PatternAxis[] => pattern.inputs[0] ?? [];

function refuseLost(call: PrimitiveCall, pattern: Pattern): void {
  const right = new Set(namesOf(pattern.output));
  for (const atom of atoms(onlyInput(pattern))) {
    if (atom.kind === "axis" && !right.has(atom.name))
      call.refuse(faults.lostAxis({ name: atom.name, at: atom.span, callee: call.name }));
    if (atom.kind === "rest" && !atoms(pattern.output).some((a) => a.kind === "rest"))
      call.refuse(faults.lostAxis({ name: "...", at: pattern.span, callee: call.name }));
  }
}

/** `rearrange` and `repeat`: every axis of the left is on the right; `repeat` may add some. */
export function rearrange(
  call: PrimitiveCall,
  x: Value,
  meaning: Meaning,
  mayAdd: boolean,
): Meaning {
  const pattern = asPattern(call, meaning, call.spanOf("pattern"));
  const side = onlyInput(pattern);
  refuseLost(call, pattern);
  if (!mayAdd) {
    const left = new Set(namesOf(side));
    const added = atoms(pattern.output).find((a) => a.kind === "axis" && !left.has(a.name));
    if (added?.kind === "axis")
      call.refuse(faults.unknownAxis({ name: added.name, at: added.span, left: leftOf(pattern) }));
  }
  const axes = start(call, pattern);
  return call.result(() => {
    const flat = open(axes, side, x);
    const target = close(axes, pattern.output);
    const arranged = arrange(flat, labels(axes, side), labels(axes, pattern.output), target.flat);
    return ops.reshape(arranged, { shape: target.grouped });
  });
}

/** `sum(x, [b t d -> b d])`: axes that are not on the right are reduced. */
export function reduceByPattern(
  call: PrimitiveCall,
  x: Value,
  meaning: Meaning,
  reduce: (x: Value, axes: readonly number[]) => Value,
): Meaning {
  const pattern = asPattern(call, meaning, call.span);
  const side = onlyInput(pattern);
  const axes = start(call, pattern);
  return call.result(() => {
    const flat = open(axes, side, x);
    const from = labels(axes, side);
    const to = labels(axes, pattern.output);
    const gone = from.flatMap((l, i) => (to.includes(l) && !l.startsWith("1.") ? [] : [i]));
    const reduced = reduce(flat, gone);
    const target = close(axes, pattern.output);
    const arranged = arrange(
      reduced,
      from.filter((_, i) => !gone.includes(i)),
      to,
      target.flat,
    );
    return ops.reshape(arranged, { shape: target.grouped });
  });
}
