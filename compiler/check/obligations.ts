// What must hold where a declaration is used: its `where` clauses under the arguments of the use.
import type { Expr } from "../../grammar/ast.js";
import { textOf, type Span } from "../../grammar/source.js";
import {
  changing,
  shapes,
  withProposals,
  withSites,
  type BindingSite,
  type Diagnostic,
  type Proposal,
} from "../diagnostics/index.js";
import type { Context } from "./context.js";
import { factsOf } from "./conditions.js";
import { Scope, intNumber, type Instance, type Meaning } from "./meaning.js";
import { sitesOf } from "./provenance.js";
import { Facts, type Fact, type Verdict } from "../types/constraints.js";
import { constantOf, int, substitute, symsOf, type Dim, type Sym } from "../types/dim.js";

/**
 * Proves the clauses in the callee's scope from the caller's facts. The first that fails is reported: others of the same
 * use mostly fail for the same reason, as the two axes of an image that is too small do.
 */
export function obligations(
  ctx: Context,
  where: readonly Expr[],
  scope: Scope,
  use: { readonly callee: string; readonly at: Span; readonly self?: Instance | undefined },
): boolean {
  for (const clause of where) {
    const facts = factsOf(ctx, scope, clause);
    if (facts.length === 0 && !condition(ctx, clause, scope, use)) return false;
    for (const fact of facts) {
      const verdict = ctx.facts.check(fact);
      if (ctx.accepts(verdict)) continue;
      if (becomesGuard(ctx, fact, use.self) || isLeftToBuild(ctx, fact)) continue;
      if (ctx.isLeftToCall(fact)) continue;
      const facts = { clause: textOf(clause.span), declared: clause.span, fact, verdict };
      refuse(ctx, scope, clause, shapes.where({ ...use, ...facts }));
      return false;
    }
  }
  return true;
}

/** Reports a clause with where the static arguments in it got their values, and which other value would do. */
function refuse(ctx: Context, scope: Scope, clause: Expr, diagnostic: Diagnostic): void {
  const sites = sitesOf(scope, clause);
  // What stands last in a clause is mostly the divisor or the bound, of which there is more choice.
  // What is proposed gets the effort of one question, however many numbers are tried.
  const changes = ctx.isExplaining
    ? ctx.facts.asking(() =>
        sites.toReversed().flatMap((site) => otherNumber(ctx, scope, clause, site)),
      )
    : [];
  ctx.report(withSites(withProposals(diagnostic, changes), [{ sites }]));
}

/** How far from the number that was written another is looked for. */
const widest = 64;

/** How many other numbers are proposed for one argument: the nearest need not suit what else is asked of it. */
const mostNumbers = 3;

/** The nearest numbers under which the clause holds, where the argument was written as one. */
function otherNumber(
  ctx: Context,
  scope: Scope,
  clause: Expr,
  site: BindingSite,
): readonly Proposal[] {
  const written = constantOf(site.value);
  if (written === undefined || textOf(site.at) !== String(written)) return [];
  const holds = (value: number): boolean => {
    const inner = new Scope(scope);
    inner.bind(site.part?.of ?? site.name, withNumber(scope, site, value));
    return factsOf(ctx, inner, clause).every(
      (fact) => ctx.facts.check(fact).kind === "proved" || isOpenUntilBuild(ctx, fact),
    );
  };
  const found: number[] = [];
  for (let step = 1; step <= widest && found.length < mostNumbers; step++)
    found.push(...[written - step, written + step].filter((v) => v >= 1 && holds(v)));
  return found.map((value) => changing(site, int(value)));
}

/** What a static argument means with another number in the place of a site: at one place of a tuple, or at all of them. */
function withNumber(scope: Scope, { name, part }: BindingSite, value: number): Meaning {
  const known = scope.lookup(part?.of ?? name)?.meaning;
  if (known?.kind !== "tuple") return intNumber(value);
  const items = known.items.map((item, i) =>
    part === undefined || part.place === i ? intNumber(value) : item,
  );
  return { kind: "tuple", items };
}

/** A clause over the static dims of a model is decided when it is built; a default that breaks it is a fault now. */
export function isLeftToBuild(ctx: Context, fact: Fact): boolean {
  if (!isOpenUntilBuild(ctx, fact)) return false;
  ctx.facts = ctx.facts.with([fact]);
  return true;
}

/** Whether a relation is about static dims of a model alone, and its defaults do not break it. */
function isOpenUntilBuild(ctx: Context, fact: Fact): boolean {
  const syms = symsOf(fact.right, symsOf(fact.left));
  if (syms.size === 0 || ![...syms].every((s) => ctx.buildTime.has(s))) return false;
  return brokenByDefault(ctx, fact) === undefined;
}

/** A relation with the defaults of the model being checked put in, when these make it false. */
function brokenByDefault(
  ctx: Context,
  fact: Fact,
): { readonly fact: Fact; readonly verdict: Verdict } | undefined {
  const inPlace = (d: Dim): Dim => substitute(d, (s) => ctx.buildTime.get(s));
  const [left, right] = [inPlace(fact.left), inPlace(fact.right)];
  if (constantOf(left) === undefined || constantOf(right) === undefined) return undefined;
  const filled = { ...fact, left, right };
  const verdict = Facts.none.check(filled);
  return verdict.kind === "refuted" ? { fact: filled, verdict } : undefined;
}

/** Reports the clauses of a model that its own defaults break. */
export function checkDefaults(ctx: Context, callee: string, facts: readonly Fact[]): void {
  const told = new Set<Sym>();
  for (const fact of facts) {
    const broken = brokenByDefault(ctx, fact);
    if (!broken || !fact.span) continue;
    const syms = [...symsOf(fact.right, symsOf(fact.left))];
    // One default that does not suit breaks every clause that names it.
    if (syms.some((sym) => told.has(sym))) continue;
    for (const sym of syms) told.add(sym);
    const place = { at: fact.span, declared: fact.span };
    ctx.report(shapes.where({ ...place, ...broken, callee, clause: textOf(fact.span) }));
  }
}

/** A clause of an entry of the model that is being trained is checked when the step is called. */
function becomesGuard(ctx: Context, fact: Fact, self: Instance | undefined): boolean {
  if (self === undefined || self !== ctx.guarded) return false;
  ctx.guard(fact);
  return true;
}

/** A clause about flags or floats: decided where its value is known. */
function condition(
  ctx: Context,
  clause: Expr,
  scope: Scope,
  use: { readonly callee: string; readonly at: Span },
): boolean {
  const meaning = ctx.evaluate(scope, clause);
  if (meaning.kind !== "bool" || meaning.value !== false) return true;
  ctx.report(shapes.condition({ ...use, clause: textOf(clause.span), declared: clause.span }));
  return false;
}

/** An axis of a tensor that is given has elements: whoever calls a program is held to it before anything runs. */
export const sizeFacts = (shape: readonly Dim[]): readonly Fact[] =>
  shape
    .filter((d) => constantOf(d) === undefined)
    .map((d) => ({ relation: ">=", left: d, right: int(1) }));

/** The clauses of a declaration as facts for its own body. */
export const assumed = (
  ctx: Context,
  where: readonly Expr[],
  scope: Scope,
): ReturnType<typeof factsOf> => where.flatMap((clause) => factsOf(ctx, scope, clause));
