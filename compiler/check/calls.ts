// Evaluates calls: of functions, layers, primitives, lambdas and functions that were partly applied.
import type { Call, Expr } from "../../grammar/ast.js";
import { textOf, type Span } from "../../grammar/source.js";
import { names } from "../diagnostics/index.js";
import { givenArgs, matchArgs, meaningOf } from "./arguments.js";
import { forEachOption } from "./choices.js";
import type { Context } from "./context.js";
import { callFn } from "./functions.js";
import { instantiate, instantiateDerived, memberOf } from "./instances.js";
import {
  Scope,
  UNKNOWN,
  describe,
  tensorOf,
  type Callable,
  type GivenArg,
  type Meaning,
} from "./meaning.js";
import { asTensor } from "./operators.js";
import { callPrimitive } from "./primitive.js";
import { primitives } from "./primitives/index.js";

export function evaluateCall(ctx: Context, scope: Scope, call: Call): Meaning {
  const callee = calleeOf(ctx, scope, call.callee);
  return apply(ctx, callee, givenArgs(scope, call.args), call.span, call.callee.span);
}

/** What is called: of a name, the nearest meaning that can be, so that a state may be named `mean` and filled by `mean(x)`. */
function calleeOf(ctx: Context, scope: Scope, expr: Expr): Meaning {
  const meaning = ctx.evaluate(scope, expr);
  if (expr.kind !== "name" || canBeCalled(meaning)) return meaning;
  return scope.lookupThat(canBeCalled, expr.name)?.meaning ?? meaning;
}

const canBeCalled = ({ kind }: Meaning): boolean =>
  ["callable", "instance", "choice", "unknown"].includes(kind);

/** `x |> f` and `x |> f(a = 1)`: the left side becomes the first argument. */
export function evaluatePipe(ctx: Context, scope: Scope, expr: Expr & { kind: "pipe" }): Meaning {
  const pipes: (typeof expr)[] = [];
  let left: Expr = expr;
  while (left.kind === "pipe") {
    pipes.push(left);
    left = left.left;
  }
  let meaning = ctx.evaluate(scope, left);
  for (const pipe of pipes.reverse()) {
    const stage = pipe.right;
    const isCall = stage.kind === "call";
    const callee = calleeOf(ctx, scope, isCall ? stage.callee : stage);
    const args: GivenArg[] = [
      // A misfit is shown at the stage that does not take the value.
      { span: isCall ? stage.callee.span : stage.span, meaning },
      ...(isCall ? givenArgs(scope, stage.args) : []),
    ];
    meaning = apply(ctx, callee, args, stage.span, stage.span);
    ctx.note(scope, pipe, meaning);
    // Up to this stage the pipe is an expression that can be named.
    const span = { ...stage.span, start: expr.span.start };
    if (meaning.kind === "tensor") ctx.remember(meaning.value, { span, text: textOf(span) });
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
      return forEachOption(ctx, callee, span, (option) => apply(ctx, option, given, span, at));
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
      return callNamed(ctx, callable.name, args, span);
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
      const value = asTensor(ctx, callable.number, ctx.float, span);
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
  const matched = matchArgs(ctx, { name: "this function", params, span }, args);
  if (!matched) return UNKNOWN;
  const scope = new Scope(lambda.scope);
  for (const { name, span: at } of lambda.params) {
    const arg = matched.get(name);
    if (arg) scope.bind(name, meaningOf(ctx, arg), at);
  }
  return ctx.work.called(() => ctx.evaluate(scope, lambda.body));
}

function callNamed(ctx: Context, name: string, args: readonly GivenArg[], span: Span): Meaning {
  const primitive = primitives.get(name);
  return primitive ? callPrimitive(ctx, primitive, args, span) : UNKNOWN;
}
