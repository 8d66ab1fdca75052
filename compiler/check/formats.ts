// Formats of quantized storage: `nf4(block = 64, double = true)`.
import type { Expr } from "../../grammar/ast.js";
import { textOf } from "../../grammar/source.js";
import { names, nearest } from "../diagnostics/index.js";
import { matchArgs, givenArgs } from "./arguments.js";
import type { Context } from "./context.js";
import { Scope } from "./meaning.js";

/** The formats that weights can be stored in, with their arguments. */
export const formats: Readonly<Record<string, readonly string[]>> = {
  nf4: ["block", "double"],
  fp4: ["block", "double"],
  int4: ["block"],
  int8: ["block"],
};

/** Refuses formats that nothing reads, and arguments that a format does not take. */
export function checkFormat(ctx: Context, format: Expr): void {
  const callee = format.kind === "call" ? format.callee : format;
  if (callee.kind === "error") return;
  const name = textOf(callee.span);
  const params = Object.hasOwn(formats, name) ? formats[name] : undefined;
  if (!params) {
    const near = nearest(name, Object.keys(formats));
    ctx.report(names.unknownName({ name, at: callee.span, near, what: "format" }));
  } else if (format.kind === "call") {
    const named = params.map((param) => ({ name: param, isRequired: false }));
    const args = givenArgs(new Scope(), format.args);
    matchArgs(ctx, { name, params: named, span: format.span }, args);
  }
}
