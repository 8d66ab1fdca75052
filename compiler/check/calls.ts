// Evaluates calls: of functions, layers, primitives, lambdas and functions that were partly applied.
import type { Call, Expr, FnDecl, Parameter } from "../../grammar/ast.js";
import { join, type Span } from "../../grammar/source.js";
import { dtypeFaults, names, shapes } from "../diagnostics/index.js";
import { unify, type Bindings } from "../types/constraints.js";
import { constantOf, numel, substitute, type Dim } from "../types/dim.js";
import type { TensorType } from "../types/tensor.js";
import { coerceStatic, givenArgs, matchArgs, meaningOf, staticKindOf } from "./arguments.js";
import type { Context } from "./context.js";
import { evaluate } from "./expressions.js";
import { instantiate, instantiateDerived, memberOf } from "./instances.js";
import {
  UNKNOWN,
  describe,
  dimNumber,
  floatNumber,
  tensorOf,
  type Callable,
  type GivenArg,
  type Meaning,
} from "./meaning.js";
import { factsOf } from "./numbers.js";
import { obligations } from "./obligations.js";
import { asTensor } from "./operators.js";
import { callPrimitive } from "./primitive.js";
import { Scope } from "./scope.js";
import { mergeMeanings } from "./statements.js";
import { evaluateType, type Signature } from "./types.js";

type Fn = Callable & { kind: "fn" };

export function evaluateCall(ctx: Context, scope: Scope, call: Call): Meaning {
  const callee = evaluate(ctx, scope, call.callee);
  return apply(ctx, callee, givenArgs(scope, call.args), call.span, call.callee.span);
}

/** `x |> f` and `x |> f(a = 1)`: the left side becomes the first argument. */
export function evaluatePipe(ctx: Context, scope: Scope, expr: Expr & { kind: "pipe" }): Meaning {
  const stages: Expr[] = [];
  let left: Expr = expr;
  while (left.kind === "pipe") {
    stages.push(left.right);
    left = left.left;
  }
  let meaning = evaluate(ctx, scope, left);
  for (const stage of stages.reverse()) {
    const isCall = stage.kind === "call";
    const callee = evaluate(ctx, scope, isCall ? stage.callee : stage);
    const args: GivenArg[] = [
      // A misfit is shown at the stage that does not take the value.
      { span: isCall ? stage.callee.span : stage.span, meaning },
      ...(isCall ? givenArgs(scope, stage.args) : []),
    ];
    meaning = apply(
      ctx,
      callee,
      args,
      isCall ? stage.span : join(stage.span, stage.span),
      stage.span,
    );
  }
  return meaning;
}

/** Calls whatever can be called. */
export function apply(
  ctx: Context,
  callee: Meaning,
  args: readonly GivenArg[],
  span: Span,
  at: Span = span,
): Meaning {
  switch (callee.kind) {
    case "unknown":
      return UNKNOWN;
    case "callable":
      return invoke(ctx, callee.callable, args, span);
    case "instance": {
      const forward = memberOf(ctx, callee.instance, "forward", at);
      return forward.kind === "callable" ? invoke(ctx, forward.callable, args, span) : UNKNOWN;
    }
    case "choice": {
      const given = args.map((arg) => ({
        span: arg.span,
        meaning: meaningOf(ctx, arg),
        ...(arg.name ? { name: arg.name } : {}),
      }));
      const [then, otherwise] = callee.options;
      const facts = factsOf(ctx, callee.scope, callee.condition);
      const a = ctx.assuming(facts, () => apply(ctx, then, given, span, at));
      const b = apply(ctx, otherwise, given, span, at);
      return mergeMeanings(ctx, a, b, span);
    }
    default:
      return ctx.report(names.notCallable({ at, found: describe(callee) }));
  }
}

