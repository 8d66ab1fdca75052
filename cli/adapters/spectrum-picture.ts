// Spectra as a picture: the energy that each rank keeps, a line for each matrix.
import { chartSvg } from "../chart.js";
import { energyAt, type Spectrum } from "./spectrum.js";

const mostPoints = 64;

/** An SVG of the share of squares against the share of the full rank. */
export async function drawSpectra(title: string, spectra: readonly Spectrum[]): Promise<string> {
  const points = spectra.flatMap((spectrum) => {
    const stride = Math.max(1, Math.ceil(spectrum.values.length / mostPoints));
    return spectrum.values.flatMap((_, i) =>
      i % stride === 0 || i + 1 === spectrum.values.length
        ? [{ path: spectrum.path, rank: i + 1, energy: energyAt(spectrum, i + 1) }]
        : [],
    );
  });
  return chartSvg({
    $schema: "https://vega.github.io/schema/vega-lite/v5.json",
    title,
    width: 640,
    height: 360,
    data: { values: points },
    mark: { type: "line" },
    encoding: {
      x: { field: "rank", type: "quantitative", title: "rank", scale: { type: "log" } },
      y: {
        field: "energy",
        type: "quantitative",
        title: "share of squares kept",
        scale: { domain: [0, 1] },
      },
      color: { field: "path", type: "nominal", title: null },
    },
  });
}
