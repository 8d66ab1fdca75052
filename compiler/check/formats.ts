// Formats of quantized storage: `nf4(block = 64, double = true)`.
import type { CodedStorage } from "../../runtime/format.js";
import type { Expr } from "../../grammar/ast.js";
import { textOf } from "../../grammar/source.js";
import { names, nearest, training } from "../diagnostics/index.js";
import { constantOf } from "../types/dim.js";
import { blockBounds, isBlock, storageFormats, storageOf } from "../types/storage.js";
import { matchArgs, givenArgs } from "./arguments.js";
import type { Context } from "./context.js";
import type { GivenArg, Meaning, Scope } from "./meaning.js";

/** The storage that a format with its arguments is; refuses formats that there are not, and arguments that they do not take. */
export function evaluateFormat(ctx: Context, scope: Scope, format: Expr): CodedStorage | undefined {
  const callee = format.kind === "call" ? format.callee : format;
  if (callee.kind === "error") return undefined;
  const name = textOf(callee.span);
  const known = Object.hasOwn(storageFormats, name) ? storageFormats[name] : undefined;
  if (!known) {
    const near = nearest(name, Object.keys(storageFormats));
    ctx.report(names.unknownName({ name, at: callee.span, near, what: "format" }));
    return undefined;
  }
  const params = Object.keys(known.defaults).map((param) => ({ name: param, isRequired: false }));
  const given = format.kind === "call" ? givenArgs(scope, format.args) : [];
  const args = matchArgs(ctx, { name, params, span: format.span }, given);
  if (!args) return undefined;
  const block = valueOf(ctx, args.get("block"), "block", blocks, (m) =>
    m.kind === "number" && m.dim ? whole(constantOf(m.dim)) : undefined,
  );
  const double = valueOf(ctx, args.get("double"), "double", "`true` or `false`", (m) =>
    m.kind === "bool" ? m.value : undefined,
  );
  if (block === "fault" || double === "fault") return undefined;
  return storageOf(name, {
    block: block ?? known.defaults.block,
    double: double ?? known.defaults.double,
  });
}

const blocks = `a power of two from ${String(blockBounds.least)} to ${String(blockBounds.most)}`;

const whole = (n: number | undefined): number | undefined =>
  n !== undefined && isBlock(n) ? n : undefined;

/** The value of an argument; undefined where none is given. */
function valueOf<T>(
  ctx: Context,
  arg: GivenArg | undefined,
  name: string,
  expected: string,
  read: (meaning: Meaning) => T | undefined,
): T | undefined | "fault" {
  if (!arg) return undefined;
  const meaning = arg.meaning ?? (arg.expr && ctx.evaluate(arg.expr.scope, arg.expr.node));
  if (!meaning || meaning.kind === "unknown") return "fault";
  const value = read(meaning);
  if (value === undefined) ctx.report(training.badValue({ name, at: arg.span, expected }));
  return value ?? "fault";
}
