// Calls functions: binds statics and tensors, unifies shapes, and evaluates the body or the declared result.
import type { Expr, FnDecl, Parameter, TypeExpr } from "../../grammar/ast.js";
import { isExpr, visit } from "../../grammar/index.js";
import type { Span } from "../../grammar/source.js";
import { dtypeFaults, names, shapes } from "../diagnostics/index.js";
import type { Value } from "../ir/op.js";
import { unify, type Bindings } from "../types/constraints.js";
import { constantOf, numel, substitute, symOf, type Dim } from "../types/dim.js";
import type { Dtype } from "../types/dtype.js";
import type { TensorType } from "../types/tensor.js";
import {
  bindStatic,
  isTensorParam,
  matchArgs,
  meaningOf,
  unknownAfter,
  valueSpan,
} from "./arguments.js";
import type { Context } from "./context.js";
import { withPullback } from "./custom-pullback.js";
import {
  Scope,
  UNKNOWN,
  describe,
  dimNumber,
  floatNumber,
  tensorOf,
  type Callable,
  type GivenArg,
  type Meaning,
} from "./meaning.js";
import { obligations } from "./obligations.js";
import { asTensor } from "./operators.js";
import { sitesOfAxis } from "./provenance.js";
import { checkResult } from "./results.js";
import { evaluateDim, evaluateType, type Signature } from "./types.js";

type Fn = Callable & { kind: "fn" };

/** A function that is being called: its parameters bound, its free dims known. */
interface Frame {
  readonly scope: Scope;
  readonly signature: Signature;
  readonly bindings: Bindings;
}

/** Calls a function: in full where everything is static, else by its signature. */
export function callFn(ctx: Context, fn: Fn, args: readonly GivenArg[], span: Span): Meaning {
  const { decl } = fn;
  const name = decl.name.name;
  const params = decl.params.map((p) => ({ name: p.name.name, isRequired: p.value === undefined }));
  const tensors = new Set(
    decl.params.filter((p) => isTensorParam(p) && !p.value).map((p) => p.name.name),
  );
  const mayLeaveOut = (param: string): boolean =>
    tensors.has(param) && leavesOutAll(tensors, decl, args);
  const callee = nameOf(fn);
  const matched = matchArgs(ctx, { name: callee, params, span }, args, mayLeaveOut);
  if (!matched || ctx.doubted.has(decl)) return unknownAfter(ctx, args);
  if (tensors.size > 0 && [...tensors].every((t) => !matched.has(t))) {
    if (!areStaticsFit(ctx, fn, matched, span)) return UNKNOWN;
    return { kind: "callable", callable: { kind: "partial", callable: fn, args } };
  }
  const frame = bindParams(ctx, fn, matched);
  if (!frame) return unknownAfter(ctx, args);
  if (isActive(ctx, fn)) {
    // Of files that are checked, \`recursionFaults\` has said so.
    if (!ctx.concrete) return UNKNOWN;
    return ctx.report(names.recursiveDeclaration({ name, at: decl.name.span, from: span }));
  }
  const use = { callee, at: span, self: fn.self };
  if (!obligations(ctx, decl.where, frame.scope, use)) return UNKNOWN;
  noteLogits(ctx, fn, frame, matched);
  const result = ctx.within(fn, () => resultOf(ctx, fn, frame, span));
  return withPullback(ctx, fn, tensorsOf(fn, frame.scope), result, span);
}

/** Whether the static arguments of a function that waits for its tensors are of their kinds, and as its clauses about them ask. */
function areStaticsFit(
  ctx: Context,
  fn: Fn,
  matched: ReadonlyMap<string, GivenArg>,
  span: Span,
): boolean {
  const { decl } = fn;
  const callee = nameOf(fn);
  const scope = new Scope(fn.scope);
  const statics = decl.params.filter((p) => !isTensorParam(p));
  const areBound = statics.map((p) => bindStatic(ctx, scope, p, matched.get(p.name.name), callee));
  const clauses = decl.where.filter((clause) =>
    namesIn(clause).every((name) => scope.lookup(name) !== undefined),
  );
  return areBound.every(Boolean) && obligations(ctx, clauses, scope, { callee, at: span });
}

function namesIn(expr: Expr): readonly string[] {
  const found: string[] = [];
  visit(expr, (node) => {
    if (isExpr(node) && node.kind === "name") found.push(node.name);
  });
  return found;
}

/** Notes what is given for the parameters that `@logits(name)` names; what it is, is looked at where there is a graph. */
function noteLogits(
  ctx: Context,
  { decl }: Fn,
  { scope }: Frame,
  matched: ReadonlyMap<string, GivenArg>,
): void {
  for (const attribute of decl.attributes.filter((a) => a.name.name === "logits")) {
    for (const { text: parameter } of attribute.args) {
      const meaning = scope.lookup(parameter)?.meaning;
      const span = matched.get(parameter)?.span;
      if (meaning?.kind === "tensor" && span)
        ctx.logitUses.push({ callee: decl.name.name, parameter, value: meaning.value, span });
    }
  }
}

