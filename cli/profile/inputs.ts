// Inputs for a call whose results do not matter: of the shapes that the sizes give, with numbers that pass every check.
import type { EntryPlan } from "../../runtime/format.js";
import { evaluate } from "../../runtime/formula.js";
import { UsageError } from "../faults.js";
import type { Sizes } from "../sizes.js";

/** An input as it is made up: a number where it travels with the call, else elements and their shape. */
export type MadeUp =
  number | { readonly data: Float32Array | Int32Array; readonly shape: readonly number[] };

/** The float of an input at a place, by the number of the input. */
type Draw = (input: number, place: number) => number;

/** Made-up inputs of an entry for these sizes; throws a `UsageError` that names the sizes that are missing. */
export function inputsFor(
  entry: EntryPlan,
  sizes: Sizes,
  draw: Draw = (_, place) => Math.sin(place),
): Readonly<Record<string, MadeUp>> {
  const missing = entry.program.symbols.filter(({ name }) => sizes[name] === undefined);
  if (missing.length > 0) {
    const names = missing.map(({ name }) => `\`${name}\``).join(", ");
    const example = missing.map(({ name }) => `${name}=8`).join(",");
    throw new UsageError(`\`${entry.name}\` needs sizes of ${names}`, `give them: --at ${example}`);
  }
  const symbols = entry.program.symbols.map(({ name }) => sizes[name] ?? 0);
  return Object.fromEntries(
    entry.inputs.map(({ name, role, dtype, shape, below }, input): [string, MadeUp] => {
      if (role === "scalar") return [name, 1];
      const extents = shape.map((formula) => evaluate(formula, symbols));
      const count = extents.reduce((a, b) => a * b, 1);
      const bound = below === undefined ? 2 : Math.max(1, evaluate(below, symbols));
      const isFloat = dtype === "f32" || dtype === "f16";
      const data = isFloat
        ? Float32Array.from({ length: count }, (_, i) => draw(input, i))
        : Int32Array.from({ length: count }, (_, i) => i % bound);
      return [name, { data, shape: extents }];
    }),
  );
}
