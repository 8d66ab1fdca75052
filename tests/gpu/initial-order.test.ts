// Initialisers that read parameters, on a device: the same values as on the reference, what is given included.
import { expect, test } from "vitest";
import { openBackend } from "../../cli/backend/open.js";
import { buildArtifact } from "../../compiler/artifact/index.js";
import { load } from "../../runtime/index.js";
import { describeGpu, openTestDevice } from "../harness/gpu.js";
import { compileCase } from "../harness/programs.js";
import { expectClose, forward } from "../harness/tolerance.js";
import { portable } from "../../runtime/format.js";

const path = "tests/fixtures/linear-algebra/reparametrized.dl";

describeGpu("initialisers in phases", () => {
  test.each(["Chain", "Turned", "Lengths2", "Spectral"])(
    "fill %s as the reference does",
    async (model) => {
      const compiled = compileCase({ title: model, path, options: { model } });
      const [first] = compiled.variables;
      const count = first?.shape.reduce((a, b) => a * b, 1) ?? 0;
      const given = {
        dtype: "f32" as const,
        shape: first?.shape ?? [],
        data: new Float32Array(count).fill(0.5),
      };
      const reference = await openBackend(compiled, { backend: "reference" });
      await reference.init(6, new Map([[first?.path ?? "", given]]));
      const expected = await reference.readVariables(false);
      const device = await openTestDevice();
      const session = await load(buildArtifact(compiled, { target: portable("software") }), {
        device,
      });
      await session.init(6, { [first?.path ?? ""]: given.data });
      const actual = await session.readVariables();
      expect(Object.keys(actual).sort()).toEqual([...expected.keys()].sort());
      for (const [name, { data }] of expected)
        expectClose(actual[name]?.data ?? [], data, forward, name);
      session.dispose();
    },
  );
});
