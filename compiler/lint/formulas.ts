// Reading formulas off a graph: what a value is a rearrangement, a sum or one scalar function of.
import { attrKey } from "../ir/print.js";
import type { Value } from "../ir/op.js";
import type { IntrinsicName } from "../scalar/intrinsics.js";
import { bodyOf } from "./ranges.js";

/** What a value is a rearrangement of. */
export function origin(value: Value): Value {
  let at = value;
  for (;;) {
    const [only, ...others] = at.operands;
    if (!only || others.length > 0) return at;
    if (at.op.lower.kind !== "view" && !isIdentity(at)) return at;
    at = only;
  }
}

const isIdentity = (value: Value): boolean =>
  value.op.lower.kind === "pointwise" && bodyOf(value)?.kind === "variable";

/** The operands of a value that is one use of an intrinsic on its operands, in order. */
export function parts(value: Value, fn: IntrinsicName): readonly Value[] | undefined {
  const body = bodyOf(value);
  if (body?.kind !== "call" || body.fn !== fn) return undefined;
  const isPlain = body.args.every((a, i) => a.kind === "variable" && a.name === String(i));
  return isPlain ? value.operands : undefined;
}

/** What a value is the sum over some axes of. */
export function summedIn(value: Value): Value | undefined {
  const { op, operands } = origin(value);
  return op.lower.kind === "reduce" && op.lower.monoid.name === "sum" ? operands[0] : undefined;
}

/** Whether two values are computed in the same way from the same. */
export function isSame(a: Value, b: Value, depth = 8): boolean {
  if (a === b) return true;
  return (
    depth > 0 &&
    a.op === b.op &&
    a.operands.length === b.operands.length &&
    attrKey(a.attrs) === attrKey(b.attrs) &&
    a.operands.every((x, i) => isSame(x, b.operands[i] ?? a, depth - 1))
  );
}
