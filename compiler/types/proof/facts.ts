// Facts about dims, and what follows from them: proved for all values, refuted by one, or neither.
import {
  atomOf,
  constantOf,
  int,
  mapAtoms,
  mod,
  same,
  sub,
  symbol,
  symsOf,
  type Atom,
  type Dim,
  type Sym,
} from "../dim.js";
import { caseFacts, keyOf, narrowed, nextSplit, type CaseFact, type Split } from "./cases.js";
import type { Hypotheses } from "./columns.js";
import { counterexamples, isSmaller, type Failure } from "./counterexample.js";
import { decidedAtom, holdsDirectly } from "./direct.js";
import { negationOf } from "./either.js";
import { Effort } from "./effort.js";
import { positiveAtoms } from "./equations.js";
import type { Fact, Verdict } from "./fact.js";
import { divisorsIn, hypothesesOf } from "./hypotheses.js";
import { isInconsistent, isNonNegative } from "./nonnegative.js";
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

/** Sizes tried before a proof by cases; most claims that fail do so for small sizes. */
const firstTries = 200;
const fewTries = 32;
const allTries = 2000;
/** Cases of one claim that are looked at, and how deep they may nest. */
const maxBranches = 48;
const maxNesting = 6;

/** Decided atoms may let the atoms that held them be decided. */
const maxRounds = 4;

/** What is left to spend on one claim. */
interface Branching {
  branches: number;
}

/**
 * A set of facts. Immutable; `with` gives a larger set.
 *
 * Symbols are sizes: integers >= 0 (an index also stays below its bound). A divisor that is written somewhere is taken to be
 * at least 1, and an exponent at least 0, since a program whose facts hold never uses less: `D % H == 0` cannot hold for
 * H = 0.
 */
export class Facts {
  /** No facts beyond what every symbol brings along. */
  static readonly none: Facts = new this([], new Map(), noRules, new Effort());

  /** No facts yet; all that are made from these share the effort of their proofs. */
  static sharing(effort: Effort): Facts {
    return new Facts([], new Map(), noRules, effort);
  }

  readonly list: readonly Fact[];
  readonly #names: QuotientNames;
  readonly #rules: Rules;
  readonly #hypotheses: Hypotheses;
  readonly #effort: Effort;
  readonly #factors: string;
  readonly #normal = new Map<string, Dim>();
  readonly #verdicts = new Map<string, Verdict>();
  readonly #branches = new Map<string, Facts>();
  #excluded: boolean | undefined;
  #inconsistent: boolean | undefined;

  private constructor(
    list: readonly Fact[],
    names: QuotientNames,
    rules: Rules,
    effort: Effort,
    factors = "",
  ) {
    this.list = list;
    this.#factors = factors;
    this.#names = names;
    this.#rules = rules;
    this.#effort = effort;
    this.#hypotheses = hypothesesOf(list, rules, effort);
  }

