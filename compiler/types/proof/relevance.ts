// Which facts can bear on a claim: those that share a name with it, directly or through each other.
import { symsOf, type Dim, type Sym } from "../dim.js";
import type { Fact } from "./fact.js";

/** The facts that share a symbol with the dim, directly or through each other, in their order. */
export function connected(d: Dim, facts: readonly Fact[]): readonly Fact[] {
  const reached = new Set(withBounds([d]));
  const taken = new Set<Fact>();
  for (let before = -1; before !== taken.size;) {
    before = taken.size;
    for (const fact of facts) {
      if (taken.has(fact)) continue;
      const own = withBounds([fact.left, fact.right]);
      if (!own.some((s) => reached.has(s))) continue;
      taken.add(fact);
      for (const s of own) reached.add(s);
    }
  }
  return facts.filter((f) => taken.has(f));
}

/** Every symbol of the dims, and of the bounds of their indices. */
export function withBounds(dims: readonly Dim[]): readonly Sym[] {
  const found = new Set<Sym>();
  for (const d of dims) symsOf(d, found);
  for (const sym of found) if (sym.bound) symsOf(sym.bound, found);
  return [...found];
}