export function invoke(
  ctx: Context,
  callable: Callable,
  args: readonly GivenArg[],
  span: Span,
): Meaning {
  switch (callable.kind) {
    case "fn":
      return callFn(ctx, callable, args, span);
    case "lambda":
      return callLambda(ctx, callable, args, span);
    case "primitive":
      return callPrimitive(ctx, callable.primitive, args, span);
    case "layer":
    case "adapter":
    case "optimizer": {
      const instance = instantiate(ctx, callable, args, span);
      return instance ? { kind: "instance", instance } : UNKNOWN;
    }
    case "derived":
      return instantiateDerived(ctx, callable, args, span);
    case "partial":
      return invoke(ctx, callable.callable, [...args, ...callable.args], span);
    case "constant": {
      const value = asTensor(ctx, callable.number, "f32", span);
      return value ? tensorOf(value) : UNKNOWN;
    }
    case "opaque":
      for (const arg of args) meaningOf(ctx, arg);
      return UNKNOWN;
  }
}

function callLambda(
  ctx: Context,
  lambda: Callable & { kind: "lambda" },
  args: readonly GivenArg[],
  span: Span,
): Meaning {
  const params = lambda.params.map(({ name }) => ({ name, isRequired: true }));
  const matched = matchArgs(ctx, "this function", params, args, span);
  if (!matched) return UNKNOWN;
  const scope = new Scope(lambda.scope);
  for (const { name, span: at } of lambda.params) {
    const arg = matched.get(name);
    if (arg) scope.bind(name, meaningOf(ctx, arg), at);
  }
  return evaluate(ctx, scope, lambda.body);
}

// ------------------------------------------------------------------- functions

export const isTensorParam = (param: Parameter): boolean =>
  param.annotation !== undefined &&
  ["tensor-type", "like", "tuple-type"].includes(param.annotation.kind);
const isLayerParam = (param: Parameter): boolean => param.annotation?.kind === "layer-type";

/** A function that is being called: its parameters bound, its free dims known. */
interface Frame {
  readonly scope: Scope;
  readonly signature: Signature;
  readonly bindings: Bindings;
}

function callFn(ctx: Context, fn: Fn, args: readonly GivenArg[], span: Span): Meaning {
  const { decl } = fn;
  const name = decl.name.name;
  const params = decl.params.map((p) => ({ name: p.name.name, isRequired: p.value === undefined }));
  const tensors = new Set(
    decl.params.filter((p) => isTensorParam(p) && !p.value).map((p) => p.name.name),
  );
  const matched = matchArgs(
    ctx,
    name,
    params,
    args,
    span,
    (param) => tensors.has(param) && leavesOutAll(tensors, decl, args),
  );
  if (!matched) return UNKNOWN;
  if (tensors.size > 0 && [...tensors].every((t) => !matched.has(t))) {
    return { kind: "callable", callable: { kind: "partial", callable: fn, args } };
  }
  if (
    ctx.active.some(
      (c) => c.kind === "fn" && c.decl === decl && c.self?.path.join() === fn.self?.path.join(),
    ) ||
    ctx.active.length > 200
  ) {
    return ctx.report(names.recursiveDeclaration({ name, at: decl.name.span, from: span }));
  }
  return ctx.within(fn, () => {
    const frame = bindParams(ctx, fn, matched);
    if (!frame) return UNKNOWN;
    if (!obligations(ctx, decl.where, frame.scope, { callee: name, at: span, self: fn.self }))
      return UNKNOWN;
    return resultOf(ctx, fn, frame, span);
  });
}

/** A call that gives none of the tensors is meant as a function of them. */
function leavesOutAll(
  tensors: ReadonlySet<string>,
  decl: FnDecl,
  args: readonly GivenArg[],
): boolean {
  const [first] = decl.params;
  const positional = args.filter((a) => !a.name);
  if (positional.length > 0 && first && tensors.has(first.name.name)) return false;
  return !args.some((a) => a.name && tensors.has(a.name.name));
}

/** Statics first, since tensor types may use them; then tensors from left to right. */
function bindParams(
  ctx: Context,
  fn: Fn,
  matched: ReadonlyMap<string, GivenArg>,
): Frame | undefined {
  const scope = new Scope(fn.scope);
  const signature: Signature = { scope, free: new Set(), isOpen: true };
  const frame: Frame = { scope, signature, bindings: new Map() };
  bindFilling(ctx, fn, scope);
  let isFine = true;
  for (const param of fn.decl.params.filter((p) => !isTensorParam(p))) {
    isFine = bindStatic(ctx, scope, param, matched.get(param.name.name)) && isFine;
  }
  for (const param of isFine ? fn.decl.params.filter(isTensorParam) : []) {
    isFine = bindTensor(ctx, fn, frame, param, matched.get(param.name.name)) && isFine;
  }
  if (!isFine) return undefined;
  bindFreeDims(frame);
  return frame;
}

