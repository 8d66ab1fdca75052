// The held-out losses of all ways over the steps, as a picture.
import { chartPng, chartSvg } from "../../cli/chart.js";
import type { Outcome } from "./teach.js";

/** Draws one line for each way. */
export async function drawWays(
  outcomes: readonly Outcome[],
): Promise<{ readonly svg: string; readonly png: Uint8Array }> {
  const points = outcomes.flatMap(({ way, heldOut }) =>
    heldOut.map((point) => ({ ...point, way })),
  );
  const svg = await chartSvg({
    $schema: "https://vega.github.io/schema/vega-lite/v5.json",
    title: "Shakespeare taught to a model of stories: loss on text kept back",
    width: 640,
    height: 360,
    data: { values: points },
    mark: { type: "line", point: true },
    encoding: {
      x: { field: "step", type: "quantitative", title: "step" },
      y: {
        field: "loss",
        type: "quantitative",
        title: "held-out loss",
        scale: { zero: false },
      },
      color: {
        field: "way",
        type: "nominal",
        title: null,
        sort: outcomes.map(({ way }) => way),
      },
    },
  });
  return { svg, png: chartPng(svg) };
}
