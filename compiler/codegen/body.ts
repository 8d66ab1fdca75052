// Builds the body of a kernel: nested scopes, each statement placed in the outermost one where all it needs is known.
import { call, dimExpr, variable, type ScalarExpr } from "../scalar/expr.js";
import {
  add,
  atomDim,
  freshSym,
  int,
  mul,
  pow,
  scale,
  symbol,
  symsOf,
  type Atom,
  type Dim,
  type Sym,
} from "../types/dim.js";
import type { Dtype } from "../types/dtype.js";
import type { Statement, SubgroupFn } from "./kernel.js";
import { Multiples } from "./multiples.js";
import { isNonNegative } from "./wgsl/dim.js";

interface Scope {
  readonly statements: Statement[];
  /** What is known here under a key that names its computation. */
  readonly known: Map<string, ScalarExpr | Dim>;
}

/**
 * A body under construction. `depth` 0 is the whole kernel; `loop` and `when` open deeper scopes. Names are hoisted:
 * what does not depend on a loop is computed before it.
 */
export class Body {
  readonly #scopes: Scope[] = [{ statements: [], known: new Map() }];
  readonly #symDepth = new Map<Sym, number>();
  readonly #nameDepth = new Map<string, number>();
  readonly #multiples = new Multiples();
  #count = 0;

  /** The statements, once every scope is closed. */
  get statements(): readonly Statement[] {
    return this.#scope(0).statements;
  }

  get depth(): number {
    return this.#scopes.length - 1;
  }

  /** A name that nothing else has. */
  fresh(): string {
    return `t${String(this.#count++)}`;
  }

  /** Adds a statement to the innermost scope. */
  push(statement: Statement): void {
    this.#scope(this.depth).statements.push(statement);
  }

  /** Names `value` where it is first known, once for a key. */
  name(key: string, value: () => ScalarExpr): ScalarExpr {
    const known = this.#find(key);
    if (known && "kind" in known) return known;
    const result = this.#nameNodes(value());
    this.#scope(this.depthOf(result)).known.set(key, result);
    return result;
  }

  /** An element of a binding, loaded once. */
  load(binding: number, at: Dim, dtype: Dtype, key: string): ScalarExpr {
    return this.name(`load ${String(binding)} ${key} ${at.key}`, () => {
      const place = this.settle(at);
      const name = this.fresh();
      const depth = this.depthOfDim(place);
      this.#scope(depth).statements.push({ kind: "load", name, binding, at: place, dtype });
      this.#nameDepth.set(name, depth);
      return variable(name, dtype);
    });
  }

  /** An integer that was computed, as a dim. It may be anything unless `bound` says less. */
  bind(value: ScalarExpr, key: string, bound?: Dim): Dim {
    const full = `bind ${key}`;
    const known = this.#find(full);
    if (known && "terms" in known) return known;
    const sym = freshSym("at", "index", undefined, bound);
    const depth = this.depthOf(value);
    this.#scope(depth).statements.push({ kind: "bind", sym, value });
    this.declare(sym, depth);
    const result = symbol(sym);
    this.#scope(depth).known.set(full, result);
    return result;
  }

  /** A named integer in the innermost scope. */
  index(name: string, value: Dim, bound?: Dim): Dim {
    const sym = freshSym(name, "index", undefined, bound);
    this.push({ kind: "index", sym, value: this.settle(value) });
    this.#multiples.note(sym, this.#multiples.of(value));
    this.declare(sym, this.depth);
    return symbol(sym);
  }

  /** A local that is assigned to, in the innermost scope. */
  variable(value: ScalarExpr): ScalarExpr & { kind: "variable" } {
    const name = this.fresh();
    this.push({ kind: "var", name, value });
    this.#nameDepth.set(name, this.depth);
    return { kind: "variable", name, dtype: value.dtype };
  }

  /** An array of the invocation's own, in the innermost scope. */
  array(dtype: Dtype, length: number): string {
    const name = this.fresh();
    this.push({ kind: "array", name, dtype, length });
    return name;
  }

  /** Writes an element of an array. */
  put(array: string, at: Dim, value: ScalarExpr): void {
    this.push({ kind: "put", array, at: this.settle(at), value });
  }

  /** Reads an element of an array as it is now. */
  take(array: string, at: Dim, dtype: Dtype): ScalarExpr {
    const name = this.fresh();
    this.push({ kind: "take", name, array, at: this.settle(at), dtype });
    this.#nameDepth.set(name, this.depth);
    return variable(name, dtype);
  }

  /** A changing local as it is now: a copy that later code in this scope may use freely. */
  freeze(value: ScalarExpr): ScalarExpr {
    const name = this.fresh();
    this.push({ kind: "let", name, value });
    this.#nameDepth.set(name, this.depth);
    return variable(name, value.dtype);
  }

  /** What the subgroup makes of a value that each of its invocations has. */
  together(fn: SubgroupFn, value: ScalarExpr): ScalarExpr {
    const name = this.fresh();
    this.push({ kind: "subgroup", name, fn, value });
    this.#nameDepth.set(name, this.depth);
    return variable(name, value.dtype);
  }

  /** Makes a symbol known from `depth` on. */
  declare(sym: Sym, depth: number = this.depth): void {
    this.#symDepth.set(sym, depth);
  }

