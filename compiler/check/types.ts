// Evaluates type annotations: shapes with packs, free dims, dtypes.
import type { DimItem, Expr, TensorTypeExpr, TypeExpr } from "../../grammar/ast.js";
import type { Span } from "../../grammar/source.js";
import { names, shapes, type Diagnostic } from "../diagnostics/index.js";
import { constantOf, freshSym, symbol, type Dim, type Sym } from "../types/dim.js";
import { dtypes, isDtype, type Dtype } from "../types/dtype.js";
import type { TensorType } from "../types/tensor.js";
import type { Context } from "./context.js";
import { dimNumber, describe, type Meaning, type Scope } from "./meaning.js";

/** Free names of one signature: those that nothing in scope binds. They live in `scope`, above the body. */
export interface Signature {
  readonly scope: Scope;
  readonly free: Set<Sym>;
  /** While false, a name that nothing binds is an error: it would occur only in the result. */
  isOpen: boolean;
}

export const PACK = "...";
const packName = (name: string | undefined): string =>
  name === undefined ? PACK : `${PACK}${name}`;

/** The type an annotation says; undefined after a fault. `like` looks the named tensor up. */
export function evaluateType(ctx: Context, sig: Signature, type: TypeExpr): TensorType | undefined {
  if (type.kind === "tensor-type") return tensorType(ctx, sig, type);
  if (type.kind === "like") {
    const bound = sig.scope.lookup(type.of.name)?.meaning;
    if (bound?.kind === "tensor") return bound.value.type;
    if (bound?.kind === "type") return { dtype: bound.dtype, shape: bound.shape };
    if (bound?.kind === "unknown") return undefined;
    ctx.report(
      names.unknownName({
        name: type.of.name,
        at: type.of.span,
        near: [...sig.scope.names()],
        what: "tensor",
      }),
    );
    return undefined;
  }
  ctx.report(otherAnnotation(sig, type));
  return undefined;
}

/** Refuses `(B, D)`, which other languages write for `[B, D]`: its names are sizes, whatever a tuple would make of them. */
export function refuseTupleOfSizes(
  ctx: Context,
  sig: Signature,
  { span, fields }: TypeExpr & { readonly kind: "tuple-type" },
): boolean {
  const sizes = fields.flatMap(({ name, type }) =>
    name || type.kind !== "layer-type" || type.args ? [] : [type.name],
  );
  const isSize = ({ name }: { readonly name: string }): boolean => {
    const meaning = sig.scope.lookup(name)?.meaning;
    return meaning === undefined || meaning.kind === "number" || meaning.kind === "unknown";
  };
  if (sizes.length < fields.length || sizes.length === 0 || !sizes.every(isSize)) return false;
  ctx.report(names.tupleOfSizes({ at: span }));
  for (const size of sizes)
    if (!sig.scope.lookup(size.name)) sig.scope.bind(size.name, { kind: "unknown" }, size.span);
  return true;
}

/** An annotation in the place of a tensor type: a name that means nothing, or one of another kind. */
function otherAnnotation(
  sig: Signature,
  type: Exclude<TypeExpr, { readonly kind: "tensor-type" | "like" }>,
): Diagnostic {
  if (type.kind === "layer-type" && !sig.scope.lookup(type.name.name)) {
    const near = [...sig.scope.names()];
    return names.unknownName({ name: type.name.name, at: type.span, near, what: "type" });
  }
  const found = { kind: "a kind", "layer-type": "a layer", "tuple-type": "a tuple" }[type.kind];
  return names.wrongKind({ at: type.span, expected: "a tensor type", found });
}

function tensorType(ctx: Context, sig: Signature, type: TensorTypeExpr): TensorType | undefined {
  const dtype = dtypeOf(ctx, sig.scope, type);
  if (refuseTwoPacks(ctx, sig, type)) return undefined;
  const shape: Dim[] = [];
  for (const item of type.dims) {
    const dims = item.kind === "pack" ? packDims(ctx, sig, item) : dimOf(ctx, sig, item);
    if (!dims) return undefined;
    shape.push(...dims);
  }
  return dtype ? { dtype, shape } : undefined;
}

function dtypeOf(ctx: Context, scope: Scope, type: TensorTypeExpr): Dtype | undefined {
  if (!type.dtype) return ctx.float;
  if (isDtype(type.dtype.name)) return type.dtype.name;
  const bound = scope.lookup(type.dtype.name)?.meaning;
  if (bound?.kind === "dtype") return bound.dtype;
  ctx.report(
    names.unknownName({
      name: type.dtype.name,
      at: type.dtype.span,
      near: Object.keys(dtypes),
      what: "dtype",
    }),
  );
  return undefined;
}

