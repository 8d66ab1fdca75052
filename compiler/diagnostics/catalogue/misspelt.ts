// What is said of names that nothing has, and of those that they may have meant.
import type { Span } from "../../../grammar/source.js";
import type { Proposal } from "../diagnostic.js";
import { listed } from "../explain.js";
import { nearest } from "../suggest.js";
import { renaming } from "./proposals.js";

/** A misspelt name and the names that it may have meant. */
export interface Misspelt {
  readonly at: Span;
  readonly name: string;
  readonly near: readonly string[];
}

/** The names meant, as proposals; said in words too where there are several. */
export function similar(
  { at, name, near: candidates }: Misspelt,
  like: (name: string, candidates: readonly string[]) => readonly string[] = nearest,
): {
  readonly notes: readonly string[];
  readonly proposals: readonly Proposal[];
} {
  const near = like(name, candidates);
  return {
    notes: near.length > 1 ? [`similar names: ${listed(near)}`] : [],
    proposals: renaming(at, near),
  };
}
