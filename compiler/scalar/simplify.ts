// Scalar expressions in fewer operations: constants computed, neutral elements dropped.
import { constantOf } from "../types/dim.js";
import type { Dtype } from "../types/dtype.js";
import { literal, mapScalar, type ScalarExpr } from "./expr.js";
import { intrinsic, type IntrinsicName } from "./intrinsics.js";

type Call = Extract<ScalarExpr, { kind: "call" }>;

/** An expression of the same value, for finite numbers. */
export const simplifyScalar = (root: ScalarExpr): ScalarExpr => mapScalar(root, simplifyNode);

function simplifyNode(node: ScalarExpr): ScalarExpr {
  if (node.kind === "dim") {
    const value = constantOf(node.dim);
    return value === undefined ? node : literal(value, node.dtype);
  }
  if (node.kind !== "call") return node;
  const [first] = node.args;
  if (node.fn === "convert" && first?.dtype === node.dtype) return first;
  return computed(node) ?? chosen(node) ?? neutral(node) ?? node;
}

/** The largest number of each float dtype: what is beyond has no literal in shaders. */
const largest: Partial<Record<Dtype, number>> = { f32: 3.4028234663852886e38, f16: 65504 };

/** The number that a call of literals gives, where that is a number of its dtype. */
function computed(node: Call): ScalarExpr | undefined {
  const values = node.args.flatMap((arg) => (arg.kind === "literal" ? [arg.value] : []));
  const last = node.args[node.args.length - 1];
  if (!last || values.length !== node.args.length) return undefined;
  const dtype = node.fn === "convert" ? node.dtype : last.dtype;
  const value = intrinsic(node.fn).js(values, dtype, last.dtype);
  const isThere = Math.abs(value) <= (largest[node.dtype] ?? Number.MAX_SAFE_INTEGER);
  return isThere ? literal(value, node.dtype) : undefined;
}

/** What a condition that is known leaves. */
function chosen(node: Call): ScalarExpr | undefined {
  const [a, b, c] = node.args;
  if (node.fn === "select") return a?.kind !== "literal" ? undefined : a.value !== 0 ? b : c;
  if (node.fn !== "and" && node.fn !== "or") return undefined;
  const [known, other] = a?.kind === "literal" ? [a, b] : [b, a];
  if (known?.kind !== "literal") return undefined;
  return (known.value !== 0) === (node.fn === "and") ? other : known;
}

/** Numbers that change nothing: on the left, on the right. */
const neutrals: Partial<
  Record<IntrinsicName, readonly [left: number | null, right: number | null]>
> = {
  add: [0, 0],
  sub: [null, 0],
  mul: [1, 1],
  div: [null, 1],
  pow: [null, 1],
};

function neutral(node: Call): ScalarExpr | undefined {
  const row = neutrals[node.fn];
  const [a, b] = node.args;
  if (!row) return undefined;
  if (b?.kind === "literal" && b.value === row[1]) return a;
  return a?.kind === "literal" && a.value === row[0] ? b : undefined;
}
