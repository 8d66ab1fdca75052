// Static numbers: arithmetic of dims and floats, iteration over ranges and lists.
import type { Span } from "../../grammar/source.js";
import { names } from "../diagnostics/index.js";
import {
  add,
  constantOf,
  floorDiv,
  freshSym,
  int,
  mod,
  mul,
  pow,
  same,
  scale,
  sub,
  symbol,
  type Dim,
} from "../types/dim.js";
import type { Context } from "./context.js";
import {
  describe,
  dimNumber,
  floatNumber,
  floatOf,
  type Meaning,
  type NumberMeaning,
} from "./meaning.js";

type Arithmetic = "+" | "-" | "*" | "/" | "%" | "**";

/** Arithmetic of two static numbers: of dims while both are, else of floats. */
export function arithmetic(
  operator: Arithmetic,
  a: NumberMeaning,
  b: NumberMeaning,
): NumberMeaning | undefined {
  if (a.ratio ?? b.ratio) return floats(operator, a, b);
  if (!a.dim || !b.dim) return floats(operator, a, b);
  const exponent = constantOf(b.dim);
  switch (operator) {
    case "+":
      return dimNumber(add(a.dim, b.dim));
    case "-":
      return dimNumber(sub(a.dim, b.dim));
    case "*":
      return dimNumber(mul(a.dim, b.dim));
    case "%":
      return constantOf(b.dim) === 0 ? undefined : dimNumber(mod(a.dim, b.dim));
    case "**":
      return exponent !== undefined && exponent < 0
        ? floats(operator, a, b)
        : dimNumber(pow(a.dim, b.dim));
    case "/":
      if (constantOf(b.dim) === 0) return undefined;
      return { kind: "number", dim: floorDiv(a.dim, b.dim), ratio: [a.dim, b.dim] };
  }
}

/** Float arithmetic; a quotient of dims keeps its floor, so that it still serves as a dim. */
function floats(operator: Arithmetic, a: NumberMeaning, b: NumberMeaning): NumberMeaning {
  const [x, y] = [floatOf(a), floatOf(b)];
  const value = x === undefined || y === undefined ? undefined : compute(operator, x, y);
  const whole = operator === "**" && (y ?? 0) < 0 ? undefined : wholeOf(operator, a, b);
  if (!whole) return floatNumber(value);
  const exact = value !== undefined && Number.isInteger(value) && constantOf(whole) === value;
  if (exact) return dimNumber(whole);
  const ratio = ratioOf(operator, a, b);
  return {
    kind: "number",
    dim: whole,
    ...(value === undefined ? {} : { value }),
    ...(ratio ? { ratio } : {}),
  };
}

/** What the floors of two dims give; undefined where one has none. */
const wholeOf = (operator: Arithmetic, a: NumberMeaning, b: NumberMeaning): Dim | undefined =>
  a.dim && b.dim && arithmetic(operator, dimNumber(a.dim), dimNumber(b.dim))?.dim;

/** The exact quotient of `a op b` where both are quotients of dims. */
function ratioOf(
  operator: Arithmetic,
  a: NumberMeaning,
  b: NumberMeaning,
): readonly [Dim, Dim] | undefined {
  const [an, ad] = a.ratio ?? [a.dim ?? int(0), int(1)];
  const [bn, bd] = b.ratio ?? [b.dim ?? int(0), int(1)];
  switch (operator) {
    case "+":
      return [add(mul(an, bd), mul(bn, ad)), mul(ad, bd)];
    case "-":
      return [sub(mul(an, bd), mul(bn, ad)), mul(ad, bd)];
    case "*":
      return [mul(an, bn), mul(ad, bd)];
    case "/":
      return [mul(an, bd), mul(ad, bn)];
    default:
      return undefined;
  }
}

function compute(operator: Arithmetic, x: number, y: number): number {
  switch (operator) {
    case "+":
      return x + y;
    case "-":
      return x - y;
    case "*":
      return x * y;
    case "/":
      return x / y;
    case "%":
      return x - y * Math.floor(x / y);
    case "**":
      return x ** y;
  }
}

export const negated = (n: NumberMeaning): NumberMeaning =>
  n.dim && !n.ratio ? dimNumber(scale(n.dim, -1)) : floatNumber(negate(floatOf(n)));
const negate = (x: number | undefined): number | undefined => (x === undefined ? undefined : -x);

/** The elements of a range or list: known one by one, or symbolic in number. */
export type Iteration =
  | { readonly kind: "known"; readonly items: readonly Meaning[] }
  | { readonly kind: "symbolic"; readonly length: Dim; at(index: Dim): Meaning };

/** What a `for` runs over; undefined after a fault. */
export function iterationOf(ctx: Context, over: Meaning, span: Span): Iteration | undefined {
  if (over.kind === "unknown") return undefined;
  if (over.kind === "list" || over.kind === "tuple") return { kind: "known", items: over.items };
  if (over.kind === "repeated")
    return { kind: "symbolic", length: over.length, at: (index) => over.at(index) };
  if (over.kind !== "range") {
    ctx.report(names.wrongKind({ at: span, expected: "a range or a list", found: describe(over) }));
    return undefined;
  }
  const { start, end } = over;
  const length = sub(end, start);
  const count = constantOf(length);
  if (count === undefined)
    return { kind: "symbolic", length, at: (index) => dimNumber(add(start, index)) };
  if (!ctx.work.allows(count, span)) return undefined;
  const items = Array.from({ length: Math.max(0, count) }, (_, i) => dimNumber(add(start, int(i))));
  return { kind: "known", items };
}

/** Evaluates `body` for each element, with its number as a step of a path (`*` where that is symbolic). */
export function mapIteration(
  iteration: Iteration,
  body: (item: Meaning, step: string) => Meaning,
): Meaning {
  if (iteration.kind === "known")
    return { kind: "list", items: iteration.items.map((item, i) => body(item, String(i))) };
  const at = (index: Dim): Meaning => body(iteration.at(index), stepOf(index));
  return { kind: "repeated", length: iteration.length, at };
}

const stepOf = (index: Dim): string => String(constantOf(index) ?? "*");

/** A symbol for some index of a list of symbolic length. */
export const someIndex = (name: string, length: Dim, origin?: Span): Dim =>
  symbol(freshSym(name, "index", origin, same(length, int(0)) ? int(1) : length));
