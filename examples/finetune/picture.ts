// The held-out losses of all ways over the steps, as a picture.
import { createRequire } from "node:module";
import { Resvg } from "@resvg/resvg-js";
import { parse, View } from "vega";
import { compile } from "vega-lite";
import type { Outcome } from "./teach.js";

/** Draws one line for each way. */
export async function drawWays(
  outcomes: readonly Outcome[],
): Promise<{ readonly svg: string; readonly png: Uint8Array }> {
  const points = outcomes.flatMap(({ way, heldOut }) =>
    heldOut.map((point) => ({ ...point, way })),
  );
  const { spec } = compile({
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
  const svg = await new View(parse(spec), { renderer: "none" }).toSVG();
  const font = createRequire(import.meta.url).resolve("dejavu-fonts-ttf/ttf/DejaVuSans.ttf");
  const png = new Resvg(svg, {
    fitTo: { mode: "zoom", value: 2 },
    background: "white",
    font: { fontFiles: [font], defaultFontFamily: "DejaVu Sans" },
  })
    .render()
    .asPng();
  return { svg, png };
}