/** What is called, as its caller knows it: a layer by its own name, its other functions behind it. */
export function nameOf({ decl, self }: Fn): string {
  const { name } = decl.name;
  if (!self) return name;
  const layer = self.decl.name.name;
  return name === "forward" ? layer : `${layer}.${name}`;
}

/** The tensors that a call was given, in the order of the parameters. */
export const tensorsOf = ({ decl }: Fn, scope: Scope): readonly Value[] =>
  decl.params.flatMap((p) => {
    const meaning = scope.lookup(p.name.name)?.meaning;
    return meaning?.kind === "tensor" ? [meaning.value] : [];
  });

/** Whether the function, of the same layer, is being evaluated already. */
function isActive(ctx: Context, { decl, self }: Fn): boolean {
  const path = self?.path.join();
  return ctx.active.some((c) => c.kind === "fn" && c.decl === decl && c.self?.path.join() === path);
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
    isFine = bindStatic(ctx, scope, param, matched.get(param.name.name), nameOf(fn)) && isFine;
  }
  for (const param of isFine ? fn.decl.params.filter(isTensorParam) : []) {
    // What one argument should have bound, the next cannot be held against.
    isFine = isFine && bindTensor(ctx, fn, frame, param, matched.get(param.name.name));
  }
  if (!isFine) return undefined;
  bindFreeDims(frame);
  return frame;
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
      ? ctx.evaluate(frame.scope, param.value)
      : UNKNOWN;
  const formal = evaluateType(ctx, frame.signature, annotation);
  if (!formal || given.kind === "unknown") return false;
  const at = arg ? valueSpan(arg) : param.span;
  const wanted = { param: param.name.name, callee: nameOf(fn) };
  const actual = tensorFor(ctx, given, formal.dtype, at, wanted);
  if (!actual) return false;
  frame.scope.bind(param.name.name, tensorOf(actual), param.name.span);
  if (actual.type.dtype !== formal.dtype) {
    ctx.report(
      dtypeFaults.argument({
        at,
        ...wanted,
        given: ctx.mentionOf(actual)?.text,
        declared: param.span,
        expected: formal,
        actual: actual.type,
      }),
    );
    return false;
  }
  return unifyShapes(ctx, fn, frame, param, { formal, given: actual, at });
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
export function instantiateShape(shape: readonly Dim[], bindings: Bindings): readonly Dim[] {
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
    fn.decl.params.some(isFunctionParam) ||
    fn.self?.decl.statics.some(isFunctionParam) === true;
  if (!needsBody) return declaredResult(ctx, fn, frame, span);
  const before = ctx.graph.at;
  ctx.graph.at = [span, ...before];
  try {
    return checkResult(ctx, fn, frame, ctx.evaluate(frame.scope, fn.decl.body));
  } finally {
    ctx.graph.at = before;
  }
}

const isFunctionParam = (p: Parameter): boolean =>
  p.annotation?.kind === "kind" && (p.annotation.name === "fn" || p.annotation.name === "layer");

function declaredResult(ctx: Context, fn: Fn, frame: Frame, span: Span): Meaning {
  const { result } = fn.decl;
  if (!result) return UNKNOWN;
  const tensor = (type: TypeExpr): Meaning => {
    const known = evaluateType(ctx, frame.signature, type);
    if (!known || isEmptied(ctx, fn, frame, { type, shape: known.shape, span })) return UNKNOWN;
    const value = ctx.opaque(known.dtype, known.shape);
    ctx.declare(value, { type, scope: frame.scope, inputs: tensorsOf(fn, frame.scope) });
    return tensorOf(value);
  };
  if (result.kind !== "tuple-type") return tensor(result);
  const items = result.fields.map(({ type }) => tensor(type));
  return { kind: "tuple", items, names: result.fields.map((f) => f.name?.name ?? "") };
}

/** Reports an axis of a result that its formula makes empty: a window that does not fit, a chain of poolings too long. */
function isEmptied(
  ctx: Context,
  fn: Fn,
  { scope }: Frame,
  result: { readonly type: TypeExpr; readonly shape: readonly Dim[]; readonly span: Span },
): boolean {
  const { type, shape, span } = result;
  if (type.kind !== "tensor-type" || !shape.some((d) => constantOf(d) === 0)) return false;
  for (const item of type.dims) {
    if (item.kind !== "binary" && item.kind !== "call") continue;
    const size = evaluateDim(ctx, scope, item);
    if (!size || constantOf(size) !== 0) continue;
    ctx.report(shapes.emptyAxis({ at: span, callee: nameOf(fn), size: item.span }));
    return true;
  }
  return false;
}
