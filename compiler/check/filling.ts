// Initialisers: what a parameter or state is filled with before anything was learned.
import type { Expr } from "../../grammar/ast.js";
import { shapes, dtypeFaults } from "../diagnostics/index.js";
import type { Value } from "../ir/op.js";
import { broadcastTo } from "../ops/build.js";
import { fill } from "../ops/index.js";
import { constantOf } from "../types/dim.js";
import type { TensorType } from "../types/tensor.js";
import { invoke } from "./calls.js";
import type { Context } from "./context.js";
import { type Callable, type GivenArg, type Meaning, type Scope } from "./meaning.js";
import { asTensor } from "./operators.js";

/** The first content of a tensor of the given type, as `init` says; zeros where it says nothing. Undefined after a fault. */
export function fillWith(
  ctx: Context,
  scope: Scope,
  init: Expr | undefined,
  type: TensorType,
): Value | undefined {
  // What has no element needs no content, and fans of 0 would give none.
  const isEmpty = ctx.concrete !== undefined && type.shape.some((d) => constantOf(d) === 0);
  if (!init || isEmpty) return fill(ctx.graph, 0, type.dtype, type.shape);
  const before = ctx.filling;
  ctx.filling = type;
  try {
    return conformed(ctx, completed(ctx, ctx.evaluate(scope, init), init, type), init, type);
  } finally {
    ctx.filling = before;
  }
}

/** A bare initialiser (`zeros`, `he_normal`) is called for the type at hand. */
function completed(ctx: Context, meaning: Meaning, init: Expr, type: TensorType): Meaning {
  if (meaning.kind !== "callable") return meaning;
  return invoke(ctx, meaning.callable, shapeArg(meaning.callable, init, type), init.span);
}

/** Primitives such as `zeros` take the shape; initialisers written in the language know it. */
function shapeArg(callable: Callable, init: Expr, type: TensorType): GivenArg[] {
  return callable.kind === "primitive"
    ? [{ span: init.span, meaning: { kind: "type", ...type } }]
    : [];
}

function conformed(
  ctx: Context,
  meaning: Meaning,
  init: Expr,
  type: TensorType,
): Value | undefined {
  const value = asTensor(ctx, meaning, type.dtype, init.span);
  if (!value) return undefined;
  if (value.type.dtype !== type.dtype) {
    ctx.report(
      dtypeFaults.declared({
        at: init.span,
        declared: init.span,
        expected: type,
        actual: value.type,
      }),
    );
    return undefined;
  }
  if (value.type.shape.length === 0) return broadcastTo(value, type.shape);
  if (ctx.sameShape(value.type.shape, type.shape)) return value;
  ctx.report(
    shapes.declared({
      at: init.span,
      declared: init.span,
      expected: type,
      actual: value.type,
      facts: ctx.facts,
    }),
  );
  return undefined;
}
