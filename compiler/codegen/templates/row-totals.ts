// Reductions of one row under way in a pass over its columns: totals, and sums that follow a total while it still moves.
import type { Monoid, Value } from "../../ir/op.js";
import {
  call,
  convert,
  dimExpr,
  literal,
  scalarBuilder,
  type ScalarExpr,
} from "../../scalar/expr.js";
import type { Follow, RowReduction } from "../../schedule/index.js";
import { constantOf, int, type Dim } from "../../types/dim.js";
import type { KernelBuilder } from "../builder.js";
import type { Space } from "./rows-space.js";

type Variable = ScalarExpr & { readonly kind: "variable" };

/** A reduction under way. */
interface Open {
  readonly value: Value;
  readonly operand: Value;
  readonly monoid: Monoid;
  readonly total: Variable;
  readonly follows: Follow | undefined;
  /** Of a total that sums follow as a mean: what it will be, as far as the columns so far tell. */
  readonly estimate: Variable | undefined;
}

/** How the estimate of a leader moves, and how many columns what follows it has taken in. */
interface Move {
  readonly before: ScalarExpr;
  readonly now: ScalarExpr;
  readonly count: ScalarExpr;
}

/** Totals of another part of the same row, and how many columns it had. */
export interface PartTotals {
  /** By the number of the reduction in the pass. */
  readonly totals: readonly ScalarExpr[];
  readonly columns: Dim;
}

/** The reductions of a pass over (a part of) one row. */
export class Totals {
  readonly #builder: KernelBuilder;
  readonly #space: Space;
  readonly #open: readonly Open[];
  /** Columns taken in so far; kept where a mean is followed and no loop counts them. */
  readonly #seen: Variable | undefined;

