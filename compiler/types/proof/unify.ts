// Meets a formal shape with an actual one: binds free dims and packs, and says as data what does not fit.
import type { Span } from "../../../grammar/source.js";
import { int, same, substitute, symOf, symsOf, type Dim, type Sym } from "../dim.js";
import type { Verdict } from "./fact.js";
import type { Facts } from "./facts.js";
import { solveFor } from "./solve.js";

/** What a free dim or pack stands for in one call, and which argument said so. */
export interface Binding {
  /** One dim; any number for a pack. */
  readonly dims: readonly Dim[];
  readonly isPack: boolean;
  readonly where: { readonly argument: string; readonly axis: number; readonly span?: Span };
}

/** Bindings of one call, in the order in which they came about. */
export type Bindings = Map<Sym, Binding>;

/** Why two shapes do not meet. Axes are counted from 0 in the shape they belong to. */
export type Mismatch =
  /** `least` is the number of axes without the pack; `isOpen` when a pack allows more. */
  | {
      readonly kind: "rank";
      readonly least: number;
      readonly isOpen: boolean;
      readonly actual: number;
    }
  /** `expected` is the formal dim with the bindings put in. */
  | {
      readonly kind: "dim";
      readonly formalAxis: number;
      readonly actualAxis: number;
      readonly formal: Dim;
      readonly expected: Dim;
      readonly actual: Dim;
      readonly verdict: Verdict;
      /** The free dim that no size makes fit, where there is one in the expected dim. */
      readonly unknown?: Sym;
      /** The binding that fixed the expected dim, where one did. */
      readonly because?: Binding;
    }
  /** The formal dim has unknowns that the actual one does not determine. */
  | {
      readonly kind: "unsolved";
      readonly formalAxis: number;
      readonly actualAxis: number;
      readonly formal: Dim;
      readonly actual: Dim;
      readonly unknowns: readonly Sym[];
    };

/** What `unify` needs beside the two shapes. */
export interface UnifyOptions {
  /** Grows as dims are bound. */
  readonly bindings: Bindings;
  readonly facts: Facts;
  readonly isFree: (sym: Sym) => boolean;
  /** The argument whose shape is the actual one. */
  readonly where: { readonly argument: string; readonly span?: Span };
  /** Which verdicts count as holding; by default only a proof. */
  readonly accepts?: (verdict: Verdict) => boolean;
}

interface Pair {
  readonly formal: Dim;
  readonly formalAxis: number;
  readonly actual: Dim;
  readonly actualAxis: number;
}

/**
 * Binds the free symbols of `formal` so that it equals `actual`, from left to right, a pack taking the middle.
 * An expression with several unknowns waits until other axes have bound all but one. Returns what does not fit.
 */
export function unify(
  formal: readonly Dim[],
  actual: readonly Dim[],
  options: UnifyOptions,
): readonly Mismatch[] {
  const pairs = align(formal, actual, options);
  if ("kind" in pairs) return [pairs];
  let open = pairs;
  const mismatches: Mismatch[] = [];
  for (;;) {
    const waiting: Pair[] = [];
    for (const pair of open) {
      const result = meet(pair, options);
      if (result === "wait") waiting.push(pair);
      else if (result) mismatches.push(result);
    }
    if (waiting.length === open.length || waiting.length === 0) {
      mismatches.push(...waiting.map((pair) => unsolved(pair, options)));
      return mismatches.sort((a, b) => axisOf(a) - axisOf(b));
    }
    open = waiting;
  }
}

const axisOf = (m: Mismatch): number => (m.kind === "rank" ? -1 : m.actualAxis);

/** Pairs axes; the one unbound pack takes what the others leave. */
function align(
  formal: readonly Dim[],
  actual: readonly Dim[],
  options: UnifyOptions,
): readonly Pair[] | Mismatch {
  const spread = formal.flatMap((d, formalAxis) => {
    const bound = packBinding(d, options);
    return bound
      ? bound.dims.map((dim) => ({ formal: dim, formalAxis }))
      : [{ formal: d, formalAxis }];
  });
  const packAt = spread.findIndex(({ formal: d }) => isFreePack(d, options));
  const least = packAt < 0 ? spread.length : spread.length - 1;
  const isOpen = packAt >= 0;
  if (isOpen ? actual.length < least : actual.length !== least) {
    return { kind: "rank", least, isOpen, actual: actual.length };
  }
  const taken = actual.length - least;
  const pack = spread[packAt];
  const sym = pack && symOf(pack.formal);
  if (sym) {
    const { where } = options;
    const dims = actual.slice(packAt, packAt + taken);
    options.bindings.set(sym, { dims, isPack: true, where: { ...where, axis: packAt } });
  }
  return spread.flatMap((entry, i) => {
    const actualAxis = isOpen && i > packAt ? i + taken - 1 : i;
    const dim = actual[actualAxis];
    return i === packAt || !dim ? [] : [{ ...entry, actual: dim, actualAxis }];
  });
}

function packBinding(d: Dim, { bindings }: UnifyOptions): Binding | undefined {
  const sym = symOf(d);
  return sym?.kind === "pack" ? bindings.get(sym) : undefined;
}

function isFreePack(d: Dim, { isFree, bindings }: UnifyOptions): boolean {
  const sym = symOf(d);
  return sym?.kind === "pack" && isFree(sym) && !bindings.has(sym);
}

/** One axis: compares what is known, binds one unknown, or waits. */
function meet(pair: Pair, options: UnifyOptions): Mismatch | "wait" | undefined {
  const { bindings, facts, where } = options;
  const formal = known(pair.formal, bindings);
  const unknowns = unknownsOf(formal, options);
  const [unknown] = unknowns;
  if (!unknown) return compare(pair, formal, options);
  if (unknowns.length > 1) return "wait";
  const place = { ...where, axis: pair.actualAxis };
  const solution = solveFor(formal, pair.actual, unknown, facts);
  if (!solution) return "wait";
  const refusal = [solution.isExact, facts.atMost(int(0), solution.value)].find(
    (v) => !accepted(v, options),
  );
  if (refusal) return { kind: "dim", ...pair, expected: formal, verdict: refusal, unknown };
  bindings.set(unknown, { dims: [solution.value], isPack: false, where: place });
  return undefined;
}

function compare(pair: Pair, expected: Dim, options: UnifyOptions): Mismatch | undefined {
  if (same(expected, pair.actual)) return undefined;
  const verdict = options.facts.equal(expected, pair.actual);
  if (accepted(verdict, options)) return undefined;
  const because = [...symsOf(pair.formal)]
    .map((s) => options.bindings.get(s))
    .find((b) => b !== undefined);
  return { kind: "dim", ...pair, expected, verdict, ...(because ? { because } : {}) };
}

function accepted(verdict: Verdict, { accepts }: UnifyOptions): boolean {
  return accepts ? accepts(verdict) : verdict.kind === "proved";
}

const known = (d: Dim, bindings: Bindings): Dim =>
  substitute(d, (sym) => {
    const bound = bindings.get(sym);
    return bound && !bound.isPack ? bound.dims[0] : undefined;
  });

function unknownsOf(d: Dim, { isFree, bindings }: UnifyOptions): readonly Sym[] {
  return [...symsOf(d)].filter((sym) => isFree(sym) && !bindings.has(sym));
}

function unsolved(pair: Pair, options: UnifyOptions): Mismatch {
  const unknowns = unknownsOf(known(pair.formal, options.bindings), options);
  return { kind: "unsolved", ...pair, unknowns };
}
