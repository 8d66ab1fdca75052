// Decompositions on a device, at shapes that are awkward for them: what they give and their gradients against the reference.
import { beforeAll, expect, test } from "vitest";
import { buildArtifact } from "../../compiler/artifact/index.js";
import { load, type Session } from "../../runtime/index.js";
import { describeGpu, sharedDevice } from "../harness/gpu.js";
import { inputsOf, missing } from "../harness/kernels.js";
import { uniform } from "../harness/peers.js";
import { compileCase } from "../harness/programs.js";
import { drawnFor, evaluated } from "../harness/scans.js";
import { tensorOf } from "../../compiler/reference/tensor.js";
import { expectClose, type Tolerance } from "../harness/tolerance.js";

const path = "tests/fixtures/linear-algebra/decompositions.dl";

/** Shapes and ranks; gradients are compared where the two singular values that are kept differ from each other and from the rest. */
const shapes = [
  { N: 9, M: 5, rank: 5 },
  { N: 5, M: 33, rank: 5 },
  { N: 17, M: 17, rank: 17 },
  { N: 1, M: 7, rank: 1 },
  { N: 12, M: 6, rank: 2 },
];

/** Singular vectors move with rounding by what it is of the distance between singular values, and gradients by its square. */
const forwards: Tolerance = { relative: 1e-3, absolute: 1e-5 };
const backwards: Tolerance = { relative: 1e-2, absolute: 1e-5 };

/** A matrix of some rank, whose singular values fall about by half. */
function matrix({ N, M, rank }: (typeof shapes)[number]): readonly number[] {
  const [left, right] = [uniform(N * rank, 5, 1), uniform(M * rank, 6, 1)];
  return Array.from({ length: N * M }, (_, p) => {
    let total = 0;
    for (let r = 0; r < rank; r++)
      total +=
        ((left[Math.floor(p / M) * rank + r] ?? NaN) * (right[(p % M) * rank + r] ?? NaN)) / 2 ** r;
    return total;
  });
}

for (const fn of ["nearest_of_rank_two", "principal"]) {
  const compiled = compileCase({ title: fn, path, options: { fn, withGradients: true } });
  describeGpu(fn, () => {
    let session: Session;
    beforeAll(async () => {
      const device = await sharedDevice();
      session = await load(buildArtifact(compiled, { target: device.target }), { device });
      await session.warmUp(compiled.entries.map((e) => e.name));
    }, 300_000);

    test.each(shapes)("$N by $M of rank $rank", { timeout: 300_000 }, async (shape) => {
      const { N, M, rank } = shape;
      for (const entry of compiled.entries) {
        const isGradient = entry.name.endsWith(".grad");
        const drawn = drawnFor(entry, { N, M }, 7);
        const tensors = new Map(drawn.tensors).set("x", tensorOf("f32", [N, M], matrix(shape)));
        const found = await session.run(entry.name, inputsOf(tensors));
        for (const [name, { data }] of evaluated(entry, { ...drawn, tensors })) {
          const result = found[name] ?? missing(name);
          expect([...result.data].every(Number.isFinite), `${name} is finite`).toBe(true);
          if (isGradient && rank < 3) continue;
          expectClose(result.data, data, isGradient ? backwards : forwards, name);
        }
      }
    });
  });
}
