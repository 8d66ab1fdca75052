// Evaluates a lowered declaration in float64, without rounding what goes in or comes out: what laws compare.
import type { Compiled, Entry, LeafSpec, Program } from "../../../compiler/ir/program.js";
import type { LoweredDeclaration } from "../../../compiler/laws/declaration.js";
import { evaluateAll } from "../../../compiler/reference/evaluate.js";
import { tensorOf, type Tensor } from "../../../compiler/reference/tensor.js";
import { isFloat } from "../../../compiler/types/dtype.js";
import type { Case } from "../case.js";
import { normal, seeded } from "../random.js";

/** Tensors by the names or paths of leaves. */
export type Values = ReadonlyMap<string, Tensor>;

/** The entries of one lowered declaration, evaluated. */
export class Evaluation {
  private readonly compiled: Compiled;
  private readonly initial = new Map<number, Values>();

  constructor({ compiled }: LoweredDeclaration) {
    this.compiled = compiled;
  }

  /** Parameters and states as the initialisers fill them, rounded to f32 as everything that is saved. */
  variables(seed: number): Values {
    const known = this.initial.get(seed);
    if (known) return known;
    const found = new Map<string, Tensor>();
    for (const phase of this.compiled.init) {
      const values = this.evaluate(phase, new Map(), found, seed);
      phase.outputs.forEach(({ name }, i) => {
        const value = values[i];
        if (value) found.set(name, rounded(value));
      });
    }
    if (this.initial.size > 16) this.initial.clear();
    this.initial.set(seed, found);
    return found;
  }

  /** Parameters as they might be after some training: what starts at 0 hides what is wrong with its gradient. */
  trained(seed: number): Values {
    const random = seeded(seed + 1);
    const isState = new Set(
      this.compiled.variables.filter((v) => v.role === "state").map((v) => v.path),
    );
    return new Map(
      [...this.variables(seed)].map(([path, value]) => {
        if (isState.has(path) || !isFloat(value.dtype)) return [path, value];
        const moved = Array.from(value.data, (x) => Math.fround(x + 0.3 * normal(random)));
        return [path, tensorOf(value.dtype, value.shape, moved)];
      }),
    );
  }

  entry(name: string): Entry | undefined {
    return this.compiled.entries.find((e) => e.name === name);
  }

  /** The results of an entry, in order; empty where there is no such entry. */
  run(name: string, inputs: Values, variables: Values, seed: number): readonly Tensor[] {
    const entry = this.entry(name);
    return entry ? this.evaluate(entry.program, inputs, variables, seed) : [];
  }

  private evaluate(
    program: Program,
    inputs: Values,
    variables: Values,
    seed: number,
  ): readonly Tensor[] {
    const leaves = (spec: LeafSpec): Tensor => {
      const isVariable = spec.role === "parameter" || spec.role === "state";
      const found = (isVariable ? variables : inputs).get(spec.name);
      if (found) return found;
      // What is not given is counted or seeded.
      return tensorOf(spec.dtype, [], [spec.name === "seed" ? seed : 1]);
    };
    return evaluateAll(program, { dims: new Map(), leaves });
  }
}

/** The drawn tensors as the reference holds them. */
export const valuesOf = ({ tensors }: Case): Values =>
  new Map(
    [...tensors].map(([name, { dtype, shape, data }]) => [name, tensorOf(dtype, shape, data)]),
  );

function rounded(value: Tensor): Tensor {
  return isFloat(value.dtype)
    ? tensorOf(value.dtype, value.shape, Array.from(value.data, Math.fround))
    : value;
}
