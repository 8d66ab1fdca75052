// Single operations and layers on the reference, forward and in the gradient, against the numbers of PyTorch in double precision.
import { describe, expect, test } from "vitest";
import type { Tensor } from "../../compiler/reference/tensor.js";
import type { Tolerance } from "../harness/tolerance.js";
import { evaluated, rowsOf } from "./programs.js";
import { fault, groups, type Digest } from "./vectors.js";

/** The first row of a file waits until all of them are compiled. */
const timeout = 120_000;

/** Both sides compute in double precision; vectors keep twelve digits. */
const tight: Tolerance = { relative: 1e-8, absolute: 1e-9 };

function faults(
  have: ReadonlyMap<string, Tensor>,
  want: Readonly<Record<string, Digest>> = {},
): readonly string[] {
  return Object.entries(want).flatMap(([name, digest]) => {
    const tensor = have.get(name);
    const wrong = tensor ? fault(tensor, digest, tight) : "is missing";
    return wrong === undefined ? [] : [`${name} ${wrong}`];
  });
}

describe.each(groups)("%s as in PyTorch", (group) => {
  for (const { title, rows } of rowsOf(group)) {
    test.each(rows.map((row, i) => [`${title} ${String(i)}: ${row.title}`, row] as const))(
      "%s",
      { timeout },
      (_, row) => {
        const { results, gradients, states } = evaluated(row);
        expect([
          ...faults(results, row.vector.results),
          ...faults(gradients, row.vector.gradients),
          ...faults(states, row.vector.states),
        ]).toEqual([]);
      },
    );
  }
});
