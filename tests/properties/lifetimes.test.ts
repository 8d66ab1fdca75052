// Plans of memory against a run of the dispatches, loops and all: what is read was kept, and arenas are hardly larger than the best.
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  planMemory,
  type Access,
  type Loop,
  type Temporary,
} from "../../compiler/schedule/memory.js";
import { shareOut, type Living } from "../../compiler/schedule/arenas.js";

/** Dispatches, each a result that is written and places of what is read, and loops over some of them. */
interface Work {
  readonly dispatches: readonly Access[];
  readonly tensors: readonly number[];
  readonly loops: readonly Loop[];
  readonly kept: ReadonlySet<number>;
  /** Tensors of which each round of the outer loop writes a part: all parts are read later, in any round. */
  readonly gathered: ReadonlySet<number>;
}

const tensorsOf = 7;
const works: fc.Arbitrary<Work> = fc
  .record({
    steps: fc.array(
      fc.record({
        reads: fc.uniqueArray(fc.nat(tensorsOf - 1), { maxLength: 3 }),
        write: fc.nat(tensorsOf - 1),
      }),
      { minLength: 3, maxLength: 12 },
    ),
    outer: fc.tuple(fc.nat(11), fc.nat(11)),
    inner: fc.tuple(fc.nat(11), fc.nat(11)),
    kept: fc.uniqueArray(fc.nat(tensorsOf - 1), { maxLength: 2 }),
  })
  .map(({ steps, outer, inner, kept }) => {
    // A first dispatch writes everything that is read before it is written.
    const first = { reads: [], writes: Array.from({ length: tensorsOf }, (_, t) => t) };
    const dispatches = steps.map(({ reads, write }): Access => ({
      reads: reads.filter((t) => t !== write),
      writes: [write],
    }));
    const place = (n: number): number => n % dispatches.length;
    const [from, to] = [Math.min(...outer.map(place)), Math.max(...outer.map(place))];
    const within = inner.map((n) => from + (n % (to - from + 1)));
    const spans = [
      { from: Math.min(...within), to: Math.max(...within) },
      { from, to },
    ];
    const written = new Set<number>();
    const isFirst = new Set(
      dispatches.flatMap(({ reads, writes }) => {
        const missing = reads.filter((t) => !written.has(t));
        for (const t of writes) written.add(t);
        return missing;
      }),
    );
    const apart = dispatches.flatMap((d, i) => (i < from || i > to ? touched(d) : []));
    const inside = dispatches.slice(from, to + 1).flatMap(({ writes }) => writes);
    const gathered = new Set(inside.filter((t) => t % 2 === 0 && !apart.includes(t)));
    const start: Access = {
      ...first,
      writes: first.writes.filter((t) => isFirst.has(t) && !gathered.has(t)),
    };
    const all = [start, ...dispatches];
    const loops = spans.map(({ from, to }) => ({
      from: from + 1,
      to: to + 1,
      carried: new Set([...handedOn(all.slice(from + 1, to + 2)), ...gathered]),
    }));
    const tensors = [...new Set(all.flatMap(touched))];
    const results = new Set(kept.filter((t) => written.has(t)));
    return { dispatches: all, tensors, loops, kept: results, gathered };
  });

const touched = ({ reads, writes }: Access): readonly number[] => [...reads, ...writes];

/** What a round reads before it writes it. */
function handedOn(round: readonly Access[]): ReadonlySet<number> {
  const written = new Set<number>();
  const found = new Set<number>();
  for (const { reads, writes } of round) {
    for (const t of reads) if (!written.has(t)) found.add(t);
    for (const t of writes) written.add(t);
  }
  return found;
}

/** The dispatches in the order in which they run, each loop three times. Inner loops come first. */
function order(count: number, loops: readonly Loop[]): readonly number[] {
  const run = (from: number, to: number, around: readonly Loop[]): readonly number[] => {
    const loop = around[around.length - 1];
    if (!loop) return Array.from({ length: to - from + 1 }, (_, i) => from + i);
    const inside = around.slice(0, -1);
    const before = loop.from > from ? run(from, loop.from - 1, []) : [];
    const after = loop.to < to ? run(loop.to + 1, to, []) : [];
    const round = run(loop.from, loop.to, inside);
    return [...before, ...round, ...round, ...round, ...after];
  };
  return run(0, count - 1, loops);
}

/** Dispatches at which a tensor does not live. */
const outsideOf = (span: Temporary | undefined, passed: readonly number[]): readonly number[] =>
  span ? passed.filter((d) => d < span.from || d > span.to) : passed;

