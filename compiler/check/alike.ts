// Tells whether meanings may stand for each other: tensors of one type, layers with equal arguments, equal numbers.
import type { Context } from "./context.js";
import type { Callable, Instance, Meaning, NumberMeaning } from "./meaning.js";

/** Whether any of these may stand for all of them, whatever the free sizes are. */
export function areAlike(ctx: Context, items: readonly Meaning[]): boolean {
  const [first, ...others] = items;
  return first === undefined || others.every((m) => isLike(ctx, first, m));
}

function isLike(ctx: Context, a: Meaning, b: Meaning): boolean {
  if (a === b) return true;
  if (a.kind === "tensor") return b.kind === "tensor" && sameType(ctx, a, b);
  if (a.kind === "number") return b.kind === "number" && sameNumber(ctx, a, b);
  if (a.kind === "bool") return b.kind === "bool" && a.value !== undefined && a.value === b.value;
  if (a.kind === "dtype") return b.kind === "dtype" && a.dtype === b.dtype;
  return isLikeInParts(ctx, a, b);
}

function isLikeInParts(ctx: Context, a: Meaning, b: Meaning): boolean {
  if (a.kind === "instance") return b.kind === "instance" && sameLayer(ctx, a.instance, b.instance);
  if (a.kind === "callable") return b.kind === "callable" && sameCallable(a.callable, b.callable);
  if ((a.kind !== "tuple" && a.kind !== "list") || b.kind !== a.kind) return false;
  return (
    a.items.length === b.items.length &&
    a.items.every((item, i) => isLike(ctx, item, b.items[i] ?? item))
  );
}

function sameNumber(ctx: Context, a: NumberMeaning, b: NumberMeaning): boolean {
  if (a.dim && b.dim) return ctx.facts.equal(a.dim, b.dim).kind === "proved";
  return a.value !== undefined && a.value === b.value;
}

function sameType(
  ctx: Context,
  { value: { type: a } }: Meaning & { kind: "tensor" },
  { value: { type: b } }: Meaning & { kind: "tensor" },
): boolean {
  return a.dtype === b.dtype && ctx.sameShape(a.shape, b.shape);
}

/** Layers of one declaration whose static arguments are equal. */
function sameLayer(ctx: Context, a: Instance, b: Instance): boolean {
  if (a.decl !== b.decl) return false;
  return a.decl.statics.every(({ name }) => {
    const [x, y] = [a, b].map((i) => i.scope.parent?.lookup(name.name)?.meaning);
    return x !== undefined && y !== undefined && isLike(ctx, x, y);
  });
}

function sameCallable(a: Callable, b: Callable): boolean {
  if (a === b) return true;
  if (a.kind === "primitive") return b.kind === "primitive" && a.name === b.name;
  if (a.kind === "opaque") return b.kind === "opaque" && a.name === b.name;
  if (a.kind === "fn") return b.kind === "fn" && a.decl === b.decl && a.self === b.self;
  return "decl" in a && "decl" in b && a.decl === b.decl;
}