/** Binds one static parameter, or its default. */
export function bindStatic(
  ctx: Context,
  scope: Scope,
  param: Parameter,
  arg: GivenArg | undefined,
): boolean {
  const kind = isLayerParam(param) ? "layer" : staticKindOf(param);
  const at = arg?.span ?? param.value?.span ?? param.span;
  const inPath = kind === "layer" ? [...ctx.path, param.name.name] : ctx.path;
  const meaning = ctx.under(inPath, () =>
    arg ? meaningOf(ctx, arg) : param.value ? evaluate(ctx, scope, param.value) : UNKNOWN,
  );
  const coerced = coerceStatic(ctx, kind, meaning, at);
  scope.bind(param.name.name, coerced, param.name.span);
  return coerced.kind !== "unknown" || kind === "any" || kind === "tuple";
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
  const given = arg
    ? meaningOf(ctx, arg)
    : param.value
      ? evaluate(ctx, frame.scope, param.value)
      : UNKNOWN;
  const formal = evaluateType(ctx, frame.signature, annotation);
  if (!formal || given.kind === "unknown") return false;
  const at = arg?.span ?? param.span;
  const actual = asTensor(ctx, given, formal.dtype, at);
  if (!actual) return false;
  frame.scope.bind(param.name.name, tensorOf(actual), param.name.span);
  if (actual.type.dtype !== formal.dtype) {
    ctx.report(
      dtypeFaults.argument({
        at,
        callee: fn.decl.name.name,
        param: param.name.name,
        declared: param.span,
        expected: formal,
        actual: actual.type,
      }),
    );
    return false;
  }
  return unifyShapes(ctx, fn, frame, param, { formal, actual: actual.type, at });
}

interface Meeting {
  readonly formal: TensorType;
  readonly actual: TensorType;
  readonly at: Span;
}

function unifyShapes(
  ctx: Context,
  fn: Fn,
  frame: Frame,
  param: Parameter,
  { formal, actual, at }: Meeting,
): boolean {
  const mismatches = unify(formal.shape, actual.shape, {
    bindings: frame.bindings,
    facts: ctx.facts,
    isFree: (sym) => frame.signature.free.has(sym),
    where: { argument: param.name.name, span: at },
    accepts: (verdict) => ctx.accepts(verdict),
  });
  if (mismatches.length === 0) return true;
  ctx.report(
    shapes.argument({
      at,
      callee: fn.decl.name.name,
      param: param.name.name,
      declared: param.span,
      formal,
      expected: { dtype: formal.dtype, shape: instantiateShape(formal.shape, frame.bindings) },
      actual,
      mismatches,
      bindings: frame.bindings,
    }),
  );
  return false;
}

