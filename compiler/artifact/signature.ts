// What the caller of an entry must give, and how its free sizes follow from what is given.
import type { GuardPlan, InputPlan, SymbolPlan } from "../../runtime/format.js";
import { placeOf } from "../diagnostics/index.js";
import { InternalError } from "../ir/internal-error.js";
import type { LeafSpec, Signature } from "../ir/program.js";
import { formulaOf } from "../schedule/index.js";
import {
  add,
  atomDim,
  constantOf,
  int,
  show,
  sub,
  substitute,
  symsOf,
  type Dim,
  type Sym,
} from "../types/dim.js";
import { showShape } from "../types/tensor.js";
import type { Symbols } from "./program.js";

/** Symbols in an order in which each follows from an input axis and the ones before it. */
export function planSymbols(inputs: readonly LeafSpec[], declared: readonly Sym[]): Symbols {
  const syms: Sym[] = [];
  const plans: SymbolPlan[] = [];
  const numberOf = (sym: Sym): number => {
    const known = syms.indexOf(sym);
    if (known < 0) throw new InternalError(`no input binds the size \`${sym.name}\``);
    return known;
  };
  for (let found = true; found;) {
    found = false;
    for (const [input, { shape }] of inputs.entries()) {
      for (const [axis, dim] of shape.entries()) {
        const solved = solve(dim, syms);
        if (!solved) continue;
        const [factor, offset] = [
          formulaOf(solved.factor, numberOf),
          formulaOf(solved.offset, numberOf),
        ];
        syms.push(solved.sym);
        plans.push({ name: solved.sym.name, from: { input, axis, factor, offset } });
        found = true;
      }
    }
  }
  for (const sym of declared) {
    if (syms.includes(sym)) continue;
    syms.push(sym);
    plans.push({ name: sym.name });
  }
  return { syms, plans };
}

/** The one unknown symbol of a dim that is linear in it: `dim = factor * sym + offset`. */
function solve(
  dim: Dim,
  known: readonly Sym[],
): { sym: Sym; factor: Dim; offset: Dim } | undefined {
  const unknown = [...symsOf(dim)].filter((s) => !known.includes(s));
  const [sym] = unknown;
  if (!sym || unknown.length > 1) return undefined;
  const isLinear = dim.terms.every((t) =>
    t.factors.every((f) =>
      f.atom.kind === "sym"
        ? f.atom.sym !== sym || f.exponent === 1
        : !symsOf(atomDim(f.atom)).has(sym),
    ),
  );
  if (!isLinear) return undefined;
  const at = (value: number): Dim => substitute(dim, (s) => (s === sym ? int(value) : undefined));
  const offset = at(0);
  const factor = sub(at(1), offset);
  return constantOf(factor) === 0 ? undefined : { sym, factor, offset: add(offset) };
}

/** Inputs and guards of an entry. */
export function planSignature(
  signature: Signature,
  { syms }: Symbols,
): { inputs: InputPlan[]; guards: GuardPlan[] } {
  const numberOf = (sym: Sym): number => syms.indexOf(sym);
  const inputs = signature.inputs.map((input): InputPlan => ({
    name: input.name,
    role: input.role === "scalar" ? "scalar" : "input",
    dtype: input.dtype,
    shape: input.shape.map((d) => formulaOf(d, numberOf)),
    text: `${input.dtype}${showShape(input.shape)}`,
    ...(input.below ? { below: formulaOf(input.below, numberOf) } : {}),
    ...(input.except === undefined ? {} : { except: input.except }),
  }));
  const guards = signature.guards.map((g): GuardPlan => ({
    relation: g.relation,
    left: formulaOf(g.left, numberOf),
    right: formulaOf(g.right, numberOf),
    text: g.text,
    leftText: show(g.left),
    rightText: show(g.right),
    ...(g.span ? { origin: placeOf(g.span) } : {}),
  }));
  return { inputs, guards };
}
