// Checks a call on the reference backend exactly as the runtime checks it before touching a device.
import { planSignature, planSymbols } from "../../compiler/artifact/signature.js";
import type { Entry } from "../../compiler/ir/program.js";
import type { Sym } from "../../compiler/types/dim.js";
import { bindInputs } from "../../runtime/inputs.js";
import type { CallScalars, Tensors } from "../backend.js";

/** A checked call. */
export interface Call {
  /** The values of free dims. */
  readonly extents: ReadonlyMap<Sym, number>;
  /** The inputs given, and seed and step where the entry asks for them. */
  readonly inputs: Tensors;
}

/** Checks names, dtypes, shapes, bounds and guards of a call; throws the runtime's own `RuntimeFault`s. */
export function bindCall(entry: Entry, given: Tensors, scalars: CallScalars): Call {
  const symbols = planSymbols(entry.signature.inputs, entry.signature.symbols);
  const plan = {
    name: entry.name,
    ...planSignature(entry.signature, symbols),
    program: { ...noProgram, symbols: symbols.plans },
  };
  const inputs = new Map(given);
  for (const { name, dtype } of plan.inputs) {
    if ((name !== "seed" && name !== "step") || inputs.has(name)) continue;
    inputs.set(name, { dtype, shape: [], data: Float64Array.of(scalars[name]) });
  }
  const bound = bindInputs(plan, Object.fromEntries(inputs));
  return { extents: new Map(symbols.syms.map((sym, i) => [sym, bound.symbols[i] ?? 0])), inputs };
}

const noProgram = {
  words: [],
  tensors: [],
  dispatches: [],
  loops: [],
  copies: [],
  results: [],
  arenas: 0,
};