  /** These facts and more. */
  with(facts: readonly Fact[]): Facts {
    return facts.length === 0 ? this : this.asking(() => this.#extended(facts));
  }

  #extended(facts: readonly Fact[]): Facts {
    const list = [...this.list, ...facts];
    const names: QuotientNames = this.list.length === 0 ? new Map<string, Sym>() : this.#names;
    const equalities = list.filter((f) => f.relation === "==").map((f) => sub(f.left, f.right));
    const positive = positiveAtoms(list, divisorsIn(list));
    const isPositive = (atom: Atom): boolean => positive.has(atom.key);
    // Most facts are bounds of names of which no equality speaks.
    const factors = positiveIn(equalities, positive);
    const isAsBefore = facts.every((f) => f.relation !== "==") && factors === this.#factors;
    const rules = isAsBefore ? this.#rules : rulesFor(equalities, names, isPositive, this.#effort);
    return new Facts(list, names, rules, this.#effort, factors);
  }

  /** Questions that together get the effort of one. */
  asking<T>(answer: () => T): T {
    return this.#effort.question(answer);
  }

  /** Whether two facts plainly exclude each other, so that the code under them never runs and any claim holds. */
  get isContradictory(): boolean {
    this.#excluded ??=
      this.#rules.isContradictory ||
      this.#hypotheses.nonNegative.some((d) => (constantOf(d) ?? 0) < 0) ||
      this.list.some((f) => f.relation === "!=" && constantOf(this.#difference(f)) === 0);
    return this.#excluded;
  }

  /**
   * The dim with the facts applied: `K` becomes `D / H` under `K == D / H`. For comparing and showing; `restore` gives
   * back a dim that may be kept.
   */
  normalize(d: Dim): Dim {
    const known = this.#normal.get(d.key);
    if (known) return known;
    const normal = this.asking(() => this.#normalized(d));
    this.#normal.set(d.key, normal);
    return normal;
  }

  #normalized(d: Dim): Dim {
    let decided = rewrite(d, this.#rules);
    for (let round = 0; round < maxRounds; round++) {
      const next = mapAtoms(decided, (atom) => decidedAtom(atom, this.#hypotheses));
      if (next.key === decided.key) break;
      decided = rewrite(next, this.#rules);
    }
    return decided;
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
    const key = goalKey(goal);
    const known = this.#verdicts.get(key);
    if (known) return known;
    const verdict = this.asking(() => this.#decide(goal));
    this.#verdicts.set(key, verdict);
    return verdict;
  }

  /** Whether the dim is `>= 0` for all values. */
  isNonNegative(d: Dim): boolean {
    return this.asking(() => isNonNegative(this.normalize(d), this.#hypotheses));
  }

  /** Direct proof, small sizes that break the claim, proof by cases, larger sizes: the cheap before the dear. */
  #decide(goal: Fact): Verdict {
    if (this.isContradictory || this.#holds(goal)) return proved;
    const open = caseFacts(goal, this.list);
    const [first] = open;
    const count = open.reduce((product, f) => product * f.cases.length, 1);
    if (first && count <= maxBranches) return this.#inEach(first, goal);
    const search = counterexamples(goal, this.list, this.#rules, this.#effort);
    const early = search(this.#effort.isSpent ? fewTries : firstTries);
    if (early) return refuted(early);
    const left = { branches: maxBranches };
    if (this.#isInconsistent() || this.#holdsByCases(goal, left, maxNesting)) return proved;
    if (this.#effort.isSpent) return unknown;
    const late = search(allTries);
    return late ? refuted(late) : unknown;
  }

  /** Proved where every case proves, refuted by the smallest sizes of any. */
  #inEach(fact: CaseFact, goal: Fact): Verdict {
    const split: Split = { groups: fact.cases, replaces: fact };
    const verdicts = split.groups.map((group) => this.#branch(group, split).check(goal));
    const failures = verdicts.filter((v) => v.kind === "refuted");
    const [smallest] = failures.sort((a, b) => (isSmaller(a, b) ? -1 : 1));
    return smallest ?? (verdicts.every((v) => v.kind === "proved") ? proved : unknown);
  }

  #holds(goal: Fact): boolean {
    return holdsDirectly(goal.relation, this.#difference(goal), this.#hypotheses, this.#unequal());
  }

  #holdsByCases(goal: Fact, left: Branching, depth: number): boolean {
    if (depth === 0 || this.#effort.isSpent) return false;
    if (goal.cases) return this.#holdsOneOf(goal.cases, left, depth);
    const difference = sub(goal.left, goal.right);
    const split = nextSplit(difference, this.list, this.#difference(goal));
    return (
      split?.groups.every((group) => {
        if (left.branches-- <= 0) return false;
        return this.#branch(group, split).#settles(goal, left, depth - 1);
      }) ?? false
    );
  }

  /** One of several groups holds where it follows from the others' failing. */
  #holdsOneOf(groups: readonly (readonly Fact[])[], left: Branching, depth: number): boolean {
    return groups.some((group) => {
      const others = groups.filter((g) => g !== group).flatMap((g) => negationOf(g));
      const under = this.#branch(others);
      return group.every((goal) => {
        if (left.branches-- <= 0) return false;
        return under.#settles(goal, left, depth - 1);
      });
    });
  }

  #settles(goal: Fact, left: Branching, depth: number): boolean {
    return (
      this.isContradictory ||
      this.#holds(goal) ||
      this.#isInconsistent() ||
      this.#holdsByCases(goal, left, depth)
    );
  }

  /** The facts in one case. */
  #branch(group: readonly Fact[], split?: Split): Facts {
    const key =
      group.map(keyOf).join(" and ") + (split?.replaces ? ` for ${keyOf(split.replaces)}` : "");
    const known = this.#branches.get(key);
    if (known) return known;
    const kept = this.list.filter((f) => f !== split?.replaces);
    const branch = Facts.sharing(this.#effort).with([...narrowed(kept, group), ...group]);
    this.#branches.set(key, branch);
    return branch;
  }

  #isInconsistent(): boolean {
    this.#inconsistent ??= this.list.length > 0 && isInconsistent(this.#hypotheses);
    return this.#inconsistent;
  }

  #difference({ left, right }: Fact): Dim {
    return this.normalize(sub(left, right));
  }

  #unequal(): readonly Dim[] {
    return this.list.filter((f) => f.relation === "!=").map((f) => this.#difference(f));
  }
}

/** The names in equalities by which these may be divided. */
function positiveIn(equalities: readonly Dim[], positive: ReadonlySet<string>): string {
  const syms = new Set<Sym>();
  for (const d of equalities) symsOf(d, syms);
  const keys = [...syms].map((sym) => atomOf(symbol(sym))?.key ?? "");
  return keys.filter((key) => positive.has(key)).join(" ");
}

const refuted = (failure: Failure): Verdict => ({ kind: "refuted", ...failure });

const goalKey = (goal: Fact): string =>
  goal.cases ? goal.cases.map((g) => g.map(keyOf).join(" and ")).join(" or ") : keyOf(goal);
