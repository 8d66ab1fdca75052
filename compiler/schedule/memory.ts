// Lifetimes of temporary tensors, and arenas such that no dispatch both only reads and writes one.
import { shareOut } from "./arenas.js";

/** What a dispatch touches, by number of the tensor. */
export interface Access {
  readonly reads: readonly number[];
  readonly writes: readonly number[];
}

/** First and last dispatch that touch a tensor, and its arena. */
export interface Temporary {
  readonly from: number;
  readonly to: number;
  readonly arena: number;
}

/** Dispatches that run again and again, first and last included, and what they hand on from one round to the next. */
export interface Loop {
  readonly from: number;
  readonly to: number;
  readonly carried: ReadonlySet<number>;
}

/**
 * Plans temporaries. Within one dispatch a buffer must not be both read-only and writable storage (WebGPU's usage scope),
 * so a tensor that is read and one that is written there go to different arenas. `kept` live until the end; inner loops stand
 * before those around them. `sizeOf` gives sizes in some unit, for typical values of what is not known yet.
 */
export function planMemory(
  dispatches: readonly Access[],
  temporaries: readonly number[],
  kept: ReadonlySet<number>,
  loops: readonly Loop[],
  sizeOf: (tensor: number) => number,
): { readonly of: ReadonlyMap<number, Temporary>; readonly arenas: number } {
  const isTemporary = new Set(temporaries);
  const spans = spansOf(dispatches, isTemporary);
  for (const tensor of kept) {
    const span = spans.get(tensor);
    if (span) span.to = dispatches.length;
  }
  for (const loop of loops) stretch(spans, loop);
  const clashes = clashesOf(dispatches, isTemporary);
  const living = [...spans].map(([tensor, { from, to }]) => {
    return { tensor, from, to, size: sizeOf(tensor) };
  });
  const arenaOf = shareOut(living, clashes, dispatches.length);
  const of = new Map(
    [...spans].map(([tensor, span]) => [tensor, { ...span, arena: arenaOf.get(tensor) ?? 0 }]),
  );
  return { of, arenas: Math.max(0, ...[...arenaOf.values()].map((a) => a + 1)) };
}

interface Lifetime {
  from: number;
  to: number;
}

/** First and last dispatch that touches each temporary. */
function spansOf(
  dispatches: readonly Access[],
  isTemporary: ReadonlySet<number>,
): Map<number, Lifetime> {
  const spans = new Map<number, Lifetime>();
  for (const [i, { reads, writes }] of dispatches.entries()) {
    for (const tensor of [...reads, ...writes]) {
      if (!isTemporary.has(tensor)) continue;
      const span = spans.get(tensor);
      if (span) span.to = i;
      else spans.set(tensor, { from: i, to: i });
    }
  }
  return spans;
}

/** Keeps what a loop shares with others, or with its own next round, for as long as it runs. Inner loops come first. */
function stretch(spans: ReadonlyMap<number, Lifetime>, { from, to, carried }: Loop): void {
  for (const [tensor, span] of spans) {
    const isApart = span.to < from || span.from > to;
    const isInside = span.from >= from && span.to <= to;
    if (isApart || (isInside && !carried.has(tensor))) continue;
    span.from = Math.min(span.from, from);
    span.to = Math.max(span.to, to);
  }
}

/** Pairs that some dispatch reads and writes. */
function clashesOf(
  dispatches: readonly Access[],
  isTemporary: ReadonlySet<number>,
): Map<number, Set<number>> {
  const clashes = new Map<number, Set<number>>();
  const note = (a: number, b: number): void => {
    const known = clashes.get(a);
    if (known) known.add(b);
    else clashes.set(a, new Set([b]));
  };
  for (const { reads, writes } of dispatches) {
    for (const read of reads) {
      for (const write of writes) {
        if (read === write || !isTemporary.has(read) || !isTemporary.has(write)) continue;
        note(read, write);
        note(write, read);
      }
    }
  }
  return clashes;
}
