// Finds what stands at a place of a file.
import type { Item, Module, Node } from "../../grammar/ast.js";
import { children } from "../../grammar/walk.js";
import type { Span } from "../../grammar/source.js";

/** Whether an offset lies in a span or directly behind it. */
export const holds = ({ start, end }: Span, offset: number): boolean =>
  start <= offset && offset <= end;

/** Whether one span lies in another of the same file. */
export const isWithin = (inner: Span, outer: Span): boolean =>
  outer.start <= inner.start && inner.end <= outer.end;

/** The nodes around an offset, outermost first; of two neighbours the later one. */
export function pathAt(root: Module | Node, offset: number): readonly Node[] {
  const path: Node[] = [];
  let below = children(root);
  for (;;) {
    const next = below.filter(({ span }) => holds(span, offset)).at(-1);
    if (!next) return path;
    path.push(next);
    below = children(next);
  }
}

/** The declaration at an offset. */
export const itemAt = (module: Module, offset: number): Item | undefined =>
  module.items.filter(({ span }) => holds(span, offset)).at(-1);

/** A word of the text: where it starts and ends. */
export interface Word {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** The word around an offset; empty where there is none. */
export function wordAt(text: string, offset: number): Word {
  let start = offset;
  while (start > 0 && /\w/.test(text[start - 1] ?? "")) start--;
  let end = offset;
  while (end < text.length && /\w/.test(text[end] ?? "")) end++;
  return { start, end, text: text.slice(start, end) };
}

/** The text of a span on one line. */
export const oneLine = ({ file, start, end }: Span): string => joined(file.text.slice(start, end));

/** Text on one line, as the layout would write it there. */
export const joined = (text: string): string =>
  text
    .replace(/\s+/g, " ")
    .replace(/([([]) /g, "$1")
    .replace(/,? ([)\]])/g, "$1")
    .trim();
