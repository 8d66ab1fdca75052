// Every op on every sample: the device agrees with the reference, forward and in the gradient.
import { beforeAll, expect, test } from "vitest";
import { ops } from "../../compiler/ops/index.js";
import type { Program } from "../../compiler/ir/program.js";
import type { Session } from "../../runtime/index.js";
import { describeGpu, sharedDevice } from "../harness/gpu.js";
import { expectSame, programOf, sessionOf } from "../harness/kernels.js";
import { caseOf, type Case } from "../harness/numeric.js";
import { forward } from "../harness/tolerance.js";

const cases = new Map<string, Case>();
for (const record of ops) {
  for (const [i, sample] of record.samples.entries())
    cases.set(`${record.name} ${String(i)}`, caseOf(record, sample, 7 + i));
}
const programs = new Map<string, Program>(
  [...cases].map(([name, { graph, out }]) => [name, programOf(graph, [out])]),
);

describeGpu("ops against the reference", () => {
  let session: Session;
  beforeAll(async () => {
    session = await sessionOf(await sharedDevice(), programs);
    await session.warmUp([...programs.keys()]);
  }, 60_000);

  test.each([...programs.keys()])("%s", async (name) => {
    const program = programs.get(name);
    const tensors = cases.get(name)?.tensors;
    expect(program && tensors).toBeDefined();
    if (program && tensors) await expectSame(session, name, program, tensors, forward);
  });
});
