// The names in an axis pattern, as written: what a pattern says before it meets a tensor.
import type { Pattern, PatternAxis } from "../../grammar/ast.js";
import type { Span } from "../../grammar/source.js";

/** An atomic axis of one side, in order: a name, a unit, or the place of the rest. */
export type Atom =
  | { readonly kind: "axis"; readonly name: string; readonly span: Span }
  | { readonly kind: "unit"; readonly size: number }
  | { readonly kind: "rest" };

/** The axes of a side without the groups around them. */
export const atoms = (side: readonly PatternAxis[]): Atom[] =>
  side.flatMap((a): Atom[] => (a.kind === "group" ? atoms(a.axes) : [a]));
/** The names on a side. */
export const namesOf = (side: readonly PatternAxis[]): string[] =>
  atoms(side).flatMap((a) => (a.kind === "axis" ? [a.name] : []));

/** The axes that the left side of a pattern names, each once. */
export const leftOf = (pattern: Pattern): readonly string[] => [
  ...new Set(pattern.inputs.flatMap(namesOf)),
];

/** All axes that a pattern names. */
export const axesOf = (pattern: Pattern): ReadonlySet<string> =>
  new Set([...leftOf(pattern), ...namesOf(pattern.output)]);