/** Refuses a second pack of unknown length in one type: nothing would say which axes are whose. */
function refuseTwoPacks(ctx: Context, sig: Signature, { dims }: TensorTypeExpr): boolean {
  const [, second] = dims.filter(
    (item) =>
      item.kind === "pack" && sig.scope.lookup(packName(item.name?.name))?.meaning.kind !== "pack",
  );
  if (second) ctx.report(shapes.twoPacks({ at: second.span }));
  return second !== undefined;
}

function packDims(
  ctx: Context,
  sig: Signature,
  item: DimItem & { kind: "pack" },
): readonly Dim[] | undefined {
  const name = packName(item.name?.name);
  const bound = sig.scope.lookup(name)?.meaning;
  if (bound?.kind === "pack") return bound.dims;
  if (!sig.isOpen) {
    ctx.report(shapes.freeDimInResult({ name, at: item.span }));
    return undefined;
  }
  const sym = freshSym(name, "pack", item.span);
  sig.free.add(sym);
  sig.scope.bind(name, { kind: "pack", dims: [symbol(sym)] }, item.span);
  return [symbol(sym)];
}

/** One written dimension. Names that nothing binds become free dims of the signature. */
function dimOf(ctx: Context, sig: Signature, item: Expr): readonly Dim[] | undefined {
  openNames(ctx, sig, item);
  const dim = evaluateDim(ctx, sig.scope, item);
  if (dim && (constantOf(dim) ?? 0) < 0) {
    ctx.report(shapes.negativeSize({ at: item.span, size: dim, facts: ctx.facts }));
    return undefined;
  }
  return dim && [dim];
}

function openNames(ctx: Context, sig: Signature, expr: Expr): void {
  switch (expr.kind) {
    case "name":
      if (isKnown(sig, expr.name)) return;
      if (!sig.isOpen) {
        const near = [...sig.scope.bound()].flatMap(([other, { meaning }]) =>
          meaning.kind === "number" ? [other] : [],
        );
        ctx.report(shapes.freeDimInResult({ name: expr.name, at: expr.span, near }));
        sig.scope.bind(expr.name, { kind: "unknown" }, expr.span);
        return;
      }
      bindFree(sig, expr.name, expr.span);
      return;
    case "binary":
      openNames(ctx, sig, expr.left);
      openNames(ctx, sig, expr.right);
      return;
    case "unary":
      openNames(ctx, sig, expr.operand);
      return;
    case "paren":
      openNames(ctx, sig, expr.inner);
      return;
    case "call":
      for (const arg of expr.args) openNames(ctx, sig, arg.value);
      return;
    default:
  }
}

/** Whether a name of a size means something. A layer is no size: its name is as free as any, so that `W` can be both. */
function isKnown(sig: Signature, name: string): boolean {
  const meaning = sig.scope.lookup(name)?.meaning;
  if (meaning?.kind !== "callable") return meaning !== undefined;
  const { callable } = meaning;
  const isNetwork = callable.kind === "layer" || callable.kind === "derived";
  return !isNetwork || callable.decl.name.name !== name;
}

function bindFree(sig: Signature, name: string, span: Span): void {
  const sym = freshSym(name, "size", span);
  sig.free.add(sym);
  sig.scope.bind(name, dimNumber(symbol(sym)), span);
}

/** An expression that must be a dimension; undefined after a fault. */
export function evaluateDim(ctx: Context, scope: Scope, expr: Expr): Dim | undefined {
  return asDim(ctx, ctx.evaluate(scope, expr), expr.span);
}

/** A meaning that must be a dimension; undefined after a fault. */
export function asDim(ctx: Context, meaning: Meaning, span: Span): Dim | undefined {
  if (meaning.kind === "number" && meaning.dim) return meaning.dim;
  if (meaning.kind !== "unknown") {
    ctx.report(names.wrongKind({ at: span, expected: "a dimension", found: describe(meaning) }));
  }
  return undefined;
}

/** A shape given as a list (`[B, T * D]`), a type (`f16[...]`) or `like x`. */
export function asShape(ctx: Context, meaning: Meaning, span: Span): TensorType | undefined {
  if (meaning.kind === "type") return { dtype: meaning.dtype, shape: meaning.shape };
  if (meaning.kind === "tensor") return meaning.value.type;
  if (meaning.kind === "list" || meaning.kind === "tuple") {
    const shape: Dim[] = [];
    for (const item of meaning.items) {
      const dims = item.kind === "pack" ? item.dims : [asDim(ctx, item, span)];
      for (const dim of dims) {
        if (!dim) return undefined;
        shape.push(dim);
      }
    }
    return { dtype: ctx.float, shape };
  }
  if (meaning.kind !== "unknown") {
    ctx.report(names.wrongKind({ at: span, expected: "a shape", found: describe(meaning) }));
  }
  return undefined;
}
