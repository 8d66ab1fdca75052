// Finds loads and stores of four neighbouring elements and makes each four one access, so that templates need to know nothing of vectors.
import { constantTerm, int, sub } from "../types/dim.js";
import type { Binding, Kernel, Statement } from "./kernel.js";
import { Multiples } from "./multiples.js";

type Load = Statement & { readonly kind: "load" };
type Store = Statement & { readonly kind: "store" };

/** What of a kernel accesses memory. */
type Accesses = Pick<Kernel, "bindings" | "body">;

/**
 * The same kernel, in which every binding whose accesses all come in fours at a multiple of four is an array of vectors. One
 * access that stands alone leaves its binding as it is: a vector would be read for the sake of one element.
 */
export function withVectors(kernel: Accesses): Accesses {
  const multiples = new Multiples();
  noteMultiples(kernel.body, multiples);
  const fours = new Fours(multiples);
  fours.visit(kernel.body);
  const wide = new Set(
    kernel.bindings.flatMap((binding, i) => (isWide(binding, fours.of(i)) ? [i] : [])),
  );
  if (wide.size === 0) return kernel;
  return {
    bindings: kernel.bindings.map((b, i): Binding => (wide.has(i) ? { ...b, width: 4 } : b)),
    body: rewritten(kernel.body, fours, wide),
  };
}

/** Booleans take a conversion for each element. */
const isWide = (binding: Binding, found: Found | undefined): boolean =>
  binding.dtype !== "bool" && found !== undefined && found.inFours > 0 && found.alone === 0;

/** Accesses of one binding. */
interface Found {
  inFours: number;
  alone: number;
}

/** Fours of a kernel: under the statement that stands for all of them, and the ones it makes superfluous. */
class Fours {
  readonly heads = new Map<Statement, Statement>();
  readonly gone = new Set<Statement>();
  readonly #found = new Map<number, Found>();
  readonly #multiples: Multiples;

  constructor(multiples: Multiples) {
    this.#multiples = multiples;
  }

  of(binding: number): Found | undefined {
    return this.#found.get(binding);
  }

  visit(statements: readonly Statement[]): void {
    for (const stretch of stretchesOf(statements)) {
      this.#loads(stretch.filter((s) => s.kind === "load"));
      this.#stores(stretch.filter((s) => s.kind === "store"));
    }
    for (const s of statements) if ("body" in s) this.visit(s.body);
  }

  /** Loads of a four become one where the first of them stands: their places know the same names. */
  #loads(loads: readonly Load[]): void {
    for (const [first, four] of this.#fours(loads)) {
      const { binding, dtype, at } = first;
      const names = four.map((s) => s.name);
      const head = four.reduce((a, b) => (loads.indexOf(a) < loads.indexOf(b) ? a : b));
      this.#join(four, head, { kind: "load4", names, binding, at, dtype });
    }
  }

  /** Stores of a four become one where the last of them stands, since only there all elements are known. */
  #stores(stores: readonly Store[]): void {
    for (const [first, four] of this.#fours(stores)) {
      const { binding, at } = first;
      const values = four.map((s) => s.value);
      const last = four.reduce((a, b) => (stores.indexOf(a) > stores.indexOf(b) ? a : b));
      this.#join(four, last, { kind: "store4", binding, at, values });
    }
  }

  #join(four: readonly Statement[], head: Statement, joined: Statement): void {
    for (const s of four) this.gone.add(s);
    this.heads.set(head, joined);
  }

  /** Groups of four places from a multiple of four on, in order. */
  #fours<S extends Load | Store>(accesses: readonly S[]): [S, S[]][] {
    const byBase = new Map<string, Map<number, S>>();
    for (const s of accesses) {
      const offset = constantTerm(s.at);
      const line = `${String(s.binding)} ${sub(s.at, int(offset)).key}`;
      const known = byBase.get(line) ?? new Map<number, S>();
      byBase.set(line, known);
      if (known.has(offset)) this.#count(s.binding).alone++;
      else known.set(offset, s);
    }
    const result: [S, S[]][] = [];
    for (const line of byBase.values()) {
      const left = new Set(line.values());
      for (const [offset, s] of line) {
        const four = [0, 1, 2, 3].flatMap((i) => line.get(offset + i) ?? []);
        if (four.length < 4 || this.#multiples.of(s.at) % 4 !== 0) continue;
        for (const member of four) left.delete(member);
        this.#count(s.binding).inFours++;
        result.push([s, four]);
      }
      for (const s of left) this.#count(s.binding).alone++;
    }
    return result;
  }

  #count(binding: number): Found {
    const known = this.#found.get(binding);
    if (known) return known;
    const found = { inFours: 0, alone: 0 };
    this.#found.set(binding, found);
    return found;
  }
}

/** Runs of statements within which accesses may move: nothing in them writes what another one reads. */
function stretchesOf(statements: readonly Statement[]): Statement[][] {
  const stretches: Statement[][] = [[]];
  let written = new Set<number>();
  for (const s of statements) {
    const isStale = s.kind === "load" && written.has(s.binding);
    // An assigned local may be part of an element that is stored.
    if (isStale || "body" in s || s.kind === "barrier" || s.kind === "assign") {
      stretches.push([]);
      written = new Set();
    }
    if (s.kind === "store") written.add(s.binding);
    stretches.at(-1)?.push(s);
  }
  return stretches;
}

function rewritten(
  statements: readonly Statement[],
  fours: Fours,
  wide: ReadonlySet<number>,
): Statement[] {
  return statements.flatMap((s): Statement[] => {
    if ("body" in s) return [{ ...s, body: rewritten(s.body, fours, wide) }];
    if (!("binding" in s) || !wide.has(s.binding)) return [s];
    const head = fours.heads.get(s);
    return head ? [head] : fours.gone.has(s) ? [] : [s];
  });
}

/** Notes what integer names are multiples of. */
function noteMultiples(statements: readonly Statement[], into: Multiples): void {
  for (const s of statements) {
    if (s.kind === "index") into.note(s.sym, into.of(s.value));
    if (s.kind === "loop") into.note(s.sym, into.ofSteps(s.from, s.step));
    if ("body" in s) noteMultiples(s.body, into);
  }
}
