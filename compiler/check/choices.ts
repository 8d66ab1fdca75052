// What an open condition leaves open: each option is taken with the facts under which it is meant.
import type { Span } from "../../grammar/source.js";
import type { Fact } from "../types/constraints.js";
import { factsOf, oppositeFactsOf } from "./conditions.js";
import type { Context } from "./context.js";
import type { Meaning } from "./meaning.js";
import { mergeMeanings } from "./merge.js";

/** What `body` makes of a meaning; of a choice, what it makes of each option that the facts leave. */
export function forEachOption(
  ctx: Context,
  meaning: Meaning,
  span: Span,
  body: (option: Meaning) => Meaning,
): Meaning {
  if (meaning.kind !== "choice") return body(meaning);
  const [then, otherwise] = meaning.options;
  const inner = (option: Meaning): Meaning => forEachOption(ctx, option, span, body);
  const facts = factsOf(ctx, meaning.scope, meaning.condition);
  if (isKnown(ctx, facts)) return inner(then);
  const opposite = oppositeFactsOf(ctx, meaning.scope, meaning.condition);
  if (isKnown(ctx, opposite)) return inner(otherwise);
  const a = ctx.assuming(facts, () => inner(then));
  const b = ctx.assuming(opposite, () => inner(otherwise));
  return mergeMeanings(ctx, a, b, span, { ...meaning, facts, opposite });
}

const isKnown = (ctx: Context, facts: readonly Fact[]): boolean =>
  facts.length > 0 && facts.every((fact) => ctx.facts.check(fact).kind === "proved");
