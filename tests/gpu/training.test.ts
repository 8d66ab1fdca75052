// Training the Shakespeare model on a device: the same seed gives the same bits.
import { expect, test } from "vitest";
import { buildArtifact } from "../../compiler/artifact/index.js";
import { load, type Session } from "../../runtime/session.js";
import { describeGpu, sharedDevice } from "../harness/gpu.js";
import { integers } from "../harness/peers.js";
import { compileCase } from "../harness/programs.js";

const minutes = 60_000;

/** The example with one layer. */
const work = {
  title: "Shakespeare",
  path: "examples/shakespeare/model.dl",
  options: { runs: ["Shakespeare"], entries: [], sets: { L: "1" } },
};

async function open(): Promise<Session> {
  const device = await sharedDevice();
  const artifact = buildArtifact(compileCase(work), { target: device.target });
  const session = await load(artifact, { device });
  await session.init(7);
  return session;
}

const tokens = (
  seed: number,
): { readonly data: Int32Array; readonly shape: readonly number[] } => ({
  data: integers(2 * 8, seed, 65),
  shape: [2, 8],
});

async function steps(session: Session, from: number, to: number): Promise<number> {
  let loss = NaN;
  for (let step = from; step < to; step++) {
    const inputs = { ids: tokens(step), targets: tokens(step + 1) };
    loss = (await session.trainStep("Shakespeare", inputs, { seed: 7, step })).loss;
  }
  return loss;
}

describeGpu("training", () => {
  test("the same seed gives the same bits", { timeout: 3 * minutes }, async () => {
    const results = [];
    for (let run = 0; run < 2; run++) {
      const session = await open();
      const loss = await steps(session, 1, 6);
      results.push({ loss, variables: await session.readVariables() });
      session.dispose();
    }
    expect(results[1]).toEqual(results[0]);
  });
});
