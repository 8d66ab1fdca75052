// What integers of a kernel are multiples of, and which quotients are equal because of it.
import {
  add,
  atomDim,
  constantOf,
  constantTerm,
  floorDiv,
  int,
  mul,
  pow,
  scale,
  sub,
  type Atom,
  type Dim,
  type Sym,
} from "../types/dim.js";

/** What integer names are multiples of, for all values they take. */
export class Multiples {
  readonly #known = new Map<Sym, number>();

  /** Says that a name is always a multiple of a number. */
  note(sym: Sym, of: number): void {
    this.#known.set(sym, of);
  }

  /** A number that a dim is a multiple of; 0 for the constant 0. */
  of(d: Dim): number {
    return d.terms
      .map(({ coefficient, factors }) =>
        factors.reduce((n, { atom }) => n * this.#ofAtom(atom), Math.abs(coefficient)),
      )
      .reduce(gcd, 0);
  }

  /** What a loop's index is a multiple of. */
  ofSteps(from: Dim, step: Dim): number {
    return gcd(this.of(from), this.of(step));
  }

  /**
   * The same integer, in which neighbours that lie in one block have one quotient: with `k` a multiple of 4, `(k + 3) / 8` is
   * `k / 8`. So what they load and compute from it is written once.
   */
  reduced(d: Dim): Dim {
    if (!d.terms.some((t) => t.factors.some(({ atom }) => this.#shorter(atom)))) return d;
    const terms = d.terms.map((term) => {
      const factors = term.factors.map(({ atom, exponent }) =>
        pow(this.#shorter(atom) ?? atomDim(atom), int(exponent)),
      );
      return scale(mul(...factors), term.coefficient);
    });
    return add(...terms, int(0));
  }

  /** A quotient without what cannot reach the next whole number. */
  #shorter(atom: Atom): Dim | undefined {
    if (atom.kind !== "floor") return undefined;
    const { num, den } = atom;
    const by = constantOf(den);
    const over = constantTerm(num);
    if (by === undefined || over <= 0) return undefined;
    const whole = sub(num, int(over));
    const step = gcd(this.of(whole), by);
    const rest = over % step;
    return step > 1 && rest > 0 ? floorDiv(sub(num, int(rest)), den) : undefined;
  }

  #ofAtom(atom: Atom): number {
    if (atom.kind === "sym") return this.#known.get(atom.sym) ?? atom.sym.multiple ?? 1;
    if (atom.kind !== "min" && atom.kind !== "max") return 1;
    const [a, b] = atom.args;
    return gcd(this.of(a), this.of(b));
  }
}

function gcd(a: number, b: number): number {
  return b === 0 ? a : gcd(b, a % b);
}
