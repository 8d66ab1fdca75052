// Between which numbers a scalar expression lies, given the same of its variables.
import type { ScalarExpr } from "./expr.js";
import { intrinsic, type IntrinsicName } from "./intrinsics.js";

/** A closed interval; the ends may be infinite. */
export interface Range {
  readonly low: number;
  readonly high: number;
}

export const everything: Range = { low: -Infinity, high: Infinity };
const unit: Range = { low: 0, high: 1 };

/** The smallest interval that contains all of some. */
export const cover = (ranges: readonly Range[]): Range => ({
  low: Math.min(...ranges.map((r) => r.low)),
  high: Math.max(...ranges.map((r) => r.high)),
});

/** An interval that contains every value of an expression; `rangeOf` gives those of its variables. */
export function rangeOfScalar(
  root: ScalarExpr,
  rangeOf: (name: string) => Range,
  known: Map<ScalarExpr, Range> = new Map(),
): Range {
  const found = known.get(root);
  if (found) return found;
  const range = ofNode(root, rangeOf, known);
  known.set(root, range);
  return range;
}

function ofNode(
  root: ScalarExpr,
  rangeOf: (name: string) => Range,
  known: Map<ScalarExpr, Range>,
): Range {
  if (root.kind === "literal") return { low: root.value, high: root.value };
  if (root.kind === "variable") return rangeOf(root.name);
  if (root.kind === "dim") return everything;
  if (root.dtype === "bool") return unit;
  // Integers wrap, which intervals do not follow.
  if (root.dtype === "i32" || root.dtype === "u32") return everything;
  const args = root.args.map((arg) => rangeOfScalar(arg, rangeOf, known));
  const range = isSquare(root) ? squared(args[0] ?? everything) : combined(root.fn, args);
  return Number.isNaN(range.low) || Number.isNaN(range.high) ? everything : range;
}

const isSquare = (node: ScalarExpr & { readonly kind: "call" }): boolean =>
  node.fn === "mul" && node.args[0] === node.args[1];

const squared = ({ low, high }: Range): Range => ({
  low: low <= 0 && high >= 0 ? 0 : Math.min(low * low, high * high),
  high: Math.max(low * low, high * high),
});

/** Functions that keep the order of numbers, each on the interval where it is defined. */
const rising: Partial<Record<IntrinsicName, Range>> = {
  exp: everything,
  log: { low: 0, high: Infinity },
  sqrt: { low: 0, high: Infinity },
  sigmoid: everything,
  tanh: everything,
  erf: everything,
  log1p: { low: -1, high: Infinity },
  expm1: everything,
  atan: everything,
  asin: { low: -1, high: 1 },
  floor: everything,
  ceil: everything,
  round: everything,
  sign: everything,
};

function combined(fn: IntrinsicName, args: readonly Range[]): Range {
  const [a = everything, b = everything, c = everything] = args;
  const domain = rising[fn];
  if (domain) return mapped(fn, a, domain);
  switch (fn) {
    case "add":
      return { low: a.low + b.low, high: a.high + b.high };
    case "fma":
      return combined("add", [products(a, b), c]);
    case "sub":
      return { low: a.low - b.high, high: a.high - b.low };
    case "neg":
      return { low: -a.high, high: -a.low };
    case "mul":
      return products(a, b);
    case "div":
      return b.low > 0 ? products(a, { low: 1 / b.high, high: 1 / b.low }) : everything;
    case "abs":
      return { low: Math.max(a.low, -a.high, 0), high: Math.max(-a.low, a.high) };
    case "min":
      return { low: Math.min(a.low, b.low), high: Math.min(a.high, b.high) };
    case "max":
      return { low: Math.max(a.low, b.low), high: Math.max(a.high, b.high) };
    case "rsqrt":
      return a.low > 0 ? { low: 1 / Math.sqrt(a.high), high: 1 / Math.sqrt(a.low) } : everything;
    case "sin":
    case "cos":
      return { low: -1, high: 1 };
    case "select":
      return cover([b, c]);
    case "convert":
      return a;
    default:
      return everything;
  }
}

function mapped(fn: IntrinsicName, x: Range, domain: Range): Range {
  const at = (v: number): number => intrinsic(fn).js([limited(v, domain)], "f32", "f32");
  return { low: at(x.low), high: at(x.high) };
}

const limited = (x: number, { low, high }: Range): number => Math.min(Math.max(x, low), high);

/** Ends of a product; nothing times infinity is nothing here, since ends are limits. */
function products(a: Range, b: Range): Range {
  const times = (x: number, y: number): number => (x === 0 || y === 0 ? 0 : x * y);
  const ends = [
    times(a.low, b.low),
    times(a.low, b.high),
    times(a.high, b.low),
    times(a.high, b.high),
  ];
  return { low: Math.min(...ends), high: Math.max(...ends) };
}
