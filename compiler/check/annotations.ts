// Refuses annotations of parameters that name nothing.
import type { Parameter } from "../../grammar/ast.js";
import { names } from "../diagnostics/index.js";
import type { Context } from "./context.js";
import type { Scope } from "./meaning.js";

const kinds: readonly string[] = ["dim", "float", "bool", "dtype", "fn", "layer"];

/** What other languages call the object that a function belongs to. */
const receivers: readonly string[] = ["self", "this", "cls"];

/** Refuses annotations that are no kind and no layer that anything declares, such as `int`. */
export function refuseUnknownKinds(ctx: Context, scope: Scope, params: readonly Parameter[]): void {
  for (const { name: param, annotation, value } of params) {
    if (!annotation && !value && receivers.includes(param.name))
      ctx.report(names.receiver({ name: param.name, at: param.span }));
    if (annotation?.kind !== "layer-type") continue;
    const { name, span } = annotation.name;
    const isKnown = params.some((p) => p.name.name === name) || scope.lookup(name) !== undefined;
    if (name === "" || isKnown) continue;
    const near = [...kinds, ...scope.names()];
    ctx.report(names.unknownName({ name, at: span, near, what: "kind or layer" }));
  }
}
