// Proves identities of floors by constants with a case split on the residues of the symbols inside.
import {
  add,
  constantOf,
  freshSym,
  gcd,
  int,
  partsOf,
  scale,
  substitute,
  symbol,
  symsOf,
  type Dim,
  type Sym,
} from "../dim.js";

const maxCases = 64;

/** Whether `d == 0` in every case of `s = k * t + r` for the symbols inside floors by constants. */
export function splitProves(d: Dim): boolean {
  const moduli = new Map<Sym, number>();
  collectModuli(d, moduli);
  const cases = [...moduli.values()].reduce((product, k) => product * k, 1);
  if (moduli.size === 0 || cases > maxCases) return false;
  const quotients = new Map([...moduli.keys()].map((s) => [s, symbol(freshSym(s.name))]));
  for (let index = 0; index < cases; index++) {
    let rest = index;
    const values = new Map<Sym, Dim>();
    for (const [sym, k] of moduli) {
      values.set(sym, add(scale(quotients.get(sym) ?? int(0), k), int(rest % k)));
      rest = Math.floor(rest / k);
    }
    if (substitute(d, (sym) => values.get(sym)).terms.length > 0) return false;
  }
  return true;
}

/** For each symbol inside a floor by a constant, the least common multiple of those constants. */
function collectModuli(d: Dim, into: Map<Sym, number>): void {
  for (const term of d.terms) {
    for (const { atom } of term.factors) {
      for (const part of partsOf(atom)) collectModuli(part, into);
      const k = atom.kind === "floor" ? constantOf(atom.den) : undefined;
      if (atom.kind !== "floor" || k === undefined || k <= 0) continue;
      for (const sym of symsOf(atom.num)) into.set(sym, lcm(into.get(sym) ?? 1, k));
    }
  }
}

const lcm = (a: number, b: number): number => (a / gcd(a, b)) * b;