/** The stretches of a run in which a tensor must live: between its write and each read, and to the end where it is kept. */
function stretches({ dispatches, kept, gathered }: Work, run: readonly number[]): Stretch[] {
  const found: Stretch[] = [];
  const written = new Map<number, number>();
  const needed = (tensor: number, end: number): void => {
    const start = written.get(tensor) ?? end;
    found.push({ tensor, passed: run.slice(start, end + 1) });
  };
  for (const [time, d] of run.entries()) {
    for (const t of dispatches[d]?.reads ?? []) needed(t, time);
    for (const t of dispatches[d]?.writes ?? [])
      if (!gathered.has(t) || !written.has(t)) written.set(t, time);
  }
  for (const t of kept) needed(t, run.length - 1);
  return found;
}

interface Stretch {
  readonly tensor: number;
  readonly passed: readonly number[];
}

test("a tensor lives from where it is written until it was read for the last time, through all rounds", () => {
  let inLoops = 0;
  fc.assert(
    fc.property(works, (work) => {
      const { dispatches, tensors, loops, kept } = work;
      const { of } = planMemory(dispatches, tensors, kept, loops, () => 1);
      for (const { tensor, passed } of stretches(work, order(dispatches.length, loops))) {
        if (passed.some((d, k) => d < (passed[k - 1] ?? d))) inLoops++;
        const outside = outsideOf(of.get(tensor), passed);
        if (outside.length > 0)
          throw new Error(`tensor ${String(tensor)} is dead at ${outside.join()}`);
      }
    }),
    { seed: 32, numRuns: 600 },
  );
  expect(inLoops).toBeGreaterThan(200);
});

test("a tensor that is kept lives beyond the last dispatch", () => {
  fc.assert(
    fc.property(works, ({ dispatches, tensors, loops, kept }) => {
      const { of } = planMemory(dispatches, tensors, kept, loops, () => 1);
      for (const t of kept) expect(of.get(t)?.to).toBe(dispatches.length);
    }),
    { seed: 33, numRuns: 300 },
  );
});

const length = 8;
interface Crowd {
  readonly living: readonly Living[];
  readonly clashes: ReadonlyMap<number, ReadonlySet<number>>;
}
const crowds: fc.Arbitrary<Crowd> = fc
  .record({
    lives: fc.array(
      fc.tuple(fc.nat(length - 1), fc.nat(length - 1), fc.constantFrom(1, 2, 3, 5, 8, 13)),
      { minLength: 3, maxLength: 7 },
    ),
    pairs: fc.array(fc.tuple(fc.nat(6), fc.nat(6)), { maxLength: 6 }),
  })
  .map(({ lives, pairs }) => {
    const living = lives.map(([a, b, size], tensor) => {
      return { tensor, from: Math.min(a, b), to: Math.max(a, b), size };
    });
    const clashes = new Map(living.map(({ tensor }) => [tensor, new Set<number>()]));
    for (const [a, b] of pairs) {
      if (a === b || !living[a] || !living[b]) continue;
      clashes.get(a)?.add(b);
      clashes.get(b)?.add(a);
    }
    return { living, clashes };
  });

/** The sum of the most that lives at once in each arena. */
function totalOf(living: readonly Living[], arenaOf: ReadonlyMap<number, number>): number {
  const peaks = new Map<number, number>();
  for (let d = 0; d < length; d++) {
    const now = new Map<number, number>();
    for (const { tensor, from, to, size } of living) {
      const arena = arenaOf.get(tensor) ?? -1;
      if (from <= d && d <= to) now.set(arena, (now.get(arena) ?? 0) + size);
    }
    for (const [arena, size] of now) peaks.set(arena, Math.max(peaks.get(arena) ?? 0, size));
  }
  return [...peaks.values()].reduce((a, b) => a + b, 0);
}

/** The least sum of all ways to share tensors out. */
function leastOf({ living, clashes }: Crowd): number {
  let least = Infinity;
  const arenaOf = new Map<number, number>();
  const place = (k: number, arenas: number): void => {
    const life = living[k];
    if (!life) {
      least = Math.min(least, totalOf(living, arenaOf));
      return;
    }
    for (let arena = 0; arena <= arenas; arena++) {
      const clashing = [...(clashes.get(life.tensor) ?? [])];
      if (clashing.some((t) => arenaOf.get(t) === arena)) continue;
      arenaOf.set(life.tensor, arena);
      place(k + 1, Math.max(arenas, arena + 1));
      arenaOf.delete(life.tensor);
    }
  };
  place(0, 0);
  return least;
}

test("arenas are close to the best of all ways to share tensors out, and mostly are the best", () => {
  const ratios: number[] = [];
  fc.assert(
    fc.property(crowds, (crowd) => {
      const found = shareOut(crowd.living, crowd.clashes, length);
      for (const [a, others] of crowd.clashes)
        for (const b of others) expect(found.get(a)).not.toBe(found.get(b));
      ratios.push(totalOf(crowd.living, found) / leastOf(crowd));
    }),
    { seed: 34, numRuns: 200 },
  );
  const isBest = ratios.filter((r) => r === 1).length / ratios.length;
  expect(isBest).toBeGreaterThan(0.95);
  expect(Math.max(...ratios)).toBeLessThan(1.2);
});
