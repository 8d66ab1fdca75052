// Uses of attention: the roles and axes of their operands, and what they mean in terms of other ops.
import type { Problem, Requirement, Template, Value } from "../ir/op.js";
import * as dims from "../types/dim.js";
import type { Dim } from "../types/dim.js";
import type { TensorType } from "../types/tensor.js";
import { fillLike, spread } from "./broadcast.js";
import { labelsOf } from "./build.js";
import { and, le, select } from "./compare.js";
import { contract } from "./contract.js";
import { add, mul, sub } from "./elementwise.js";
import { iotaOf } from "./leaf.js";
import { exp } from "./math.js";
import { all, equal, item, refuse, typedIf, wrongDtype, type Answer } from "./rules.js";
import { softmaxOf } from "./softmax.js";

/** The score of a place that is hidden. Large and finite: kernels may not rely on infinities. */
export const HIDDEN = -1e9;

/** Which places a query may attend to, and which operands follow the ones that every use has: `bias` before `mask`. */
export interface AttendAttrs {
  /** Whether no query sees a key of a later place. */
  readonly causal: boolean;
  /** `[…, T, S]`, added to the scores. */
  readonly bias: boolean;
  /** `bool[…, T, S]`, true where attending is allowed. */
  readonly mask: boolean;
}

/** Queries, keys, channels of both, channels of values. */
export type Axis = "T" | "S" | "K" | "V";

/**
 * Axes of each operand after the batch axes, which all of them have.
 * `g` is a cotangent of the result, `norm` the logarithm of the sum of a row's exponentials, `delta` the sum of `g` times
 * the result over a row.
 */
const axesOf: Readonly<Record<Role, readonly Axis[]>> = {
  q: ["T", "K"],
  k: ["S", "K"],
  v: ["S", "V"],
  g: ["T", "V"],
  norm: ["T"],
  delta: ["T"],
  bias: ["T", "S"],
  mask: ["T", "S"],
};
/** What an operand or a result of attention is. */
export type Role = "q" | "k" | "v" | "g" | "norm" | "delta" | "bias" | "mask";

const forwardRoles: readonly Role[] = ["q", "k", "v"];
const backwardRoles: readonly Role[] = [...forwardRoles, "g", "norm", "delta"];

/** The roles of the operands in order. */
export const rolesOf = (template: Template, { bias, mask }: AttendAttrs): readonly Role[] => [
  ...(template === "attend" ? forwardRoles : backwardRoles),
  ...(bias ? (["bias"] as const) : []),
  ...(mask ? (["mask"] as const) : []),
];

/** A use of attention by the role of each operand, and the sizes they agree on. */
export class Attended {
  readonly attrs: AttendAttrs;
  readonly batch: readonly Dim[];
  readonly #operands: ReadonlyMap<Role, Value>;

  constructor(template: Template, operands: readonly Value[], attrs: AttendAttrs) {
    this.attrs = attrs;
    const roles = rolesOf(template, attrs);
    this.#operands = new Map(roles.map((role, i) => [role, item(operands, i)]));
    this.batch = this.get("q").type.shape.slice(0, -2);
  }

  get(role: Role): Value {
    const found = this.#operands.get(role);
    if (!found) throw new RangeError(`attention has no ${role} here`);
    return found;
  }

  /** The bias or the mask, where there is one. */
  slot(role: "bias" | "mask"): Value | undefined {
    return this.#operands.get(role);
  }

  /** Number of queries, keys, or channels. */
  size(axis: Axis): Dim {
    const role = axis === "T" || axis === "K" ? "q" : "v";
    return item(this.get(role).type.shape, this.batch.length + axesOf[role].indexOf(axis));
  }

  /** The sum of products of two values over one of the axes `X`, `Y`, `Z` that their labels name. */
  product(a: Value, left: string, b: Value, right: string, out: string): Value {
    const labels = labelsOf(this.batch.length);
    return contract(a, b, { left: labels + left, right: labels + right, out: labels + out });
  }
}

