// Runs a random model on the reference at small random sizes, and holds the shapes of its results against its types.
import type { Diagnostic } from "../../../compiler/diagnostics/index.js";
import type { Compiled, Entry, LeafSpec, Signature } from "../../../compiler/ir/program.js";
import { lower } from "../../../compiler/lower/index.js";
import { evaluateAll } from "../../../compiler/reference/evaluate.js";
import { count, tensorOf, type Tensor } from "../../../compiler/reference/tensor.js";
import { evaluate, type Dim, type Sym } from "../../../compiler/types/dim.js";
import { isCallable, resultTypes, type Sizes } from "./oracle/index.js";
import { satisfyModel, type RandomModel } from "./programs.js";

/** Sizes of static arguments, small enough to be quick; there may be no layers at all, but not layers without a width. */
const widths = [1, 2, 2, 3, 4];
export const sizesOf = (name: string): readonly number[] => (name === "L" ? [0, 1, 2] : widths);
/** Extents of free dims; the runtime refuses tensors without elements. */
const extents = [1, 2, 3, 4, 5, 7, 8];

/** How a model is run: how many sets of static arguments, how many extents for each, and whether with its gradient. */
export interface RunOptions {
  readonly builds: number;
  readonly bindings: number;
  readonly withGradients: boolean;
}

/** What happened: how many runs there were, or the first thing that went wrong. */
export interface RunReport {
  readonly runs: number;
  readonly fault?: string;
}

/** Builds and runs a model. */
export function run(model: RandomModel, random: () => number, options: RunOptions): RunReport {
  let runs = 0;
  for (let build = 0; build < options.builds; build++) {
    const statics = satisfyModel(model, random, sizesOf);
    if (!statics) continue;
    const report = runAt(model, statics, random, options);
    runs += report.runs;
    if (report.fault !== undefined) {
      const sizes = [...statics].map(([name, n]) => `${name} = ${String(n)}`).join(", ");
      return { runs, fault: `with ${sizes}: ${report.fault}` };
    }
  }
  return { runs };
}

function runAt(
  model: RandomModel,
  statics: Sizes,
  random: () => number,
  { bindings, withGradients }: RunOptions,
): RunReport {
  const compiled = build(model, statics, withGradients);
  // Whatever is said of a model that nobody can call is said of nothing.
  if (typeof compiled === "string")
    return isCallable(model.library, model, statics, random)
      ? { runs: 0, fault: compiled }
      : { runs: 0 };
  let runs = 0;
  for (const entry of compiled.entries) {
    for (let i = 0; i < bindings; i++) {
      const dims = bind(entry.signature, random);
      if (!dims) continue;
      runs += 1;
      const fault = runEntry(model, statics, entry, dims, random);
      const named = [...dims].map(([sym, n]) => `${sym.name} = ${String(n)}`).join(", ");
      if (fault !== undefined) return { runs, fault: `${entry.name} at ${named}: ${fault}` };
    }
  }
  return { runs };
}

/** The model with these static arguments, or what the compiler says. */
export function build(
  model: RandomModel,
  statics: Sizes,
  withGradients: boolean,
): Compiled | string {
  const { library, layer } = model;
  const [unit] = library.entries;
  if (!unit) return "nothing to build";
  const sets = Object.fromEntries([...statics].map(([name, n]) => [name, String(n)]));
  const found: Diagnostic[] = [];
  const options = { model: layer.name.name, sets, withGradients, entries: ["forward"] };
  const compiled = lower(library, unit, options, found);
  // A model of integers without parameters has no gradient.
  if (withGradients && found.some((d) => d.code === "no-gradient"))
    return build(model, statics, false);
  return compiled ?? `not built: ${found.map((d) => `${d.title}: ${d.primary.text}`).join("; ")}`;
}

/** Extents that the guards let through; undefined where none were found. */
function bind(
  { symbols, guards, inputs }: Signature,
  random: () => number,
): ReadonlyMap<Sym, number> | undefined {
  for (let i = 0; i < 60; i++) {
    const dims = new Map<Sym, number>();
    for (const sym of symbols) dims.set(sym, extents[Math.floor(random() * extents.length)] ?? 2);
    const at = (d: Dim): number | undefined => evaluate(d, (sym) => dims.get(sym));
    const isLet = guards.every(({ relation, left, right }) => {
      const [l = 0, r = 0] = [at(left), at(right)];
      if (relation === "==") return l === r;
      return relation === "!=" ? l !== r : relation === "<" ? l < r : l <= r;
    });
    if (isLet && inputs.every((spec) => spec.shape.every((d) => (at(d) ?? 0) >= 1))) return dims;
  }
  return undefined;
}

function runEntry(
  model: RandomModel,
  statics: Sizes,
  { signature, program, name }: Entry,
  dims: ReadonlyMap<Sym, number>,
  random: () => number,
): string | undefined {
  const at = (d: Dim): number => evaluate(d, (sym) => dims.get(sym)) ?? 0;
  const bounds = new Map(signature.inputs.map((spec) => [spec.name, spec.below && at(spec.below)]));
  const leaves = (spec: LeafSpec): Tensor => {
    const shape = spec.shape.map(at);
    const below = Math.max(bounds.get(spec.name) ?? 3, 1);
    // A state may be a variance.
    const low = spec.role === "state" ? 0.5 : -0.5;
    const draw = (): number => {
      if (spec.dtype === "f32") return random() + low;
      return Math.floor(random() * (spec.dtype === "bool" ? 2 : below));
    };
    return tensorOf(spec.dtype, shape, Array.from({ length: count(shape) }, draw));
  };
  const results = evaluateAll(program, { dims, leaves });
  const broken = results.find(({ shape, data }) => data.length !== count(shape));
  if (broken) return `[${broken.shape.join(", ")}] has ${String(broken.data.length)} elements`;
  // An element read from outside of a tensor is no number; with nothing to read, a mean is none either.
  const isEmpty = [...dims.values(), ...statics.values()].includes(0);
  const index = isEmpty ? -1 : results.findIndex(({ data }) => data.some(Number.isNaN));
  if (index >= 0) return `${program.outputs[index]?.name ?? ""} is not a number`;
  if (name !== "forward") return gradientFault(program.outputs, results, signature, at);
  const inputs = signature.inputs.map((spec) => spec.shape.map(at));
  const expected = resultTypes(model.library, model, statics, inputs);
  const actual = results
    .filter((_, i) => program.outputs[i]?.role === "result")
    .map((t) => `${t.dtype}[${t.shape.join(", ")}]`)
    .join("; ");
  return actual === expected ? undefined : `${actual} instead of ${expected}`;
}

/** A gradient has the shape of what it belongs to. */
function gradientFault(
  outputs: Entry["program"]["outputs"],
  results: readonly Tensor[],
  { inputs }: Signature,
  at: (d: Dim) => number,
): string | undefined {
  for (const [i, { name }] of outputs.entries()) {
    const spec = inputs.find((input) => name === `inputs.${input.name}`);
    const [have, want] = [results[i]?.shape.join(), spec?.shape.map(at).join()];
    if (spec && have !== want) return `the gradient of ${spec.name} is [${have ?? ""}]`;
  }
  return undefined;
}
