// How fast two known workloads train: the programs of examples/peers, which other frameworks were timed on too.
import type { Device } from "../runtime/device.js";
import type { Session } from "../runtime/index.js";
import { gpt, mlp } from "../tests/harness/peers.js";
import { type Benchmark, type Measured, median } from "./question.js";
import { sessionOf } from "./work.js";

const rounds = 9;

type Inputs = Parameters<Session["trainStep"]>[1];

/** Milliseconds of one step, its loss read back. */
async function stepTime(session: Session, inputs: Inputs): Promise<number> {
  let step = 0;
  const time = await median(rounds, () =>
    session.trainStep("Train", inputs, { seed: 0, step: ++step }),
  );
  session.dispose();
  return time;
}

/** Steps of the multilayer perceptron in milliseconds, and tokens a second of the GPT. */
export const benchmark: Benchmark = {
  question: "How fast do the two known workloads train?",
  async measure(open: () => Promise<Device>): Promise<readonly Measured[]> {
    const device = await open();
    const perceptron = await sessionOf(device, "examples/peers/mlp.dl", { runs: ["Train"] });
    const mlpTime = await stepTime(perceptron, {
      x: { data: mlp.x(), shape: [mlp.batch, 784] },
      y: { data: mlp.y(), shape: [mlp.batch] },
    });
    const transformer = await sessionOf(device, "examples/peers/gpt.dl", { runs: ["Train"] });
    const shape = [gpt.batch, gpt.length];
    const inputs: Inputs = {
      ids: { data: gpt.ids(), shape },
      targets: { data: gpt.targets(), shape },
    };
    const start = performance.now();
    await transformer.trainStep("Train", inputs, { seed: 0, step: 1 });
    const first = performance.now() - start;
    const gptTime = await stepTime(transformer, inputs);
    return [
      { what: "mlp.dl, a step", value: mlpTime, unit: "ms" },
      { what: "gpt.dl, the first step", value: first / 1000, unit: "s" },
      { what: "gpt.dl, a step", value: gptTime, unit: "ms" },
      { what: "gpt.dl", value: (1000 * gpt.batch * gpt.length) / gptTime, unit: "tokens/s" },
    ];
  },
};
