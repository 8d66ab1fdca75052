// Shares temporary tensors out to arenas, so that the arenas together are hardly larger than what lives at once.

/** A tensor with its first and last dispatch and its size, in any unit. */
export interface Living {
  readonly tensor: number;
  readonly from: number;
  readonly to: number;
  readonly size: number;
}

/** Rounds of moving single tensors; each ends early once nothing gets better. */
const mostRounds = 6;

/** Orders in which tensors choose; which is best depends on the program, so all are tried. */
const orders: readonly ((a: Living, b: Living) => number)[] = [
  (a, b) => b.size - a.size,
  (a, b) => spanOf(b) - spanOf(a),
  (a, b) => a.from - b.from,
  (a, b) => b.to - a.to,
];

const spanOf = ({ from, to, size }: Living): number => (to - from + 1) * size;

/**
 * An arena for each tensor, such that no two that clash share one. One after the other, tensors choose the arena that grows
 * least; then single ones move wherever the sum of all arenas gets smaller. Everything is decided in a fixed order.
 */
export function shareOut(
  tensors: readonly Living[],
  clashes: ReadonlyMap<number, ReadonlySet<number>>,
  length: number,
): ReadonlyMap<number, number> {
  const given = [...tensors].sort(
    (a, b) => b.size - a.size || a.from - b.from || a.tensor - b.tensor,
  );
  const trials = orders.map((order) => {
    const sharing = new Sharing(clashes, length);
    const sorted = [...given].sort(order);
    for (const life of sorted) sharing.place(life);
    for (let round = 0; round < mostRounds && sharing.improve(sorted); round++);
    return sharing;
  });
  const best = trials.reduce((a, b) => (b.total < a.total ? b : a));
  return compact(given, best.arenaOf);
}

/** Tensors and the arenas that they have so far. */
class Sharing {
  readonly arenaOf = new Map<number, number>();
  readonly #arenas: Arena[] = [];
  readonly #clashes: ReadonlyMap<number, ReadonlySet<number>>;
  readonly #length: number;

  constructor(clashes: ReadonlyMap<number, ReadonlySet<number>>, length: number) {
    this.#clashes = clashes;
    this.#length = length;
  }

  /** The sum of what all arenas hold at most. */
  get total(): number {
    return this.#arenas.reduce((sum, arena) => sum + arena.peak, 0);
  }

  /** Puts a tensor where that costs least. */
  place(life: Living): void {
    const taken = new Set(
      [...(this.#clashes.get(life.tensor) ?? [])].map((t) => this.arenaOf.get(t)),
    );
    let best: number | undefined;
    let least = life.size;
    for (const [i, arena] of this.#arenas.entries()) {
      if (taken.has(i)) continue;
      const growth = arena.growth(life);
      // A new arena only where it is better: each is a buffer, which has its price.
      if (growth < least || (best === undefined && growth === least)) [best, least] = [i, growth];
    }
    best ??= this.#arenas.push(new Arena(this.#length)) - 1;
    this.#arenas[best]?.add(life, 1);
    this.arenaOf.set(life.tensor, best);
  }

  /** Moves single tensors; tells whether any moved. */
  improve(tensors: readonly Living[]): boolean {
    const before = this.total;
    for (const life of tensors) {
      const home = this.#arenas[this.arenaOf.get(life.tensor) ?? 0];
      if (!home) continue;
      const peak = home.peak;
      home.add(life, -1);
      if (home.peak < peak) this.place(life);
      else home.add(life, 1);
    }
    return this.total < before;
  }
}

/** Numbers arenas in the order in which they are first used, without gaps. */
function compact(
  order: readonly Living[],
  arenaOf: ReadonlyMap<number, number>,
): Map<number, number> {
  const numbers = new Map<number, number>();
  const first = [...order].sort((a, b) => a.from - b.from || a.tensor - b.tensor);
  return new Map(
    first.map(({ tensor }) => {
      const old = arenaOf.get(tensor) ?? 0;
      const number = numbers.get(old) ?? numbers.size;
      numbers.set(old, number);
      return [tensor, number];
    }),
  );
}

/** What lives in an arena at each dispatch. */
class Arena {
  readonly #live: Float64Array;
  #peak: number | undefined = 0;

  constructor(length: number) {
    this.#live = new Float64Array(length + 1);
  }

  /** The most that lives at once. */
  get peak(): number {
    this.#peak ??= this.#live.reduce((a, b) => Math.max(a, b), 0);
    return this.#peak;
  }

  /** By how much the peak would grow. */
  growth({ from, to, size }: Living): number {
    let highest = 0;
    for (let i = from; i <= to; i++) highest = Math.max(highest, this.#live[i] ?? 0);
    return Math.max(0, highest + size - this.peak);
  }

  /** Adds a tensor, or takes it away. */
  add({ from, to, size }: Living, sign: 1 | -1): void {
    for (let i = from; i <= to; i++) this.#live[i] = (this.#live[i] ?? 0) + sign * size;
    this.#peak = undefined;
  }
}
