// Evaluates expressions to meanings: the heart of the checker, and of the lowering.
import type { Expr } from "../../grammar/ast.js";
import { textOf } from "../../grammar/source.js";
import { names, nearest, shapes } from "../diagnostics/index.js";
import type { Value } from "../ir/op.js";
import { transposeLast } from "../ops/build.js";
import { iterationOf, mapIteration } from "./numbers.js";
import { evaluateCall, evaluatePipe } from "./calls.js";
import type { Context } from "./context.js";
import { evaluateIndex } from "./indexing.js";
import { memberOf } from "./instances.js";
import { UNKNOWN, describe, floatNumber, intNumber, type Meaning, Scope } from "./meaning.js";
import { evaluateBinary, evaluateUnary } from "./operators.js";
import { isPresent } from "./presence.js";
import { evaluateBlock, evaluateIf } from "./statements.js";
import { evaluateDim, evaluateType } from "./types.js";
import { refusesPack } from "./packs.js";

/** What `expr` means in `scope`. Reports faults and never throws on what the user wrote. */
export function evaluate(ctx: Context, scope: Scope, expr: Expr): Meaning {
  if (!ctx.work.enter(expr.span)) return UNKNOWN;
  let meaning: Meaning;
  try {
    meaning = dispatch(ctx, scope, expr);
  } finally {
    ctx.work.leave();
  }
  ctx.note(scope, expr, meaning);
  if (meaning.kind === "tensor")
    ctx.remember(meaning.value, { span: expr.span, text: textOf(expr.span) });
  return meaning;
}

function dispatch(ctx: Context, scope: Scope, expr: Expr): Meaning {
  switch (expr.kind) {
    case "number":
      return Number.isSafeInteger(expr.value) && expr.isInteger
        ? intNumber(expr.value)
        : floatNumber(expr.value);
    case "bool":
      return { kind: "bool", value: expr.value };
    case "string":
      return { kind: "string", text: expr.value };
    case "name":
      return evaluateName(ctx, scope, expr);
    case "member":
      return evaluateMember(ctx, scope, expr);
    case "call":
      return evaluateCall(ctx, scope, expr);
    case "pipe":
      return evaluatePipe(ctx, scope, expr);
    case "index":
      return evaluateIndex(ctx, scope, expr);
    case "unary":
      return evaluateUnary(ctx, scope, expr);
    case "binary":
      return evaluateBinary(ctx, scope, expr);
    case "if":
      return evaluateIf(ctx, scope, expr);
    case "block":
      return evaluateBlock(ctx, new Scope(scope), expr);
    case "lambda":
      return {
        kind: "callable",
        callable: { kind: "lambda", params: expr.params, body: expr.body, scope },
      };
    case "pattern":
      return { kind: "pattern", pattern: expr };
    case "paren":
      return evaluate(ctx, scope, expr.inner);
    case "error":
      return UNKNOWN;
    default:
      return collection(ctx, scope, expr);
  }
}

type Collection = Extract<Expr, { kind: "tuple" | "list" | "comprehension" | "range" | "type" }>;

function collection(ctx: Context, scope: Scope, expr: Collection): Meaning {
  switch (expr.kind) {
    case "tuple":
      return { kind: "tuple", items: expr.items.map((item) => evaluate(ctx, scope, item)) };
    case "list":
      return {
        kind: "list",
        items: expr.items.map((item, i) =>
          ctx.under([...ctx.path, String(i)], () => evaluate(ctx, scope, item)),
        ),
      };
    case "range": {
      const start = evaluateDim(ctx, scope, expr.start);
      const end = evaluateDim(ctx, scope, expr.end);
      return start && end ? { kind: "range", start, end } : UNKNOWN;
    }
    case "type": {
      const type = evaluateType(
        ctx,
        { scope: new Scope(scope), free: new Set(), isOpen: false },
        expr.type,
      );
      return type ? { kind: "type", dtype: type.dtype, shape: type.shape } : UNKNOWN;
    }
    case "comprehension":
      return comprehension(ctx, scope, expr);
  }
}

function comprehension(
  ctx: Context,
  scope: Scope,
  expr: Collection & { kind: "comprehension" },
): Meaning {
  const over = evaluate(ctx, scope, expr.iterable);
  const path = ctx.path;
  const body = (item: Meaning, step: string): Meaning => {
    const inner = new Scope(scope);
    inner.bind(expr.variable.name, item, expr.variable.span);
    return ctx.under([...path, step], () => evaluate(ctx, inner, expr.body));
  };
  const iteration = iterationOf(ctx, over, expr.iterable.span);
  return iteration ? mapIteration(iteration, body) : UNKNOWN;
}

function evaluateName(ctx: Context, scope: Scope, expr: Expr & { kind: "name" }): Meaning {
  if (expr.name === "") return UNKNOWN;
  if (expr.name === "training") {
    return { kind: "bool", ...(ctx.concrete ? { value: ctx.concrete.training } : {}) };
  }
  const bound = scope.lookup(expr.name);
  if (bound?.onlyIf && !isPresent(ctx, bound.onlyIf, expr)) return UNKNOWN;
  if (bound) return bound.meaning;
  const near = nearest(expr.name, [...scope.names()]);
  return ctx.report(names.unknownName({ name: expr.name, at: expr.span, near, what: "name" }));
}

function evaluateMember(ctx: Context, scope: Scope, expr: Member): Meaning {
  const object = ctx.evaluate(scope, expr.object);
  const { name, span: at } = expr.name;
  if (object.kind === "unknown" || name === "") return UNKNOWN;
  const owner = object.kind === "choice" ? object.options[0] : object;
  if (owner.kind === "instance") return memberOf(ctx, owner.instance, name, at);
  if (object.kind === "tensor" && name === "T") return transposed(ctx, object.value, expr);
  const known = object.kind === "tuple" ? (object.names ?? []) : [];
  const item = object.kind === "tuple" ? object.items[known.indexOf(name)] : undefined;
  if (item) return item;
  const near = object.kind === "tensor" ? ["T"] : nearest(name, known);
  return ctx.report(names.unknownMember({ name, of: describe(object), at, near }));
}

/** `x.T`: the last two axes exchanged. */
function transposed(ctx: Context, x: Value, { object, span }: Member): Meaning {
  if (refusesPack(ctx, x, 2, object.span)) return UNKNOWN;
  return x.type.shape.length < 2
    ? ctx.report(shapes.rankTooSmall({ at: object.span, callee: ".T", least: 2, type: x.type }))
    : ctx.emit(span, () => transposeLast(x));
}

type Member = Expr & { kind: "member" };
