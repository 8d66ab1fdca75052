// Optimizers on the reference against twenty updates of PyTorch in double precision, with each of their options.
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { openBackend } from "../../cli/backend/open.js";
import { openPackage } from "../../cli/host.js";
import { compile } from "../../compiler/index.js";
import { drawn } from "./vectors.js";

/** An optimizer as it is written, and the parameter after some of its updates. */
interface Recorded {
  readonly optimizer: string;
  readonly after: Readonly<Record<string, readonly number[]>>;
}

const recorded = JSON.parse(
  readFileSync(new URL("optimizers.json", import.meta.url), "utf8"),
) as readonly Recorded[];

const text = `import { adam, adamw, lion, rmsprop, sgd } from "std/optim"

model Point {
  param w: [5] = ones

  fn forward(x: [5]) -> [] = sum((w - x) ** 2)
}
${recorded
  .map(({ optimizer }, i) => {
    const members = ["  loss = net(x)", `  optimizer = ${optimizer}`];
    return [`train R${String(i)}(net: Point, x: [5]) {`, ...members, "}"].join("\n");
  })
  .join("\n")}
`;

test.each(recorded.map((row, i) => [row.optimizer, `R${String(i)}`, row] as const))(
  "%s",
  async (_, run, { after }) => {
    const host = openPackage("tests").host;
    const compiled = compile({ path: "optimizers.dl", text }, host, { runs: [run] });
    if (!compiled.ok) throw new Error(compiled.diagnostics.map(({ title }) => title).join("\n"));
    const backend = await openBackend(compiled.value, { backend: "reference" });
    await backend.init(0);
    const last = Math.max(...Object.keys(after).map(Number));
    const faults: string[] = [];
    for (let step = 1; step <= last; step++) {
      const { data } = drawn({ dtype: "f32", shape: [5], seed: step, low: -2, high: 2 });
      const x = { dtype: "f32" as const, shape: [5], data: Float32Array.from(data) };
      await backend.trainStep(run, new Map([["x", x]]), { seed: 0, step });
      // Complete variables are those in double precision.
      const found = (await backend.readVariables(true)).get("w")?.data ?? [];
      after[String(step)]?.forEach((want, i) => {
        if (!(Math.abs((found[i] ?? NaN) - want) < 1e-8))
          faults.push(`step ${String(step)}: ${String(found[i])}, not ${String(want)}`);
      });
    }
    expect(faults).toEqual([]);
  },
);
