// Binds the tensors of a call: each to what is given or to its default, and the free dims of their types.
import type { Parameter } from "../../grammar/ast.js";
import type { Span } from "../../grammar/source.js";
import { dtypeFaults, names, shapes } from "../diagnostics/index.js";
import type { Value } from "../ir/op.js";
import { broadcastTo } from "../ops/build.js";
import { unify, type Bindings } from "../types/constraints.js";
import { numel, substitute, symOf, type Dim, type Sym } from "../types/dim.js";
import type { Dtype } from "../types/dtype.js";
import type { TensorType } from "../types/tensor.js";
import { isTensorParam, meaningOf, valueSpan } from "./arguments.js";
import type { Context } from "./context.js";
import {
  UNKNOWN,
  describe,
  dimNumber,
  tensorOf,
  type Callable,
  type GivenArg,
  type Meaning,
  type Scope,
} from "./meaning.js";
import { asTensor } from "./operators.js";
import { sitesOfAxis } from "./provenance.js";
import { evaluateType, type Signature } from "./types.js";

/** A function of the source. */
export type Fn = Callable & { kind: "fn" };

/** A function that is being called: its parameters bound, its free dims known. */
export interface Frame {
  readonly scope: Scope;
  readonly signature: Signature;
  readonly bindings: Bindings;
}

/** What is called, as its caller knows it: a layer by its own name, its other functions behind it. */
export function nameOf({ decl, self }: Fn): string {
  const { name } = decl.name;
  if (!self) return name;
  const layer = self.decl.name.name;
  return name === "forward" ? layer : `${layer}.${name}`;
}

/**
 * Binds the tensors of a call from left to right, and with them the free dims; then those that may be left out and were, in the
 * shapes that are known by now.
 */
export function bindTensors(
  ctx: Context,
  fn: Fn,
  frame: Frame,
  matched: ReadonlyMap<string, GivenArg>,
): boolean {
  const params = fn.decl.params.filter(isTensorParam);
  const isLeftOut = (p: Parameter): boolean => p.value !== undefined && !matched.has(p.name.name);
  // What one argument should have bound, the next cannot be held against.
  const isBound = params
    .filter((p) => !isLeftOut(p))
    .every((p) => bindTensor(ctx, fn, frame, p, matched.get(p.name.name)));
  if (!isBound) return false;
  bindFreeDims(frame);
  return params.filter(isLeftOut).every((p) => {
    const value = defaultTensor(ctx, fn, frame, p);
    if (value) frame.scope.bind(p.name.name, tensorOf(value), p.name.span);
    return value !== undefined;
  });
}

/** What a tensor is that may be left out: the value of its default, which fills the declared shape where it is a number or a condition. */
export function defaultTensor(
  ctx: Context,
  fn: Fn,
  frame: Frame,
  param: Parameter,
): Value | undefined {
  const { annotation, value, name } = param;
  if (!annotation || !value) return undefined;
  const formal = evaluateType(ctx, frame.signature, annotation);
  const given = ctx.evaluate(frame.scope, value);
  if (!formal || given.kind === "unknown") return undefined;
  const at = value.span;
  const actual = tensorFor(ctx, given, formal.dtype, at, { param: name.name, callee: nameOf(fn) });
  if (!actual || given.kind !== "tensor") return actual && broadcastTo(actual, formal.shape);
  const settled = { ...frame.signature, free: new Set<Sym>() };
  const isFit =
    hasDtype(ctx, fn, param, { formal, given: actual, at }) &&
    unifyShapes(ctx, fn, { ...frame, signature: settled }, param, { formal, given: actual, at });
  return isFit ? actual : undefined;
}