/** The type of a result that has the axes of a role. */
export function typeOf(
  template: Template,
  result: Role,
  operands: readonly TensorType[],
  attrs: AttendAttrs,
): Answer {
  const roles = rolesOf(template, attrs);
  const [q] = operands;
  if (!q || operands.length !== roles.length || q.shape.length < 2)
    return refuse("rank-mismatch", [{ operand: 0 }], { wanted: "2" });
  const batch = q.shape.slice(0, -2);
  const sizes = new Map<Axis, Dim>();
  const needs: (readonly Requirement[] | Problem)[] = [];
  for (const [operand, type] of operands.entries()) {
    const role = item(roles, operand);
    const wrong = wrongDtype(operand, type, role === "mask" ? "bool" : "float");
    if (wrong) return wrong;
    const axes = axesOf[role];
    if (type.shape.length !== batch.length + axes.length)
      return refuse("rank-mismatch", [{ operand }], { wanted: String(batch.length + axes.length) });
    const wanted = [...batch, ...axes.map((axis) => sizes.get(axis))];
    for (const [axis, size] of type.shape.entries()) {
      const expected = wanted[axis];
      if (expected) needs.push(equal("shape-mismatch", expected, size, [{ operand, axis }]));
      else sizes.set(item(axes, axis - batch.length), size);
    }
  }
  const shape = [...batch, ...axesOf[result].map((axis) => sizes.get(axis) ?? dims.int(1))];
  return typedIf(q.dtype, shape, all(needs));
}

// ------------------------------------------------------------------ what it means

/** Scores of all pairs, hidden where they do not count, and which of them count where not all do. */
export function scoresOf(use: Attended): {
  readonly scores: Value;
  readonly allowed: Value | undefined;
} {
  const products = use.product(use.get("q"), "XZ", use.get("k"), "YZ", "XY");
  const bias = use.slot("bias");
  const scores = bias ? add(products, bias) : products;
  const allowed = allowedIn(scores, use.attrs.causal, use.slot("mask"));
  return { scores: allowed ? hide(scores, allowed) : scores, allowed };
}

/** The places that a query may attend to, in the shape of the scores; undefined when it may attend to all. */
export function allowedIn(scores: Value, causal: boolean, mask?: Value): Value | undefined {
  if (!causal) return mask;
  const { shape } = scores.type;
  const row = iotaOf(scores.graph, shape, shape.length - 2, "i32");
  const column = iotaOf(scores.graph, shape, shape.length - 1, "i32");
  const seen = le(column, row);
  return mask ? and(seen, mask) : seen;
}

const hide = (scores: Value, allowed: Value): Value =>
  select(allowed, scores, fillLike(scores, HIDDEN));

/** The weights of each row of scores; a row that may attend to nothing has zeros. */
export function weightsOf(scores: Value, allowed?: Value): Value {
  const last = scores.type.shape.length - 1;
  if (!allowed) return softmaxOf(scores, last);
  const weights = softmaxOf(hide(scores, allowed), last);
  // Weights of a row without any place are all alike after the softmax; the mask makes them zeros.
  return select(allowed, weights, fillLike(weights, 0));
}

/** The result of attention. */
export function mixed(use: Attended): Value {
  const { scores, allowed } = scoresOf(use);
  return use.product(weightsOf(scores, allowed), "XY", use.get("v"), "YZ", "XZ");
}

/** The weights again from what the forward pass saved of each row, and how the loss changes with each score. */
export function gradientsOf(use: Attended): { readonly weights: Value; readonly slopes: Value } {
  const { scores, allowed } = scoresOf(use);
  const { shape } = scores.type;
  const along = (x: Value): Value => spread(x, shape, [shape.length - 1]);
  const raw = exp(sub(scores, along(use.get("norm"))));
  const weights = allowed ? select(allowed, raw, fillLike(raw, 0)) : raw;
  const pulled = use.product(use.get("g"), "XZ", use.get("v"), "YZ", "XY");
  return { weights, slopes: mul(weights, sub(pulled, along(use.get("delta")))) };
}
