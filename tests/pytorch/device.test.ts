// Single operations and layers on a device, forward and in the gradient, against the reference that `reference.test.ts` holds against PyTorch.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Tensor } from "../../compiler/reference/tensor.js";
import type { Session } from "../../runtime/index.js";
import { adapterName, describeGpu, sharedDevice } from "../harness/gpu.js";
import { backward, forward, worst, type Tolerance } from "../harness/tolerance.js";
import { computed, evaluated, rowsOf, sessionFor } from "./programs.js";
import { groups } from "./vectors.js";

const minutes = 60_000;

/** Compiling the kernels of all rows takes minutes on a software adapter: one row in this many is run, others on each adapter. */
const share = process.env["ADJOINT_PYTORCH"] === "all" ? 1 : 10;
const first = [...(adapterName ?? "")].reduce((sum, c) => sum + (c.codePointAt(0) ?? 0), 0) % share;
const isWanted = (index: number): boolean => index % share === first;

/** Root mean square. */
const scaleOf = ({ data }: Tensor): number =>
  Math.sqrt([...data].reduce((sum, x) => sum + x * x, 0) / Math.max(1, data.length));

/** Sums that are nothing by nature, such as the gradient of a bias of keys, are nothing in double precision to this degree. */
const nothing = 1e-12;
/** What is left of them in single precision: some dozens of roundings of numbers as large as the largest tensor of the row has. */
const left = 64 * 2 ** -24;

/** What is further from the reference than promised. */
function faults(
  have: ReadonlyMap<string, Tensor>,
  want: ReadonlyMap<string, Tensor>,
  tolerance: Tolerance,
): readonly string[] {
  const largest = Math.max(...[...want.values()].map(scaleOf));
  return [...want].flatMap(([name, tensor]) => {
    const { data, shape } = tensor;
    const found = have.get(name);
    if (found?.shape.join() !== shape.join()) return [`${name} has another shape`];
    const isNothing = scaleOf(tensor) < nothing * largest;
    const absolute = Math.max(tolerance.absolute, isNothing ? left * largest : 0);
    const { ratio, index } = worst(found.data, data, { ...tolerance, absolute });
    const sides = `${String(found.data[index])}, not ${String(data[index])}`;
    return ratio <= 1 ? [] : [`${name}[${String(index)}] is ${sides}`];
  });
}

describeGpu("PyTorch's operations", () => {
  for (const rows of groups.flatMap((group) => rowsOf(group, isWanted))) {
    describe(rows.title, () => {
      let session: Session;
      beforeAll(async () => {
        session = await sessionFor(rows, await sharedDevice());
        await session.warmUp(rows.compiled().entries.map(({ name }) => name));
      }, 3 * minutes);
      afterAll(() => {
        session.dispose();
      });

      test.each(rows.rows.map((row, i) => [`${String(i)}: ${row.title}`, row] as const))(
        "%s",
        async (_, row) => {
          const want = evaluated(row);
          const have = await computed(row, session);
          expect([
            ...faults(have.results, want.results, forward),
            ...faults(have.gradients, want.gradients, backward),
          ]).toEqual([]);
        },
        3 * minutes,
      );
    });
  }
});
