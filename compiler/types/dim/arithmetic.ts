// Arithmetic on dims: sums, products, powers, minimum and maximum.
import {
  atomDim,
  atomOf,
  constantOf,
  constantTerm,
  int,
  isRising,
  makeTerm,
  mulTerms,
  ofTerms,
  powerAtom,
  same,
  type Dim,
  type Term,
} from "./terms.js";

/** The sum. */
export function add(...dims: readonly Dim[]): Dim {
  return dims.length === 2 && dims[0]?.terms.length === 0
    ? (dims[1] ?? int(0))
    : ofTerms(dims.flatMap((d) => d.terms));
}

/** `-d`. */
export const negate = (d: Dim): Dim => scale(d, -1);
/** `a - b`. */
export const sub = (a: Dim, b: Dim): Dim => add(a, negate(b));

/** `d * factor` for an integer factor. */
export function scale(d: Dim, factor: number): Dim {
  if (factor === 0) return int(0);
  if (factor === 1) return d;
  return ofTerms(d.terms.map((t) => ({ ...t, coefficient: t.coefficient * factor })));
}

/** The product. */
export function mul(...dims: readonly Dim[]): Dim {
  return dims.reduce(mulTwo, int(1));
}

function mulTwo(a: Dim, b: Dim): Dim {
  const ca = constantOf(a);
  if (ca !== undefined) return scale(b, ca);
  const cb = constantOf(b);
  if (cb !== undefined) return scale(a, cb);
  const terms: Term[] = [];
  for (const x of a.terms) for (const y of b.terms) terms.push(...mergedPowers(mulTerms(x, y)));
  return ofTerms(terms);
}

/** The term with one power of each base: `2 ** i * 2 ** (L - i)` is `2 ** L`. */
function mergedPowers(term: Term): readonly Term[] {
  if (!term.factors.some(isPower)) return [term];
  const powers = term.factors.filter(isPower);
  const exponents = new Map<string, { readonly base: Dim; readonly exponent: Dim }>();
  for (const { atom, exponent } of powers) {
    if (atom.kind !== "pow") continue;
    const known = exponents.get(atom.base.key)?.exponent ?? int(0);
    const sum = add(known, scale(atom.exponent, exponent));
    exponents.set(atom.base.key, { base: atom.base, exponent: sum });
  }
  if (exponents.size === powers.length && powers.every((f) => f.exponent === 1)) return [term];
  const others = term.factors.filter((f) => !isPower(f));
  const merged = [...exponents.values()].map(({ base, exponent }) => pow(base, exponent));
  return mul(ofTerms([makeTerm(term.coefficient, others)]), ...merged).terms;
}

const isPower = ({ atom }: Term["factors"][number]): boolean => atom.kind === "pow";

/** The smaller of two; itself an atom where the difference is not constant. */
export const min = (a: Dim, b: Dim): Dim => extremum("min", a, b);
/** The larger of two; itself an atom where the difference is not constant. */
export const max = (a: Dim, b: Dim): Dim => extremum("max", a, b);

/** `base ** exponent`; expands constant exponents, keeps a symbolic exponent as an atom. */
export function pow(base: Dim, exponent: Dim): Dim {
  const e = constantOf(exponent);
  const b = constantOf(base);
  if (e !== undefined && e >= 0)
    return b === undefined ? mul(...Array<Dim>(e).fill(base)) : int(b ** e);
  if (b === 1) return int(1);
  const inner = rootOf(base, b);
  if (inner) return pow(inner.base, mul(inner.exponent, exponent));
  // `2 ** (i + 1)` is `2 * 2 ** i`, so that pyramids meet; both exponents are sizes.
  const shift = constantTerm(exponent);
  if (shift > 0 && isRising(exponent))
    return mul(pow(base, int(shift)), pow(base, sub(exponent, int(shift))));
  return powerAtom(base, exponent);
}

/** What a base is itself a power of: `4` is `2 ** 2`. */
function rootOf(
  base: Dim,
  constant: number | undefined,
): { readonly base: Dim; readonly exponent: Dim } | undefined {
  if (constant === undefined) {
    const atom = atomOf(base);
    return atom?.kind === "pow" ? atom : undefined;
  }
  for (let root = 2; root * root <= constant; root++) {
    const exponent = Math.round(Math.log(constant) / Math.log(root));
    if (root ** exponent === constant) return { base: int(root), exponent: int(exponent) };
  }
  return undefined;
}

/** The product of a shape. */
export const numel = (shape: readonly Dim[]): Dim => mul(...shape);

/** The smaller or larger of two. */
export function extremum(kind: "min" | "max", a: Dim, b: Dim): Dim {
  if (same(a, b)) return a;
  const difference = constantOf(sub(a, b));
  if (difference !== undefined) return difference < 0 === (kind === "min") ? a : b;
  const args: readonly [Dim, Dim] = a.key < b.key ? [a, b] : [b, a];
  return atomDim({ kind, args, key: `${kind}(${args[0].key},${args[1].key})` });
}
