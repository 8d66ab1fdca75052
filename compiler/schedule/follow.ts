// Which sums of a row can be taken in the very pass that finds the row's number they use, while that number still moves.
import type { Monoid, Value } from "../ir/op.js";
import { scalarBuilder, variable, type ScalarExpr } from "../scalar/expr.js";
import type { IntrinsicName } from "../scalar/intrinsics.js";
import { delinearize } from "../types/place.js";
import { freshSym, int, mul, numel, symbol, type Dim } from "../types/dim.js";
import { isPolynomial, polynomialOf, squareOfDifference } from "./polynomial.js";
import { isFloat } from "../types/dtype.js";

/**
 * How a sum goes on when the number that it uses, the leader, moves from `old` to `new` while it is being found:
 * - `scaled`: every term has the factor `exp(rate * leader)`, so the sum so far is multiplied by `exp(rate * (new - old))`
 *   (Milakov and Gimelshein 2018, for the softmax);
 * - `centred`: every term is the square of a distance to the mean that the leader is the total of, so the sum so far grows by
 *   `count * (new mean - old mean)^2` (Chan, Golub and LeVeque 1983).
 */
export type Follow =
  | { readonly kind: "scaled"; readonly leader: Value; readonly rate: number }
  | { readonly kind: "centred"; readonly leader: Value };

/** How the sum `value` may follow `leader`, a reduction over the same row, if it may. */
export function followOf(value: Value, leader: Value): Follow | undefined {
  const [sum, lead] = [value.op.lower, leader.op.lower];
  const operand = value.operands[0];
  if (sum.kind !== "reduce" || lead.kind !== "reduce" || sum.monoid.name !== "sum")
    return undefined;
  if (!operand || !isFloat(value.type.dtype) || !isFloat(leader.type.dtype)) return undefined;
  const term = termOf(operand, leader);
  if (!term) return undefined;
  return lead.monoid.name === "sum" ? centred(term, leader) : scaled(term, leader, lead.monoid);
}

function centred(term: ScalarExpr, leader: Value): Follow | undefined {
  const { count, own } = leaderTerms(leader);
  const found = polynomialOf(term, own, leaderName, count);
  return isPolynomial(found, squareOfDifference(count)) ? { kind: "centred", leader } : undefined;
}

/** Only with a factor that shrinks as the leader moves its way, so that it cannot overflow. */
function scaled(term: ScalarExpr, leader: Value, { name }: Monoid): Follow | undefined {
  const found = dependence(term, new Map());
  if (found?.kind !== "scale") return undefined;
  const shrinks = (name === "max" && found.rate < 0) || (name === "min" && found.rate > 0);
  return shrinks ? { kind: "scaled", leader, rate: found.rate } : undefined;
}

/** The name under which a term speaks of the leader. */
const leaderName = "leader";

const nameOf = (value: Value): string => `value ${String(value.id)}`;

/** How many columns a leader adds up, and the name of what it adds up. */
function leaderTerms(leader: Value): { readonly count: Dim; readonly own: string } {
  const [operand] = leader.operands;
  const { lower } = leader.op;
  if (lower.kind !== "reduce" || !operand) return { count: int(1), own: "" };
  const axes = lower.axes(leader.attrs);
  return {
    count: numel(axes.map((axis) => operand.type.shape[axis] ?? int(1))),
    own: nameOf(operand),
  };
}

/** One term of a sum, over the leader and values that do not depend on it; undefined where it looks elsewhere on condition. */
function termOf(operand: Value, leader: Value): ScalarExpr | undefined {
  const dependent = new Map<Value, boolean>([[leader, true]]);
  const depends = (value: Value): boolean => {
    let known = dependent.get(value);
    if (known === undefined) {
      known = value.id > leader.id && value.operands.some(depends);
      dependent.set(value, known);
    }
    return known;
  };
  const made = new Map<Value, ScalarExpr | undefined>();
  const visit = (value: Value): ScalarExpr | undefined => {
    if (!made.has(value)) made.set(value, make(value));
    return made.get(value);
  };
  const make = (value: Value): ScalarExpr | undefined => {
    if (value === leader) return variable(leaderName, value.type.dtype);
    if (!depends(value)) return constantIn(value) ?? variable(nameOf(value), value.type.dtype);
    if (value.op.lower.kind === "view") {
      const source = sourceOf(value);
      return source && visit(source);
    }
    if (value.op.lower.kind !== "pointwise") return undefined;
    const args = value.operands.map(visit);
    if (args.some((a) => !a)) return undefined;
    return bodyOf(
      value,
      args.flatMap((a) => a ?? []),
    );
  };
  return depends(operand) ? visit(operand) : undefined;
}

function bodyOf(value: Value, args: readonly ScalarExpr[]): ScalarExpr | undefined {
  const { lower } = value.op;
  if (lower.kind !== "pointwise") return undefined;
  const { at, linear } = placeIn(value);
  return lower.body(scalarBuilder(at, linear), args, value.attrs);
}