  /** `for (sym = from; sym < to; sym += step) body`. */
  loop(
    name: string,
    from: Dim,
    to: Dim,
    step: Dim,
    body: (index: Dim) => void,
    bound: Dim = to,
  ): void {
    const sym = freshSym(name, "index", undefined, bound);
    const range = { from: this.settle(from), to: this.settle(to), step: this.settle(step) };
    this.#multiples.note(sym, this.#multiples.ofSteps(from, step));
    const inner = this.#nested(() => {
      this.declare(sym);
      body(symbol(sym));
    });
    this.push({ kind: "loop", sym, ...range, body: inner });
  }

  /** `while (condition) body`; the condition is over changing locals. */
  repeat(condition: ScalarExpr, body: () => void): void {
    this.push({ kind: "while", condition, body: this.#nested(body) });
  }

  /** `if (condition) body`; conditions that always hold cost nothing. */
  when(conditions: readonly ScalarExpr[], body: () => void): void {
    const [first, ...rest] = conditions;
    if (!first) {
      body();
      return;
    }
    const condition = rest.reduce((a, b) => call("and", a, b), first);
    const inner = this.#nested(body);
    this.push({ kind: "when", condition, body: inner });
  }

  /** Code in place whose names are forgotten after it, though not what it takes from outside or assigns. */
  scoped(body: () => void): void {
    for (const statement of this.#nested(body)) this.push(statement);
  }

  /** `a < b` over settled dims. */
  less(a: Dim, b: Dim): ScalarExpr {
    return call("lt", dimExpr(this.settle(a)), dimExpr(this.settle(b)));
  }

  /** The same integer, written alike for all neighbours for which it is the same. */
  reduced(d: Dim): Dim {
    return this.#multiples.reduced(d);
  }

  /** Replaces divisions by names of their quotients, computed as far out as possible. */
  settle(given: Dim): Dim {
    const d = this.reduced(given);
    if (d.terms.every((t) => t.factors.every((f) => f.atom.kind === "sym"))) return d;
    return add(
      ...d.terms.map((term) => {
        const factors = term.factors.map(({ atom, exponent }) =>
          pow(this.#quotient(atom), int(exponent)),
        );
        return scale(mul(...factors), term.coefficient);
      }),
      int(0),
    );
  }

  /** The name of an atom's value. Parts inside stay as they are, since their signs show only unsettled. */
  #quotient(atom: Atom): Dim {
    const value = atomDim(atom);
    if (atom.kind === "sym") return value;
    const key = `index ${value.key}`;
    const known = this.#find(key);
    if (known && "terms" in known) return known;
    const depth = this.depthOfDim(value);
    // A bound marks the name as never negative; how far it reaches does not matter here.
    const bound = isNonNegative(value) ? add(value, int(1)) : undefined;
    const sym = freshSym("q", "index", undefined, bound);
    this.#scope(depth).statements.push({ kind: "index", sym, value });
    this.declare(sym, depth);
    const result = symbol(sym);
    this.#scope(depth).known.set(key, result);
    return result;
  }

  /** The innermost scope that any part of a dim needs. Sizes are known everywhere. */
  depthOfDim(d: Dim): number {
    let depth = 0;
    for (const sym of symsOf(d)) depth = Math.max(depth, this.#symDepth.get(sym) ?? 0);
    return depth;
  }

  /** The innermost scope that any part of an expression needs. */
  depthOf(x: ScalarExpr, seen: Map<ScalarExpr, number> = new Map()): number {
    const known = seen.get(x);
    if (known !== undefined) return known;
    let depth = 0;
    if (x.kind === "variable") depth = this.#nameDepth.get(x.name) ?? 0;
    if (x.kind === "dim") depth = this.depthOfDim(x.dim);
    if (x.kind === "call")
      for (const arg of x.args) depth = Math.max(depth, this.depthOf(arg, seen));
    seen.set(x, depth);
    return depth;
  }

  /** Names the root and every inner call that is used twice, each at its own depth. */
  #nameNodes(root: ScalarExpr): ScalarExpr {
    const uses = new Map<ScalarExpr, number>();
    countUses(root, uses);
    const done = new Map<ScalarExpr, ScalarExpr>();
    const visit = (node: ScalarExpr): ScalarExpr => {
      const known = done.get(node);
      if (known) return known;
      let result = node;
      if (node.kind === "dim") result = { ...node, dim: this.settle(node.dim) };
      if (node.kind === "call") {
        const built = { ...node, args: node.args.map(visit) };
        result = node === root || (uses.get(node) ?? 0) > 1 ? this.#let(built) : built;
      }
      done.set(node, result);
      return result;
    };
    return visit(root);
  }

  #let(value: ScalarExpr): ScalarExpr {
    const depth = this.depthOf(value);
    const name = this.fresh();
    this.#scope(depth).statements.push({ kind: "let", name, value });
    this.#nameDepth.set(name, depth);
    return variable(name, value.dtype);
  }

  #nested(body: () => void): readonly Statement[] {
    const scope: Scope = { statements: [], known: new Map() };
    this.#scopes.push(scope);
    body();
    this.#scopes.pop();
    return scope.statements;
  }

  #find(key: string): ScalarExpr | Dim | undefined {
    for (const scope of this.#scopes) {
      const known = scope.known.get(key);
      if (known) return known;
    }
    return undefined;
  }

  #scope(depth: number): Scope {
    const scope = this.#scopes[depth];
    if (!scope) throw new Error(`no scope at depth ${String(depth)}`);
    return scope;
  }
}

function countUses(x: ScalarExpr, uses: Map<ScalarExpr, number>): void {
  const known = uses.get(x) ?? 0;
  uses.set(x, known + 1);
  if (known === 0 && x.kind === "call") for (const arg of x.args) countUses(arg, uses);
}
