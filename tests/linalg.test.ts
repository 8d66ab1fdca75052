// The linear algebra of the library against what theory says: the error of a truncated decomposition, orthonormal columns.
import { expect, test } from "vitest";
import { openBackend } from "../cli/backend/open.js";
import { uniform } from "./harness/peers.js";
import { compileCase } from "./harness/programs.js";

const path = "stdlib/linalg.dl";

async function call(
  fn: string,
  sets: Readonly<Record<string, string>>,
  name: string,
  shape: readonly number[],
  data: Float32Array,
): Promise<readonly number[]> {
  const compiled = compileCase({ title: fn, path, options: { fn, sets } });
  const backend = await openBackend(compiled, { backend: "reference" });
  const x = { dtype: "f32" as const, shape, data };
  const out = await backend.run(fn, new Map([[name, x]]), { seed: 0, step: 0 });
  return Array.from(out.get("out")?.data ?? []);
}

/** A rotation of `n` dimensions as a product of plane rotations, row by row. */
function rotation(n: number, seed: number): number[][] {
  const angles = uniform(n * n, seed, 3);
  const rows = Array.from({ length: n }, (_, i) =>
    Array.from({ length: n }, (_, j) => Number(i === j)),
  );
  for (let i = 0; i < n; i++)
    for (let j = 0; j < i; j++) {
      const [c, s] = [Math.cos(angles[i * n + j] ?? 0), Math.sin(angles[i * n + j] ?? 0)];
      for (const row of rows) {
        const [a = 0, b = 0] = [row[i], row[j]];
        row[i] = c * a - s * b;
        row[j] = s * a + c * b;
      }
    }
  return rows;
}

test("the error of a truncated decomposition is what the dropped singular values leave", async () => {
  const [u, v] = [rotation(7, 3), rotation(5, 4)];
  const values = [4, 2, 0.5, 0.2, 0.1];
  const x = Float32Array.from({ length: 35 }, (_, n) =>
    values.reduce(
      (sum, s, k) => sum + s * (u[Math.floor(n / 5)]?.[k] ?? NaN) * (v[n % 5]?.[k] ?? NaN),
      0,
    ),
  );
  const near = await call("low_rank", { k: "2" }, "x", [7, 5], x);
  const error = Math.hypot(...near.map((y, i) => y - (x[i] ?? NaN)));
  expect(error).toBeCloseTo(Math.hypot(0.5, 0.2, 0.1), 5);
});

test("orthonormal columns are orthonormal", async () => {
  const q = await call("orthonormal", {}, "w", [6, 3], uniform(18, 5, 1));
  for (let a = 0; a < 3; a++)
    for (let b = 0; b < 3; b++) {
      const product = Array.from(
        { length: 6 },
        (_, i) => (q[i * 3 + a] ?? NaN) * (q[i * 3 + b] ?? NaN),
      );
      expect(product.reduce((x, y) => x + y, 0)).toBeCloseTo(Number(a === b), 6);
    }
});
