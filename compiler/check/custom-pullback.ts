// `@vjp(f)`: a function whose pullback is written by hand.
import type { Attribute } from "../../grammar/ast.js";
import type { Span } from "../../grammar/source.js";
import { gradients, names, nearest } from "../diagnostics/index.js";
import type { Op, Value } from "../ir/op.js";
import { isFloat } from "../types/dtype.js";
import type { Context } from "./context.js";
import { UNKNOWN, tensorOf, type Callable, type GivenArg, type Meaning } from "./meaning.js";

type Fn = Callable & { readonly kind: "fn" };

/**
 * The result of a call, with the pullback that `@vjp(f)` names in place of the derived one: `f` takes the tensors of the
 * function and the cotangent of its result, and gives a cotangent for each float tensor, several as a tuple.
 */
export function withPullback(
  ctx: Context,
  fn: Fn,
  inputs: readonly Value[],
  result: Meaning,
  span: Span,
): Meaning {
  const attribute = fn.decl.attributes.find((a) => a.name.name === "vjp");
  if (!attribute || result.kind === "unknown") return result;
  const rule = ruleOf(ctx, fn, attribute);
  if (!rule) return UNKNOWN;
  if (result.kind !== "tensor") {
    return ctx.report(names.unsupported({ what: "`@vjp` of several results", at: attribute.span }));
  }
  const pull: Rule = (at, g) => cotangents(ctx, rule, at, g, attribute.span);
  if (ctx.concrete) {
    return ctx.emit(span, () => ctx.graph.emit(record(pull), [result.value, ...inputs], {}));
  }
  const { dtype, shape } = result.value.type;
  return pull(inputs, ctx.opaque(dtype, shape)) ? result : UNKNOWN;
}

function ruleOf(ctx: Context, fn: Fn, { args }: Attribute): Meaning | undefined {
  const [written] = args;
  // Arguments that name nothing are refused with the attribute.
  if (written?.kind !== "word") return undefined;
  const name = written.text;
  const rule = fn.scope.lookup(name)?.meaning;
  if (rule?.kind === "callable") return rule;
  const near = nearest(name, fn.scope.names());
  ctx.report(names.unknownName({ name, at: written.span, near, what: "function" }));
  return undefined;
}

/** What the rule gives for each input, null for those that carry no gradient; undefined after a fault. */
function cotangents(
  ctx: Context,
  rule: Meaning,
  inputs: readonly Value[],
  g: Value,
  at: Span,
): readonly (Value | null)[] | undefined {
  const args = [...inputs, g].map((v): GivenArg => ({ span: at, meaning: tensorOf(v) }));
  const given = ctx.apply(rule, args, at);
  if (given.kind === "unknown") return undefined;
  const items = given.kind === "tuple" ? [...given.items] : [given];
  const floats = inputs.filter((v) => isFloat(v.type.dtype));
  const found = inputs.map((input): Value | null | undefined => {
    if (!isFloat(input.type.dtype)) return null;
    const item = items.shift();
    if (item?.kind !== "tensor") return undefined;
    const { type } = item.value;
    if (type.dtype === input.type.dtype && ctx.sameShape(type.shape, input.type.shape)) {
      return item.value;
    }
    const what = "the pullback";
    ctx.report(gradients.cotangentShape({ at, what, expected: input.type, actual: type }));
    return undefined;
  });
  if (items.length === 0 && !found.includes(undefined)) {
    return found.map((value) => value ?? null);
  }
  if (found.every((value) => value !== undefined) || items.length !== 0) {
    const expected = `${String(floats.length)} cotangents`;
    ctx.report(names.wrongKind({ at, expected, found: "another number of them" }));
  }
  return undefined;
}

/** The cotangents of the inputs, at these inputs; they may be emitted again, as in the body of a scan. */
type Rule = (inputs: readonly Value[], g: Value) => readonly (Value | null)[] | undefined;

/** The value itself, through which gradients go by `pull` to the inputs. */
const record = (pull: Rule): Op => ({
  name: "custom_pullback",
  doc: "A value whose pullback is written by hand.",
  operands: ["value", "inputs"],
  isVariadic: true,
  type: ([value]) => (value ? { type: value } : { problem: "missing-argument", at: [] }),
  vjp: (g, [, ...inputs]) => [null, ...(pull(inputs, g) ?? inputs.map(() => null))],
  lower: { kind: "view", pieces: (out) => [{ operand: 0, index: out }] },
  simplify: ([value]) => value ?? null,
  samples: [],
});