function placeIn(value: Value): { readonly at: readonly Dim[]; readonly linear: Dim } {
  const linear = symbol(freshSym("p", "index", undefined, mul(...value.type.shape)));
  return { at: delinearize(linear, value.type.shape), linear };
}

/** The one operand that a view shows without conditions. */
function sourceOf(view: Value): Value | undefined {
  const { lower } = view.op;
  const [source] = view.operands;
  if (lower.kind !== "view" || !source || view.operands.length > 1) return undefined;
  const context = {
    operands: [source.type],
    result: view.type,
    lookup: () => int(0),
  };
  const [piece, ...others] = lower.pieces(placeIn(view).at, context, view.attrs);
  const isPlain = piece && others.length === 0 && (piece.guards ?? []).length === 0;
  return isPlain ? source : undefined;
}

/** The number or size that a value is everywhere. */
function constantIn(value: Value): ScalarExpr | undefined {
  if (value.op.lower.kind === "view") {
    const source = sourceOf(value);
    return source && constantIn(source);
  }
  if (value.op.lower.kind !== "pointwise") return undefined;
  const args = value.operands.map(constantIn);
  if (args.some((a) => !a)) return undefined;
  const body = bodyOf(
    value,
    args.flatMap((a) => a ?? []),
  );
  return body && isEverywhere(body) ? body : undefined;
}

const isEverywhere = (x: ScalarExpr): boolean => {
  switch (x.kind) {
    case "literal":
      return true;
    case "dim":
      return !x.dim.terms.some((t) =>
        t.factors.some((f) => f.atom.kind !== "sym" || f.atom.sym.kind === "index"),
      );
    case "call":
      return x.args.every(isEverywhere);
    case "variable":
      return false;
  }
};

/** How an expression moves with the leader: not at all, by `rate` times as much, or by the factor `exp(rate * leader)`. */
type Dependence =
  | { readonly kind: "none"; readonly number?: number }
  | { readonly kind: "shift"; readonly rate: number }
  | { readonly kind: "scale"; readonly rate: number };

function dependence(
  x: ScalarExpr,
  seen: Map<ScalarExpr, Dependence | undefined>,
): Dependence | undefined {
  if (!seen.has(x)) seen.set(x, dependenceOf(x, seen));
  return seen.get(x);
}

function dependenceOf(
  x: ScalarExpr,
  seen: Map<ScalarExpr, Dependence | undefined>,
): Dependence | undefined {
  if (x.kind === "literal") return { kind: "none", number: x.value };
  if (x.kind === "dim") return { kind: "none" };
  if (x.kind === "variable")
    return x.name === leaderName ? { kind: "shift", rate: 1 } : { kind: "none" };
  const args = x.args.map((a) => dependence(a, seen));
  return args.every((a) => a?.kind === "none") ? { kind: "none" } : rules[x.fn]?.(...args);
}

type Rule = (...args: readonly (Dependence | undefined)[]) => Dependence | undefined;

/** How results of scalar functions move with the leader when their arguments do. */
const rules: Partial<Record<IntrinsicName, Rule>> = {
  neg: (a) => (a?.kind === "shift" ? { ...a, rate: -a.rate } : a),
  exp: (a) => (a?.kind === "shift" ? { kind: "scale", rate: a.rate } : undefined),
  add: (a, b) => sumOf(a, b, 1),
  sub: (a, b) => sumOf(a, b, -1),
  mul: (a, b) => productOf(a, b, 1) ?? productOf(b, a, 1),
  div: (a, b) => productOf(a, b, -1),
  select: (condition, a, b) => (condition?.kind === "none" ? alike(a, b) : undefined),
};

function sumOf(
  a: Dependence | undefined,
  b: Dependence | undefined,
  sign: number,
): Dependence | undefined {
  if (!a || !b) return undefined;
  if (a.kind === "scale" || b.kind === "scale") return alike(a, b);
  const rate = (x: Dependence): number => (x.kind === "none" ? 0 : x.rate);
  return { kind: "shift", rate: rate(a) + sign * rate(b) };
}

/** Both with the same factor; zero has any. */
function alike(a: Dependence | undefined, b: Dependence | undefined): Dependence | undefined {
  const isZero = (x: Dependence | undefined): boolean => x?.kind === "none" && x.number === 0;
  if (isZero(a)) return b?.kind === "scale" ? b : undefined;
  if (isZero(b)) return a?.kind === "scale" ? a : undefined;
  return a?.kind === "scale" && b?.kind === "scale" && a.rate === b.rate ? a : undefined;
}

/** `a * b` or `a / b`; the sign is that of the exponent of `b`. */
function productOf(
  a: Dependence | undefined,
  b: Dependence | undefined,
  sign: number,
): Dependence | undefined {
  if (!a || !b) return undefined;
  if (a.kind === "shift" && b.kind === "none" && b.number !== undefined)
    return { kind: "shift", rate: sign > 0 ? a.rate * b.number : a.rate / b.number };
  if (a.kind === "shift" || b.kind === "shift") return undefined;
  const rate = (x: typeof a): number => (x.kind === "none" ? 0 : x.rate);
  return { kind: "scale", rate: rate(a) + sign * rate(b) };
}
