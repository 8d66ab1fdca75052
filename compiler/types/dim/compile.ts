// Dims as functions of an array of numbers, for evaluating one dim under many assignments.
import { partsOf, type Atom, type Dim, type Sym } from "./terms.js";

/** The value of a dim for the values of its symbols; NaN where a divisor is zero or an exponent negative. */
export type Formula = (values: readonly number[]) => number;

/** The dim as a function of the values at the symbols' slots. */
export function compiled(d: Dim, slots: ReadonlyMap<Sym, number>): Formula {
  const terms = d.terms.map(({ coefficient, factors }) => ({
    coefficient,
    factors: factors.map(({ atom, exponent }) => ({ value: compiledAtom(atom, slots), exponent })),
  }));
  return (values) => {
    let sum = 0;
    for (const { coefficient, factors } of terms) {
      let product = coefficient;
      for (const { value, exponent } of factors) {
        const x = value(values);
        product *= exponent === 1 ? x : x ** exponent;
      }
      sum += product;
    }
    return sum;
  };
}

function compiledAtom(atom: Atom, slots: ReadonlyMap<Sym, number>): Formula {
  if (atom.kind === "sym") {
    const slot = slots.get(atom.sym) ?? -1;
    return (values) => values[slot] ?? NaN;
  }
  const [a, b] = partsOf(atom).map((part) => compiled(part, slots));
  if (!a || !b) return () => NaN;
  switch (atom.kind) {
    case "floor":
      return (values) => quotient(a(values), b(values));
    case "pow":
      return (values) => power(a(values), b(values));
    case "min":
      return (values) => Math.min(a(values), b(values));
    case "max":
      return (values) => Math.max(a(values), b(values));
  }
}

const quotient = (a: number, b: number): number => (b === 0 ? NaN : Math.floor(a / b));
const power = (base: number, exponent: number): number => (exponent < 0 ? NaN : base ** exponent);
