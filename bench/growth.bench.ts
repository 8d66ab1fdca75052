// How the cost of a training step grows with the length of the text and with the width of the model, as figures and as curves.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TopLevelSpec } from "vega-lite";
import { chartPng, chartSvg } from "../cli/chart.js";
import type { Device } from "../runtime/device.js";
import { bindInputs } from "../runtime/inputs.js";
import { needsOf, totalBytes } from "../runtime/needs.js";
import { workingBytes } from "../tests/harness/needs.js";
import { integers } from "../tests/harness/peers.js";
import { type Benchmark, type Measured, median } from "./question.js";
import { sessionOf } from "./work.js";

/** A training step of the GPT of `examples/peers`, of one layer, on one text of `length` tokens. */
interface Setting {
  readonly along: "length" | "width";
  readonly length: number;
  readonly width: number;
}

const settings: readonly Setting[] = [
  ...[128, 256, 512, 1024, 2048, 4096].map((length): Setting => ({
    along: "length",
    length,
    width: 64,
  })),
  ...[64, 128, 256, 512, 1024].map((width): Setting => ({ along: "width", length: 128, width })),
];

interface Point extends Setting {
  readonly rate: number;
  /** Bytes of all buffers of the step, and those of them that are not parameters, gradients and moments. */
  readonly bytes: number;
  readonly working: number;
}

const vocabulary = 65;
const rounds = 3;

/** Tokens a second and bytes against the length (`--rows length`) and the width (`--rows width`). */
export const benchmark: Benchmark = {
  question: "How does the cost of a training step grow with length and width?",
  async measure(open, rows = ["length", "width"]): Promise<readonly Measured[]> {
    const device = await open();
    const points: Point[] = [];
    for (const setting of settings.filter(({ along }) => rows.includes(along)))
      points.push(await measured(device, setting));
    if (points.length === settings.length) {
      const svg = await chartSvg(curves(points, device.adapter.description));
      writeFileSync(join(import.meta.dirname, "growth.png"), chartPng(svg));
    }
    return points.flatMap(figures);
  },
};

async function measured(device: Device, setting: Setting): Promise<Point> {
  const { length, width } = setting;
  const sets = { L: "1", H: "2", D: String(width), Tmax: String(length), V: String(vocabulary) };
  const session = await sessionOf(device, "examples/peers/gpt.dl", { runs: ["Train"], sets });
  const ids = { data: integers(length, 1, vocabulary), shape: [1, length] };
  let step = 0;
  const time = await median(rounds, () =>
    session.trainStep("Train", { ids, targets: ids }, { seed: 0, step: ++step }),
  );
  session.dispose();
  const { artifact } = session;
  const [plan] = artifact.steps;
  const symbols = plan ? bindInputs(plan, { ids, targets: ids }).symbols : [];
  const needs = needsOf(artifact, "Train", symbols);
  return {
    ...setting,
    rate: (1000 * length) / time,
    bytes: totalBytes(needs),
    working: workingBytes(needs),
  };
}

const figures = ({ along, length, width, rate, bytes, working }: Point): Measured[] => {
  const name = along === "length" ? `length ${String(length)}` : `width ${String(width)}`;
  return [
    { what: name, value: rate, unit: "tokens/s" },
    { what: `${name}, all buffers`, value: bytes / 2 ** 20, unit: "MiB" },
    { what: `${name}, for each token`, value: working / length / 1024, unit: "KiB" },
  ];
};

/** Three curves beside each other, on logarithmic scales. */
function curves(points: readonly Point[], adapter: string): TopLevelSpec {
  const panel = (along: Setting["along"], field: string, title: string) =>
    ({
      width: 220,
      height: 200,
      data: { values: points.filter((p) => p.along === along) },
      mark: { type: "line", point: true, color: "#2c5fa8" },
      encoding: {
        x: { field: along, type: "quantitative", scale: { type: "log", base: 2 }, title: along },
        y: { field, type: "quantitative", scale: { type: "log" }, title },
      },
    }) as const;
  return {
    $schema: "https://vega.github.io/schema/vega-lite/v6.json",
    title: `A training step of one layer, ${adapter}`,
    hconcat: [
      panel("length", "rate", "tokens a second"),
      panel("width", "rate", "tokens a second"),
      panel("length", "working", "bytes of values and temporaries"),
    ],
  };
}