/** A formal shape with what is known of its free dims put in; packs become the dims they stand for. */
export function instantiateShape(shape: readonly Dim[], bindings: Bindings): Dim[] {
  return shape.flatMap((d) => {
    for (const [sym, { dims, isPack }] of bindings) {
      if (
        isPack &&
        d.terms.length === 1 &&
        d.key.endsWith(`s${String(sym.id)}`) &&
        sym.kind === "pack"
      )
        return [...dims];
    }
    return [
      substitute(d, (sym) => {
        const b = bindings.get(sym);
        return b && (b.isPack ? numel(b.dims) : b.dims[0]);
      }),
    ];
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

/** Inside an initialiser, the parameter that is being filled, and its fans. */
function bindFilling(ctx: Context, fn: Fn, scope: Scope): void {
  const filling = ctx.filling;
  if (!filling || fn.decl.result?.kind !== "like" || scope.lookup("param")) return;
  const { dtype, shape } = filling;
  scope.bind("param", { kind: "type", dtype, shape });
  const [out, fan, ...kernel] = shape.map(constantOf);
  const window = kernel.reduce<number>((n, k) => n * (k ?? Number.NaN), 1);
  const fanIn = (fan ?? out ?? Number.NaN) * window;
  const fanOut = (out ?? Number.NaN) * (shape.length > 1 ? window : 1);
  scope.bind("fan_in", floatNumber(Number.isNaN(fanIn) ? undefined : fanIn));
  scope.bind("fan_out", floatNumber(Number.isNaN(fanOut) ? undefined : fanOut));
}

/** The declared result where there is one and bodies are not needed; else the value of the body. */
function resultOf(ctx: Context, fn: Fn, frame: Frame, span: Span): Meaning {
  const { result } = fn.decl;
  const needsBody =
    ctx.concrete !== undefined ||
    !result ||
    (result.kind === "like" && ctx.filling !== undefined) ||
    fn.decl.params.some(isFunctionParam);
  if (!needsBody) return declaredResult(ctx, fn, frame);
  const before = ctx.graph.at;
  ctx.graph.at = [span, ...before];
  try {
    return checkResult(ctx, fn, frame, evaluate(ctx, frame.scope, fn.decl.body));
  } finally {
    ctx.graph.at = before;
  }
}

const isFunctionParam = (p: Parameter): boolean =>
  p.annotation?.kind === "kind" && (p.annotation.name === "fn" || p.annotation.name === "layer");

function declaredResult(ctx: Context, fn: Fn, frame: Frame): Meaning {
  const { result } = fn.decl;
  if (!result) return UNKNOWN;
  if (result.kind !== "tuple-type") {
    const type = evaluateType(ctx, frame.signature, result);
    return type ? tensorOf(ctx.opaque(type.dtype, type.shape)) : UNKNOWN;
  }
  const items = result.fields.map(({ type }): Meaning => {
    const t = evaluateType(ctx, frame.signature, type);
    return t ? tensorOf(ctx.opaque(t.dtype, t.shape)) : UNKNOWN;
  });
  return { kind: "tuple", items, names: result.fields.map((f) => f.name?.name ?? "") };
}

/** Holds the value of a body against the declared result. */
export function checkResult(
  ctx: Context,
  fn: Pick<Fn, "decl">,
  frame: Pick<Frame, "signature">,
  value: Meaning,
): Meaning {
  const { result, body } = fn.decl;
  const at = body.kind === "block" ? (body.value?.span ?? body.span) : body.span;
  if (!result || value.kind === "unknown") return value;
  if (result.kind !== "tuple-type") {
    const type = evaluateType(ctx, frame.signature, result);
    return type ? conform(ctx, value, type, at, result.span) : UNKNOWN;
  }
  // One named result is written without parentheses.
  const given = value.kind === "tuple" ? value.items : [value];
  if (given.length !== result.fields.length) {
    return ctx.report(
      names.wrongKind({
        at,
        expected: `${String(result.fields.length)} results`,
        found: describe(value),
      }),
    );
  }
  const items = given.map((item, i) => {
    const field = result.fields[i];
    const type = field && evaluateType(ctx, frame.signature, field.type);
    return type && item.kind !== "unknown"
      ? conform(ctx, item, type, at, field.type.span)
      : UNKNOWN;
  });
  return { kind: "tuple", items, names: result.fields.map((f) => f.name?.name ?? "") };
}

/** A value that must have a declared type; a static number becomes a tensor of it where that is a scalar. */
export function conform(
  ctx: Context,
  value: Meaning,
  type: TensorType,
  at: Span,
  declared: Span,
): Meaning {
  const tensor = asTensor(ctx, value, type.dtype, at);
  if (!tensor) return UNKNOWN;
  if (tensor.type.dtype === type.dtype && ctx.sameShape(tensor.type.shape, type.shape))
    return tensorOf(tensor);
  const facts = { at, declared, expected: type, actual: tensor.type };
  return ctx.report(
    tensor.type.dtype === type.dtype
      ? shapes.declared({ ...facts, facts: ctx.facts })
      : dtypeFaults.declared(facts),
  );
}
