// JavaScript text of dims and scalar expressions, compiled once for each distinct loop.
import { InternalError } from "../ir/internal-error.js";
import type { ScalarExpr } from "../scalar/expr.js";
import { intrinsic, intrinsics } from "../scalar/intrinsics.js";
import { partsOf, type Atom, type Dim, type Sym } from "../types/dim.js";
import type { Data } from "./tensor.js";

/** What a loop works on: results, operands, the numbers that its text calls `n[i]`, and sizes that it calls `e[i]`. */
export type Loop = (
  out: Data,
  x: readonly Data[],
  n: readonly number[],
  e: readonly number[],
  fn: typeof intrinsics,
  tools: Tools,
) => void;

interface Tools {
  clamp(value: number, bound: number): number;
}

/** What the text of a loop may call besides `Math` and the scalar table. */
const tools: Tools = {
  /** Brings a number read from a tensor into [0, bound). */
  clamp: (value, bound) => Math.max(0, Math.min(value, bound - 1)),
};

const compiled = new Map<string, Loop>();

/** The loop of a text; equal texts share one, so that the engine optimizes it once. */
export function loopOf(text: string): Loop {
  const known = compiled.get(text);
  if (known) return known;
  // The text comes from our own tables and numbers only, never from a program's names.
  // eslint-disable-next-line @typescript-eslint/no-implied-eval -- an interpreter would be a hundred times slower
  const loop = new Function("out", "x", "n", "e", "fn", "tools", `"use strict";\n${text}`) as Loop;
  compiled.set(text, loop);
  return loop;
}

/** Runs a loop. */
export const runLoop = (
  loop: Loop,
  out: Data,
  x: readonly Data[],
  n: readonly number[],
  e: readonly number[],
): void => {
  loop(out, x, n, e, intrinsics, tools);
};

/** Writes the text of one loop body: names of symbols, and statements before the one that stores. */
export class Writer {
  readonly statements: string[] = [];
  /** The names of bound symbols that the text uses. */
  readonly used = new Set<string>();
  /** Free sizes, in the order of `e`. */
  readonly sizes: Sym[] = [];
  private readonly names = new Map<Sym, string>();
  private fresh = 0;

  /** Gives a symbol a name in the text. */
  bind(sym: Sym, name: string): void {
    this.names.set(sym, name);
  }

  /** Appends `const NAME = text` and gives the name. */
  let(text: string): string {
    const name = `t${String(this.fresh++)}`;
    this.statements.push(`const ${name} = ${text};`);
    return name;
  }

  /** The text of a dim. */
  dim(d: Dim): string {
    if (d.terms.length === 0) return "0";
    const terms = d.terms.map((term) => {
      const factors = term.factors.map(({ atom, exponent }) => {
        const text = this.atom(atom);
        return exponent === 1 ? text : `${text} ** ${String(exponent)}`;
      });
      const isPlain = term.coefficient === 1 && factors.length > 0;
      return [...(isPlain ? [] : [String(term.coefficient)]), ...factors].join(" * ");
    });
    return terms.length === 1 ? terms.join("") : `(${terms.join(" + ")})`;
  }

  private atom(atom: Atom): string {
    if (atom.kind === "sym") return this.sym(atom.sym);
    const [a, b] = partsOf(atom).map((part) => this.dim(part));
    if (atom.kind === "floor") return `Math.floor((${String(a)}) / (${String(b)}))`;
    if (atom.kind === "pow") return `Math.pow(${String(a)}, ${String(b)})`;
    return `Math.${atom.kind}(${String(a)}, ${String(b)})`;
  }

  private sym(sym: Sym): string {
    const known = this.names.get(sym);
    if (known !== undefined) {
      this.used.add(known);
      return known;
    }
    if (sym.kind === "index") throw new InternalError(`index ${sym.name} has no value here`);
    const name = `e[${String(this.sizes.length)}]`;
    this.sizes.push(sym);
    this.names.set(sym, name);
    return name;
  }

  /** The text of a scalar expression; shared nodes are computed once. `variables` gives the text of each operand. */
  scalar(
    root: ScalarExpr,
    variables: (name: string) => string,
    done: Map<ScalarExpr, string> = new Map(),
  ): string {
    const known = done.get(root);
    if (known !== undefined) return known;
    const text = this.node(root, variables, done);
    done.set(root, text);
    return text;
  }

  private node(
    node: ScalarExpr,
    variables: (name: string) => string,
    done: Map<ScalarExpr, string>,
  ): string {
    if (node.kind === "literal")
      return Object.is(node.value, -0) ? "-0" : `(${String(node.value)})`;
    if (node.kind === "variable") return variables(node.name);
    if (node.kind === "dim") return this.let(this.dim(node.dim));
    const args = node.args.map((arg) => this.scalar(arg, variables, done));
    const from = node.args[node.args.length - 1]?.dtype ?? node.dtype;
    const dtype = node.fn === "convert" ? node.dtype : from;
    const inline = intrinsic(node.fn).inline?.(args, dtype, from);
    return this.let(inline ?? `fn.${node.fn}.js([${args.join(", ")}], "${dtype}", "${from}")`);
  }
}

/** Opens nested loops over axes `i0, i1, …` whose sizes are `n[0], n[1], …`. */
export const openLoops = (rank: number): string =>
  Array.from({ length: rank }, (_, i) => {
    const [axis, size] = [`i${String(i)}`, `n[${String(i)}]`];
    return `for (let ${axis} = 0, m${String(i)} = ${size}; ${axis} < m${String(i)}; ${axis}++)`;
  }).join("\n");

/** The text of an offset: the index along each axis times a stride `n[from + axis]`. */
export const offsetText = (index: readonly string[], from: number): string =>
  index.length === 0
    ? "0"
    : index.map((text, i) => `(${text}) * n[${String(from + i)}]`).join(" + ");
