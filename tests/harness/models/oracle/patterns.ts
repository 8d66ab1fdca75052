// Axis patterns over plain numbers: what `rearrange`, `repeat`, reductions and `einsum` make of shapes.
import type { Pattern, PatternAxis } from "../../../../grammar/index.js";
import { tensor, Wrong, type Tensor } from "./meaning.js";

/** Sizes of names that are known before: dims in scope and named arguments. */
type Known = (name: string) => number | undefined;

type Sizes = Map<string, readonly number[]>;

const rest = "...";

const flatten = (axes: readonly PatternAxis[]): readonly PatternAxis[] =>
  axes.flatMap((a) => (a.kind === "group" ? flatten(a.axes) : [a]));

const namesOf = (axes: readonly PatternAxis[]): readonly string[] =>
  flatten(axes).flatMap((a) => (a.kind === "axis" ? [a.name] : a.kind === "rest" ? [rest] : []));

const product = (numbers: readonly number[]): number => numbers.reduce((a, b) => a * b, 1);

function bind(sizes: Sizes, name: string, size: readonly number[], known: Known): void {
  const before = sizes.get(name)?.join() ?? known(name)?.toString();
  if (before !== undefined && before !== size.join())
    throw new Wrong(`the axis ${name} is ${before} and ${size.join()}`);
  sizes.set(name, size);
}

function bindGroup(sizes: Sizes, axes: readonly PatternAxis[], whole: number, known: Known): void {
  const parts = flatten(axes).map((a) => {
    if (a.kind === "unit") return { name: undefined, size: a.size };
    const name = a.kind === "axis" ? a.name : rest;
    return { name, size: sizes.get(name)?.[0] ?? known(name) };
  });
  const open = parts.filter((p) => p.size === undefined);
  const given = product(parts.flatMap((p) => p.size ?? []));
  const [only] = open;
  if (open.length > 1) throw new Wrong("a product with two unknown axes");
  if (only?.name !== undefined) {
    if (given === 0 || whole % given !== 0)
      throw new Wrong(`${String(given)} divides ${String(whole)}`);
    bind(sizes, only.name, [whole / given], known);
  } else if (given !== whole) throw new Wrong(`a product of ${String(given)} is ${String(whole)}`);
  for (const { name, size } of parts)
    if (name !== undefined && size !== undefined) bind(sizes, name, [size], known);
}

/** Binds the names of one operand. */
function match(sizes: Sizes, axes: readonly PatternAxis[], { shape }: Tensor, known: Known): void {
  const open = axes.findIndex((a) => a.kind === "rest");
  const extra = shape.length - (axes.length - (open < 0 ? 0 : 1));
  if (open < 0 ? extra !== 0 : extra < 0) throw new Wrong("a pattern of another rank");
  let at = 0;
  for (const axis of axes) {
    if (axis.kind === "rest") bind(sizes, rest, shape.slice(at, (at += extra)), () => undefined);
    else {
      const size = shape[at++] ?? 1;
      if (axis.kind === "axis") bind(sizes, axis.name, [size], known);
      else if (axis.kind === "group") bindGroup(sizes, axis.axes, size, known);
      else if (axis.size !== size) throw new Wrong(`a unit axis of ${String(size)}`);
    }
  }
}

function build(sizes: Sizes, axes: readonly PatternAxis[], known: Known): number[] {
  return axes.flatMap((axis): readonly number[] => {
    if (axis.kind === "group") return [product(build(sizes, axis.axes, known))];
    if (axis.kind === "unit") return [axis.size];
    const name = axis.kind === "axis" ? axis.name : rest;
    const size = sizes.get(name) ?? (known(name) === undefined ? undefined : [known(name) ?? 0]);
    if (!size) throw new Wrong(`the axis ${name} has no size`);
    return size;
  });
}

const hasTwins = (names: readonly string[]): boolean => new Set(names).size !== names.length;

/** What may differ between the two sides of the arrow. */
export type PatternUse = "rearrange" | "repeat" | "reduce" | "einsum";

/** The shape that a pattern makes. */
export function applyPattern(
  pattern: Pattern,
  operands: readonly Tensor[],
  known: Known,
  use: PatternUse,
): Tensor {
  if (pattern.inputs.length !== operands.length) throw new Wrong("a pattern for other operands");
  const sizes: Sizes = new Map();
  pattern.inputs.forEach((axes, i) => {
    const operand = operands[i];
    if (operand) match(sizes, axes, operand, known);
  });
  const left = pattern.inputs.map(namesOf);
  const right = namesOf(pattern.output);
  if (left.some(hasTwins) || hasTwins(right)) throw new Wrong("an axis twice");
  const all = left.flat();
  if (use !== "repeat" && right.some((name) => !all.includes(name)))
    throw new Wrong("an axis that is only on the right");
  if ((use === "rearrange" || use === "repeat") && all.some((name) => !right.includes(name)))
    throw new Wrong("a lost axis");
  return tensor(build(sizes, pattern.output, known), operands[0]?.dtype);
}
