// Static conditions: what they decide, and the facts that hold where they do and where they do not.
import type { BinaryOperator, Expr } from "../../grammar/ast.js";
import { textOf } from "../../grammar/source.js";
import { either, type Fact } from "../types/constraints.js";
import type { Context } from "./context.js";
import {
  condition,
  floatOf,
  type BoolMeaning,
  type Claim,
  type NumberMeaning,
  type Scope,
} from "./meaning.js";

type Comparison = "==" | "!=" | "<" | "<=" | ">" | ">=";

const OPPOSITE = { "==": "!=", "!=": "==", "<": ">=", "<=": ">", ">": "<=", ">=": "<" } as const;

export const isComparison = (operator: string): operator is Comparison =>
  Object.hasOwn(OPPOSITE, operator);

/** Compares two static numbers; the answer is open while the facts decide neither way. */
export function compareNumbers(
  ctx: Context,
  operator: Comparison,
  a: NumberMeaning,
  b: NumberMeaning,
): BoolMeaning {
  if (a.dim && b.dim) {
    const fact = { relation: operator, left: a.dim, right: b.dim };
    return condition(decide(ctx, fact), comparisonClaim(fact));
  }
  const x = floatOf(a);
  const y = floatOf(b);
  if (x === undefined || y === undefined) return { kind: "bool" };
  const tests = {
    "==": x === y,
    "!=": x !== y,
    "<": x < y,
    "<=": x <= y,
    ">": x > y,
    ">=": x >= y,
  };
  return { kind: "bool", value: tests[operator] };
}

/** True or false when the facts say so for all sizes, else undefined. */
function decide(ctx: Context, fact: Fact): boolean | undefined {
  if (ctx.facts.check(fact).kind === "proved") return true;
  if (ctx.facts.check({ ...fact, relation: OPPOSITE[fact.relation] }).kind === "proved")
    return false;
  return undefined;
}

function comparisonClaim(fact: Fact): Claim {
  const { relation, left, right } = fact;
  return { holds: [fact], fails: [{ relation: OPPOSITE[relation], left, right }] };
}

/** Two conditions joined by `and`, `or`, `==` or `!=`. */
export function joined(operator: BinaryOperator, a: BoolMeaning, b: BoolMeaning): BoolMeaning {
  if (operator === "and") return negated(disjunction(negated(a), negated(b)));
  if (operator === "or") return disjunction(a, b);
  if (a.value === undefined || b.value === undefined) return { kind: "bool" };
  return { kind: "bool", value: (a.value === b.value) === (operator === "==") };
}

function disjunction(a: BoolMeaning, b: BoolMeaning): BoolMeaning {
  const isTrue = a.value === true || b.value === true;
  const value = isTrue ? true : a.value === undefined ? undefined : b.value;
  const open = [a, b].filter((m) => m.value !== false);
  return condition(value, {
    holds: either(open.map((m) => m.facts?.holds ?? [])),
    fails: [a, b].flatMap((m) => m.facts?.fails ?? []),
  });
}

/** The condition that holds where this one does not. */
export function negated({ value, facts }: BoolMeaning): BoolMeaning {
  const opposite = facts && { holds: facts.fails, fails: facts.holds };
  return condition(value === undefined ? undefined : !value, opposite);
}

/** What a written condition states of sizes where it holds. Conditions on anything else carry no fact. */
export const factsOf = (ctx: Context, scope: Scope, written: Expr): readonly Fact[] =>
  claimOf(ctx, scope, written).facts?.holds ?? [];

/** What holds of sizes where a written condition does not. */
export const oppositeFactsOf = (ctx: Context, scope: Scope, written: Expr): readonly Fact[] =>
  claimOf(ctx, scope, written).facts?.fails ?? [];

const OPEN: BoolMeaning = { kind: "bool" };

/** A condition with its facts in the words of the source. Comparisons are not decided, which costs more than their facts. */
function claimOf(ctx: Context, scope: Scope, written: Expr): BoolMeaning {
  if (written.kind === "paren") return claimOf(ctx, scope, written.inner);
  if (written.kind === "unary" && written.operator === "not")
    return negated(claimOf(ctx, scope, written.operand));
  if (written.kind !== "binary") return meant(ctx, scope, written);
  const { operator, left, right } = written;
  if (operator === "and" || operator === "or")
    return joined(operator, claimOf(ctx, scope, left), claimOf(ctx, scope, right));
  if (!isComparison(operator)) return OPEN;
  const [a, b] = [ctx.evaluate(scope, left), ctx.evaluate(scope, right)];
  if (a.kind !== "number" || b.kind !== "number" || !a.dim || !b.dim)
    return meant(ctx, scope, written);
  const place = { span: written.span, text: textOf(written.span) };
  return condition(
    undefined,
    comparisonClaim({ relation: operator, left: a.dim, right: b.dim, ...place }),
  );
}

function meant(ctx: Context, scope: Scope, written: Expr): BoolMeaning {
  const meaning = ctx.evaluate(scope, written);
  return meaning.kind === "bool" ? meaning : OPEN;
}
