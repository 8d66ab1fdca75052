// Quotients by powers with symbolic exponents: `H / 2 ** i` is whole where `H` is a multiple of `2 ** L` and `i <= L`.
import {
  add,
  constantOf,
  floorDiv,
  int,
  makeTerm,
  mul,
  ofTerms,
  pow,
  sub,
  type Dim,
  type Term,
} from "../dim.js";

/** A term as `base ** exponent * rest`. */
interface Split {
  readonly exponent: Dim;
  readonly rest: Term;
}

/**
 * `num / den` with a power in the divisor cancelled, where that leaves a whole power in some terms of the numerator; undefined
 * where it does not. `isNonNegative` decides which exponent is larger.
 */
export function cancelledPower(
  num: Dim,
  den: Dim,
  isNonNegative: (d: Dim) => boolean,
): Dim | undefined {
  const [divisor, ...others] = den.terms;
  if (!divisor || others.length > 0) return undefined;
  for (const base of basesOf([divisor, ...num.terms])) {
    const by = splitPower(divisor, base);
    const found = by && divided(num, den, base, by, isNonNegative);
    if (found) return found;
  }
  return undefined;
}

/** The bases of powers in the terms, each once. */
function basesOf(terms: readonly Term[]): Iterable<Dim> {
  const found = new Map<string, Dim>();
  for (const { factors } of terms)
    for (const { atom } of factors) if (atom.kind === "pow") found.set(atom.base.key, atom.base);
  return found.values();
}

function divided(
  num: Dim,
  den: Dim,
  base: Dim,
  by: Split,
  isNonNegative: (d: Dim) => boolean,
): Dim | undefined {
  const quotients: Dim[] = [];
  const left: Term[] = [];
  for (const term of num.terms) {
    const split = splitPower(term, base);
    const difference = split && sub(split.exponent, by.exponent);
    if (split && difference && isNonNegative(difference))
      quotients.push(mul(ofTerms([split.rest]), pow(base, difference)));
    else left.push(term);
  }
  const rest = ofTerms([by.rest]);
  if (quotients.length === 0 || (left.length > 0 && constantOf(rest) !== 1)) return undefined;
  const whole = floorDiv(add(...quotients), rest);
  return left.length === 0 ? whole : add(whole, floorDiv(ofTerms(left), den));
}

/** Takes every power of the base out of a term, also out of its coefficient. */
function splitPower(term: Term, base: Dim): Split | undefined {
  const b = constantOf(base);
  let { coefficient } = term;
  let plain = 0;
  if (b !== undefined && b > 1) for (; coefficient % b === 0; plain++) coefficient /= b;
  const isPower = (f: Term["factors"][number]): boolean =>
    f.atom.kind === "pow" && f.atom.base.key === base.key;
  const [power] = term.factors.filter(isPower);
  const symbolic = power?.atom.kind === "pow" ? power.atom.exponent : int(0);
  if (plain === 0 && !power) return undefined;
  const rest = makeTerm(
    coefficient,
    term.factors.filter((f) => !isPower(f)),
  );
  return { exponent: add(symbolic, int(plain)), rest };
}
