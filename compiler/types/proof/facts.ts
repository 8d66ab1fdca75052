// Facts about dims, and what follows from them: proved for all values, refuted by one, or neither.
import {
  constantOf,
  constantTerm,
  gcd,
  int,
  mapAtoms,
  mod,
  mul,
  ofTerms,
  same,
  sub,
  type Atom,
  type Dim,
  type Sym,
} from "../dim.js";
import type { Fact, Relation, Verdict } from "./fact.js";
import { findCounterexample } from "./counterexample.js";
import { divisorsOf, isNonNegative, type Hypotheses } from "./nonnegative.js";
import { splitProves } from "./split.js";
import {
  noRules,
  restore,
  rewrite,
  rulesFor,
  type QuotientNames,
  type Rules,
} from "./rewriting.js";

const proved: Verdict = { kind: "proved" };
const unknown: Verdict = { kind: "unknown" };

/**
 * A set of facts. Immutable; `with` gives a larger set.
 *
 * Symbols are sizes: integers >= 0 (an index also stays below its bound). A divisor that is written somewhere is
 * taken to be at least 1, since a program whose facts hold never divides by less: `D % H == 0` cannot hold for H = 0.
 */
export class Facts {
  /** No facts beyond what every symbol brings along. */
  static readonly none = new Facts([], new Map(), noRules);

  readonly list: readonly Fact[];
  readonly #names: QuotientNames;
  readonly #rules: Rules;
  readonly #hypotheses: Hypotheses;
  readonly #normal = new Map<string, Dim>();

  private constructor(list: readonly Fact[], names: QuotientNames, rules: Rules) {
    this.list = list;
    this.#names = names;
    this.#rules = rules;
    this.#hypotheses = hypothesesOf(list, rules);
  }

  /** These facts and more. */
  with(facts: readonly Fact[]): Facts {
    if (facts.length === 0) return this;
    const list = [...this.list, ...facts];
    const names: QuotientNames = this.list.length === 0 ? new Map<string, Sym>() : this.#names;
    const equalities = list.filter((f) => f.relation === "==").map((f) => sub(f.left, f.right));
    return new Facts(list, names, rulesFor(equalities, names));
  }

  /** Whether two facts exclude each other, so that the code under them never runs and any claim holds. */
  get isContradictory(): boolean {
    return (
      this.#rules.isContradictory ||
      this.#hypotheses.nonNegative.some((d) => (constantOf(d) ?? 0) < 0)
    );
  }

