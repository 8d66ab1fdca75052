// The loss curve of a run as a picture, drawn by Vega.
import { join } from "node:path";
import type { TopLevelSpec } from "vega-lite";
import { chartPng, chartSvg } from "../chart.js";
import { writeWhole } from "../files.js";
import type { StepMetrics } from "./metrics.js";

/** Writes `loss.svg` and `loss.png` into the folder of a run. */
export async function plotLoss(
  runFolder: string,
  title: string,
  steps: readonly StepMetrics[],
): Promise<void> {
  const svg = await drawLoss(title, steps);
  writeWhole(join(runFolder, "loss.svg"), svg);
  writeWhole(join(runFolder, "loss.png"), chartPng(svg));
}

/** The loss curve as SVG: every step faintly, its running mean, and the held-out loss where it was measured. */
export const drawLoss = (title: string, steps: readonly StepMetrics[]): Promise<string> =>
  chartSvg(specification(title, curve(steps)));

interface Point {
  readonly step: number;
  readonly loss: number;
  readonly series: "each step" | "training" | "held out";
}

const mostPoints = 600;

function curve(steps: readonly StepMetrics[]): Point[] {
  const stride = Math.max(1, Math.ceil(steps.length / mostPoints));
  const points: Point[] = [];
  let mean = steps[0]?.loss ?? 0;
  steps.forEach(({ step, loss, held_out_loss }, i) => {
    mean += (loss - mean) * Math.max(0.1, 1 / (i + 1));
    if (i % stride === 0 || i === steps.length - 1) {
      points.push({ step, loss, series: "each step" }, { step, loss: mean, series: "training" });
    }
    if (held_out_loss !== undefined) points.push({ step, loss: held_out_loss, series: "held out" });
  });
  return points;
}

function specification(title: string, points: Point[]): TopLevelSpec {
  const hasHeldOut = points.some(({ series }) => series === "held out");
  const series = hasHeldOut ? ["each step", "training", "held out"] : ["each step", "training"];
  const encoding = {
    x: { field: "step", type: "quantitative", title: "step", axis: { tickMinStep: 1 } },
    y: { field: "loss", type: "quantitative", title: "loss", scale: { zero: false } },
    color: {
      field: "series",
      type: "nominal",
      title: null,
      scale: { domain: series, range: ["#c9d6ea", "#2c5fa8", "#c8562b"] },
    },
  } as const;
  const heldOut = { filter: "datum.series === 'held out'" };
  return {
    $schema: "https://vega.github.io/schema/vega-lite/v6.json",
    title,
    width: 560,
    height: 320,
    background: "white",
    data: { values: points },
    layer: [
      { mark: { type: "line", strokeWidth: 1.5 }, encoding },
      { transform: [heldOut], mark: { type: "point", filled: true, size: 28 }, encoding },
    ],
    config: { font: "DejaVu Sans, Helvetica, Arial, sans-serif", view: { stroke: "#dddddd" } },
  };
}