function bindTensor(
  ctx: Context,
  fn: Fn,
  frame: Frame,
  param: Parameter,
  arg: GivenArg | undefined,
): boolean {
  const { annotation } = param;
  if (!annotation) return false;
  if (annotation.kind === "tuple-type") {
    frame.scope.bind(param.name.name, arg ? meaningOf(ctx, arg) : UNKNOWN, param.name.span);
    return true;
  }
  const given = arg ? meaningOf(ctx, arg) : UNKNOWN;
  const formal = evaluateType(ctx, frame.signature, annotation);
  if (!formal || given.kind === "unknown") return false;
  const at = arg ? valueSpan(arg) : param.span;
  const wanted = { param: param.name.name, callee: nameOf(fn) };
  const actual = tensorFor(ctx, given, formal.dtype, at, wanted);
  if (!actual) return false;
  frame.scope.bind(param.name.name, tensorOf(actual), param.name.span);
  const meeting = { formal, given: actual, at };
  return hasDtype(ctx, fn, param, meeting) && unifyShapes(ctx, fn, frame, param, meeting);
}

/** Whether a tensor has the element type of its parameter. */
function hasDtype(ctx: Context, fn: Fn, param: Parameter, { formal, given, at }: Meeting): boolean {
  if (given.type.dtype === formal.dtype) return true;
  ctx.report(
    dtypeFaults.argument({
      at,
      param: param.name.name,
      callee: nameOf(fn),
      given: ctx.mentionOf(given)?.text,
      declared: param.span,
      expected: formal,
      actual: given.type,
    }),
  );
  return false;
}

/** An argument as the tensor that its parameter takes; undefined after a fault. */
function tensorFor(
  ctx: Context,
  given: Meaning,
  dtype: Dtype,
  at: Span,
  wanted: { readonly param: string; readonly callee: string },
): Value | undefined {
  if (["tensor", "number", "bool"].includes(given.kind)) return asTensor(ctx, given, dtype, at);
  ctx.report(names.wrongKind({ at, expected: "a tensor", found: describe(given), wanted }));
  return undefined;
}

interface Meeting {
  readonly formal: TensorType;
  readonly given: Value;
  readonly at: Span;
}

function unifyShapes(
  ctx: Context,
  fn: Fn,
  frame: Frame,
  param: Parameter,
  { formal, given, at }: Meeting,
): boolean {
  const actual = given.type;
  const mismatches = unify(formal.shape, actual.shape, {
    bindings: frame.bindings,
    facts: ctx.facts,
    isFree: (sym) => frame.signature.free.has(sym),
    where: { argument: param.name.name, span: at },
    accepts: (verdict) => ctx.accepts(verdict),
  });
  if (mismatches.length === 0) return true;
  const [first] = mismatches;
  const behind =
    first?.kind === "dim" && param.annotation
      ? [
          {
            sites: sitesOfAxis(
              frame.scope,
              param.annotation,
              first.formalAxis,
              formal.shape.length,
            ),
            wanted: first.actual,
          },
        ]
      : [];
  ctx.reportAbout(
    [given],
    shapes.argument({
      at,
      callee: nameOf(fn),
      param: param.name.name,
      given: ctx.mentionOf(given)?.text,
      declared: param.span,
      formal,
      expected: { dtype: formal.dtype, shape: instantiateShape(formal.shape, frame.bindings) },
      actual,
      mismatches,
      bindings: frame.bindings,
    }),
    behind,
  );
  return false;
}

/** A formal shape with what is known of its free dims put in; packs become the dims they stand for. */
function instantiateShape(shape: readonly Dim[], bindings: Bindings): readonly Dim[] {
  const known = (d: Dim): Dim =>
    substitute(d, (sym) => {
      const bound = bindings.get(sym);
      return bound && (bound.isPack ? numel(bound.dims) : bound.dims[0]);
    });
  return shape.flatMap((d) => {
    const sym = symOf(d);
    const bound = sym && bindings.get(sym);
    return bound?.isPack ? bound.dims : [known(d)];
  });
}

/** Rebinds the names of free dims to what the arguments bound them to. */
function bindFreeDims({ scope, signature, bindings }: Frame): void {
  for (const sym of signature.free) {
    const bound = bindings.get(sym);
    if (!bound) continue;
    const [dim] = bound.dims;
    if (bound.isPack) scope.bind(sym.name, { kind: "pack", dims: bound.dims }, sym.origin);
    else if (dim) scope.bind(sym.name, dimNumber(dim), sym.origin);
  }
  signature.isOpen = false;
}