  /**
   * The dim with the facts applied: `K` becomes `D / H` under `K == D / H`. For comparing and showing; `restore` gives
   * back a dim that may be kept.
   */
  normalize(d: Dim): Dim {
    const known = this.#normal.get(d.key);
    if (known) return known;
    const rewritten = rewrite(d, this.#rules);
    const result = mapAtoms(rewritten, (atom) => this.#decided(atom));
    this.#normal.set(d.key, result);
    return result;
  }

  /** The dim without the quotient symbols that `normalize` brings in. */
  restore(d: Dim): Dim {
    return restore(d, this.#rules);
  }

  /** Whether `a == b` for all values. */
  equal(a: Dim, b: Dim): Verdict {
    return this.check({ relation: "==", left: a, right: b });
  }

  /** Whether `a <= b` for all values. */
  atMost(a: Dim, b: Dim): Verdict {
    return this.check({ relation: "<=", left: a, right: b });
  }

  /** Whether `b % a == 0` for all values. */
  divides(a: Dim, b: Dim): Verdict {
    return this.check({ relation: "==", left: mod(b, a), right: int(0) });
  }

  /** Whether a relation holds for all values that satisfy the facts. */
  check(goal: Fact): Verdict {
    if (goal.relation === "==" && same(goal.left, goal.right)) return proved;
    const { relation, left, right } = goal;
    if (this.isContradictory || this.#proves(relation, this.normalize(sub(left, right))))
      return proved;
    const found = findCounterexample(goal, this.list, this.#rules);
    return found ? { kind: "refuted", ...found } : unknown;
  }

  /** Whether the dim is `>= 0` for all values. */
  isNonNegative(d: Dim): boolean {
    return this.#proves(">=", this.normalize(d));
  }

  #proves(relation: Relation, difference: Dim): boolean {
    switch (relation) {
      case "==":
        return this.#isZero(difference);
      case "<=":
        return isNonNegative(sub(int(0), difference), this.#hypotheses);
      case "<":
        return isNonNegative(sub(int(-1), difference), this.#hypotheses);
      case ">=":
        return isNonNegative(difference, this.#hypotheses);
      case ">":
        return isNonNegative(sub(difference, int(1)), this.#hypotheses);
      case "!=":
        return this.#isNonZero(difference);
    }
  }

  #isZero(d: Dim): boolean {
    const known = constantOf(d);
    if (known !== undefined) return known === 0;
    if (splitProves(d)) return true;
    const holds = (x: Dim): boolean => isNonNegative(x, this.#hypotheses);
    return holds(d) && holds(sub(int(0), d));
  }

  #isNonZero(d: Dim): boolean {
    const opposite = sub(int(0), d);
    const varying = d.terms.filter((t) => t.key !== "");
    const step = varying.reduce((g, t) => gcd(g, t.coefficient), 0);
    // Every other term is a multiple of `step`, so a constant that is not can never be met.
    if (step > 0 ? constantTerm(d) % step !== 0 : d.terms.length > 0) return true;
    if (this.#proves(">", d) || this.#proves("<", d)) return true;
    return this.list.some((fact) => {
      if (fact.relation !== "!=") return false;
      const { key } = this.normalize(sub(fact.left, fact.right));
      return key === d.key || key === opposite.key;
    });
  }

  /** Minimum, maximum or quotient that the facts decide. */
  #decided(atom: Atom): Dim | undefined {
    const holds = (d: Dim): boolean => isNonNegative(d, this.#hypotheses, 1);
    if (atom.kind === "min" || atom.kind === "max") {
      const [a, b] = atom.args;
      const difference = sub(a, b);
      if (holds(difference)) return atom.kind === "min" ? b : a;
      return holds(sub(int(0), difference)) ? (atom.kind === "min" ? a : b) : undefined;
    }
    if (atom.kind !== "floor") return undefined;
    return [0, -1, 1].map(int).find((quotient) => {
      const remainder = sub(atom.num, mul(atom.den, quotient));
      return holds(remainder) && holds(sub(sub(atom.den, int(1)), remainder));
    });
  }
}

function hypothesesOf(list: readonly Fact[], rules: Rules): Hypotheses {
  const known = new Map<string, Dim>();
  const add = (d: Dim): void => {
    const normal = rewrite(d, rules);
    if ((constantOf(normal) ?? -1) < 0) known.set(normal.key, normal);
  };
  for (const fact of list) {
    for (const d of nonNegativeParts(fact)) add(d);
    for (const side of [fact.left, fact.right]) {
      for (const divisor of divisorsOf(side).values()) add(sub(divisor, int(1)));
    }
  }
  for (const { lead, value } of rules.products) {
    const product = ofTerms([lead]);
    add(sub(product, value));
    add(sub(value, product));
  }
  for (const d of rules.consequences) add(d);
  const nonNegative = [...known.values()];
  const signed = new Set<Sym>(rules.quotients.keys());
  const given: Hypotheses = {
    nonNegative,
    isSigned: (sym) => signed.has(sym),
    normalize: (d) => rewrite(d, rules),
  };
  // A quotient is non-negative where its numerator is; each proof may help the next.
  for (const [q, meaning] of rules.quotients) {
    const num = numeratorOf(meaning);
    if (isNonNegative(num, given, 1) || isNonNegative(rewrite(num, rules), given, 1)) {
      signed.delete(q);
    }
  }
  return given;
}

/** What a fact says to be `>= 0`. */
function nonNegativeParts({ relation, left, right }: Fact): readonly Dim[] {
  switch (relation) {
    case "<=":
      return [sub(right, left)];
    case "<":
      return [sub(sub(right, left), int(1))];
    case ">=":
      return [sub(left, right)];
    case ">":
      return [sub(sub(left, right), int(1))];
    case "==":
    case "!=":
      return [];
  }
}

/** `n` of `n / d`; any other dim as it is. */
function numeratorOf(d: Dim): Dim {
  const [term] = d.terms;
  const [factor] = term?.factors ?? [];
  const isBare = d.terms.length === 1 && term?.coefficient === 1 && term.factors.length === 1;
  return isBare && factor?.exponent === 1 && factor.atom.kind === "floor" ? factor.atom.num : d;
}
