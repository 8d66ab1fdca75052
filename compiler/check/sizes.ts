// Sizes that are one of several, where only the use of a declaration knows which.
import { textOf, type Span } from "../../grammar/source.js";
import { either, type Fact } from "../types/constraints.js";
import { freshSym, int, symbol, type Dim } from "../types/dim.js";
import type { ChosenSize, Context } from "./context.js";

/** A size, and what holds where it is the one that is meant. */
export interface Alternative {
  readonly size: Dim;
  readonly when: readonly Fact[];
}

/** Longer expressions are no names. */
const longestName = 32;

/**
 * A symbol for the one of these sizes that is meant, with that as a fact; the same symbol for the same `key`, and a new one
 * without. Undefined where one of them may be negative, since a symbol never is.
 */
export function oneOf(
  ctx: Context,
  alternatives: readonly Alternative[],
  written: Span,
  key?: string,
): Dim | undefined {
  const known = key === undefined ? undefined : ctx.chosen.get(key);
  const chosen = known ?? choose(ctx, alternatives, written);
  if (!chosen) return undefined;
  if (key !== undefined) ctx.chosen.set(key, chosen);
  const news = chosen.facts.filter((f) => !ctx.facts.list.includes(f));
  ctx.facts = ctx.facts.with(news);
  return chosen.size;
}

function choose(
  ctx: Context,
  alternatives: readonly Alternative[],
  written: Span,
): ChosenSize | undefined {
  const isSize = ({ size, when }: Alternative): boolean =>
    ctx.facts.with(when).atMost(int(0), size).kind === "proved";
  if (!alternatives.every(isSize)) return undefined;
  const text = textOf(written);
  const size = symbol(freshSym(text.length <= longestName ? text : "this size", "size", written));
  const cases = alternatives.map((a): readonly Fact[] => [
    ...a.when,
    { relation: "==", left: size, right: a.size },
  ]);
  return { size, facts: either(cases) };
}
