// Calls functions: binds statics and tensors, unifies shapes, and evaluates the body or the declared result.
import type { Expr, FnDecl, Parameter, TypeExpr } from "../../grammar/ast.js";
import { isExpr, visit } from "../../grammar/index.js";
import type { Span } from "../../grammar/source.js";
import { names, shapes } from "../diagnostics/index.js";
import type { Value } from "../ir/op.js";
import { constantOf, type Dim } from "../types/dim.js";
import { bindStatic, isTensorParam, matchArgs, unknownAfter } from "./arguments.js";
import type { Context } from "./context.js";
import { withPullback } from "./custom-pullback.js";
import { Scope, UNKNOWN, floatNumber, tensorOf, type GivenArg, type Meaning } from "./meaning.js";
import { obligations } from "./obligations.js";
import { checkResult } from "./results.js";
import { bindTensors, nameOf, type Fn, type Frame } from "./tensor-arguments.js";
import { evaluateDim, evaluateType, type Signature } from "./types.js";

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
  return isFine && bindTensors(ctx, fn, frame, matched) ? frame : undefined;
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
    isWatched(ctx, fn) ||
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

/** Whether it matters which states a body writes: a round of a scan may write none, and a signature does not tell. */
const isWatched = ({ rounds }: Context, { self }: Fn): boolean =>
  rounds.length > 0 && self !== undefined;

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
