// Finds the names that a misspelt one may have meant.

const maxSuggestions = 3;

/**
 * Up to three candidates within an edit distance of two and of a third of the length, nearest first. Swapped
 * neighbours count as one edit, a difference of case alone as none.
 */
export function nearest(name: string, candidates: Iterable<string>): readonly string[] {
  const limit = Math.min(2, Math.max(1, Math.floor(name.length / 3)));
  const scored: { readonly candidate: string; readonly distance: number }[] = [];
  const written = name.toLowerCase();
  for (const candidate of new Set(candidates)) {
    if (candidate === name || candidate === "" || candidate.startsWith("...")) continue;
    // Each letter more or less is an edit: most names of a file need no closer look.
    if (Math.abs(candidate.length - name.length) > limit) continue;
    const distance = distanceOf(written, candidate.toLowerCase());
    // One letter against another is no likeness.
    if (distance <= limit && distance < Math.max(name.length, candidate.length)) {
      scored.push({ candidate, distance });
    }
  }
  scored.sort((a, b) => a.distance - b.distance || (a.candidate < b.candidate ? -1 : 1));
  return scored.slice(0, maxSuggestions).map((s) => s.candidate);
}

/** Optimal string alignment distance: insertions, deletions, replacements and swaps of neighbours. */
export function distanceOf(a: string, b: string): number {
  let beforeLast: readonly number[] = [];
  let last: readonly number[] = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const isSame = a[i - 1] === b[j - 1];
      const best = Math.min(
        at(last, j) + 1,
        at(row, j - 1) + 1,
        at(last, j - 1) + (isSame ? 0 : 1),
      );
      const isSwap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      row.push(isSwap ? Math.min(best, at(beforeLast, j - 2) + 1) : best);
    }
    beforeLast = last;
    last = row;
  }
  return at(last, b.length);
}

/** An element of a row that is known to exist. */
const at = (row: readonly number[], i: number): number => row[i] ?? 0;