  /** `isCounted`: whoever calls `absorb` says how many columns came before. */
  constructor(
    builder: KernelBuilder,
    space: Space,
    reductions: readonly RowReduction[],
    isCounted = false,
  ) {
    this.#builder = builder;
    this.#space = space;
    const { body } = builder;
    const isMean = (value: Value): boolean =>
      reductions.some((r) => r.follows?.leader === value && r.follows.kind === "centred");
    this.#open = reductions.map(({ value, follows }): Open => {
      const { operand, monoid, identity } = reductionOf(value);
      const total = body.variable(identity);
      const estimate = isMean(value) ? body.variable(identity) : undefined;
      return { value, operand, monoid, total, follows, estimate };
    });
    const isNeeded = !isCounted && reductions.some((r) => r.follows?.kind === "centred");
    this.#seen = isNeeded ? body.variable(literal(0, "f32")) : undefined;
  }

  /** The totals as they are, by the number of the reduction. */
  get totals(): readonly ScalarExpr[] {
    return this.#open.map(({ total }) => total);
  }

  /** Takes in the elements at some places of the row; `before`: how many came before them. */
  absorb(row: Dim, places: readonly (readonly Dim[])[], before?: Dim): void {
    const { body, elements } = this.#builder;
    const counts = { given: literal(places.length, "f32"), before: before && this.#number(before) };
    this.#step(row, counts, ({ monoid, operand }) => {
      const values = places.map((at) => elements.at(operand, at));
      return inPairs(monoid, values, (x) => body.freeze(x));
    });
  }

  /** Takes in what another part of the row came to. */
  merge(row: Dim, part: PartTotals): void {
    const count = this.#number(part.columns);
    this.#step(row, { given: count, before: undefined }, (open, now) => {
      const total = part.totals[this.#open.indexOf(open)] ?? open.total;
      const leader = this.#leaderOf(open);
      const theirs = leader && part.totals[this.#open.indexOf(leader)];
      if (!leader || !theirs || !now || !open.follows) return total;
      const before = this.#estimate(leader, theirs, count);
      return this.#moved(open.follows, total, { before, now, count });
    });
  }

  /** Combines with the other lanes, each of which had a part of the row, and makes the results known. */
  finish(row: Dim, acrossLanes: (monoid: Monoid, mine: ScalarExpr) => ScalarExpr): void {
    const { body, elements } = this.#builder;
    const results = new Map<Value, ScalarExpr>();
    for (const open of this.#open) {
      const { follows, total, monoid } = open;
      const leader = this.#leaderOf(open);
      const now = leader && results.get(leader.value);
      const before = leader?.estimate ?? leader?.total;
      const mine =
        follows && before && now && before !== now
          ? this.#moved(follows, total, { before, now, count: this.#seen ?? literal(0, "f32") })
          : total;
      const result = body.freeze(acrossLanes(monoid, mine));
      results.set(open.value, result);
      elements.define(open.value, this.#space.row(row), result);
    }
  }

  /** The same where no other lane has a part of the row: every total is what it says. */
  close(row: Dim): void {
    for (const { value, total } of this.#open) {
      const result = this.#builder.body.freeze(total);
      this.#builder.elements.define(value, this.#space.row(row), result);
    }
  }

  /** One step of all reductions: leaders first, then what follows them with the new estimate of their leader. */
  #step(
    row: Dim,
    count: { readonly given: ScalarExpr; readonly before: ScalarExpr | undefined },
    given: (open: Open, now: ScalarExpr | undefined) => ScalarExpr,
  ): void {
    const { body } = this.#builder;
    // What is computed from an estimate holds for this step only.
    body.scoped(() => {
      const seen = count.before ?? (this.#seen && body.freeze(this.#seen)) ?? literal(0, "f32");
      const all = call("add", seen, count.given);
      if (this.#seen) assign(body, this.#seen, all);
      const moves = new Map<Value, Move>();
      for (const open of this.#open) {
        if (open.follows) continue;
        const move = this.#lead(row, open, given(open, undefined), all);
        if (move) moves.set(open.value, { ...move, count: seen });
      }
      for (const open of this.#open) {
        const move = open.follows && moves.get(open.follows.leader);
        if (!open.follows || !move) continue;
        const part = given(open, move.now);
        assign(body, open.total, call("add", this.#moved(open.follows, open.total, move), part));
      }
    });
  }

  /** Adds to a total that follows nothing; says how its estimate moves where something follows it. */
  #lead(
    row: Dim,
    open: Open,
    given: ScalarExpr,
    seen: ScalarExpr,
  ): Omit<Move, "count"> | undefined {
    const { body, elements } = this.#builder;
    const { value, monoid, total, estimate } = open;
    const isLed = this.#open.some((o) => o.follows?.leader === value);
    const before = isLed ? body.freeze(estimate ?? total) : undefined;
    assign(body, total, monoid.combine(scalarBuilder([], int(0)), total, given));
    if (!before) return undefined;
    const now = body.freeze(this.#estimate(open, total, seen));
    if (estimate) assign(body, estimate, now);
    elements.define(value, this.#space.row(row), now);
    return { before, now };
  }

  #leaderOf({ follows }: Open): Open | undefined {
    return follows && this.#open.find((o) => o.value === follows.leader);
  }

  /** What a total will be after all columns, if the rest is like what was seen; for an extreme, what it is. */
  #estimate({ monoid }: Open, total: ScalarExpr, seen: ScalarExpr): ScalarExpr {
    if (monoid.name !== "sum") return total;
    const columns = this.#columns();
    const share = call("div", columns, call("max", seen, literal(1, "f32")));
    return call("mul", total, share);
  }

  #columns(): ScalarExpr {
    return this.#number(this.#space.columns);
  }

  #number(count: Dim): ScalarExpr {
    const known = constantOf(count);
    if (known !== undefined) return literal(known, "f32");
    return convert(dimExpr(this.#builder.body.settle(count)), "f32");
  }

  /** A sum of `count` terms after its leader has moved. */
  #moved(follows: Follow, total: ScalarExpr, { before, now, count }: Move): ScalarExpr {
    const way = call("sub", now, before);
    if (follows.kind === "scaled") {
      const factor = call("exp", call("mul", literal(follows.rate, "f32"), way));
      return call("mul", total, factor);
    }
    const mean = this.#builder.body.freeze(call("div", way, this.#columns()));
    return call("add", total, call("mul", count, call("mul", mean, mean)));
  }
}

/** The operand of a reduction, how it combines, and what it is of nothing. */
export function reductionOf(value: Value): {
  readonly operand: Value;
  readonly monoid: Monoid;
  readonly identity: ScalarExpr;
} {
  const { lower } = value.op;
  const operand = value.operands[0];
  if (lower.kind !== "reduce" || !operand)
    throw new Error(`\`${value.op.name}\` is not a reduction`);
  const { dtype } = value.type;
  return { operand, monoid: lower.monoid, identity: literal(lower.monoid.identity(dtype), dtype) };
}

/** Combines values as a tree, so that no rounding error and no wait is as long as the row. */
export function inPairs(
  monoid: Monoid,
  values: readonly ScalarExpr[],
  name: (x: ScalarExpr) => ScalarExpr,
): ScalarExpr {
  const [first, second] = values;
  if (!first) throw new Error("nothing to combine");
  if (!second) return first;
  const half = 2 ** (Math.ceil(Math.log2(values.length)) - 1);
  const [a, b] = [values.slice(0, half), values.slice(half)].map((v) => inPairs(monoid, v, name));
  return a && b ? name(monoid.combine(scalarBuilder([], int(0)), a, b)) : first;
}

function assign(body: KernelBuilder["body"], { name }: Variable, value: ScalarExpr): void {
  body.push({ kind: "assign", name, value });
}
