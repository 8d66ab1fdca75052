// Weights of a first layer as small pictures side by side: one for each unit, blue below zero, red above.
import type { TopLevelSpec } from "vega-lite";
import { chartPng, chartSvg } from "../../cli/chart.js";
import type { HostTensor } from "../../runtime/weights.js";

/** At most so many units are drawn. */
const mostUnits = 32;
const columns = 8;

interface Cell {
  readonly unit: number;
  readonly x: number;
  readonly y: number;
  readonly weight: number;
}

/** A PNG of weights `[units, …]` whose other axes hold one square picture. */
export async function drawWeights(title: string, { shape, data }: HostTensor): Promise<Uint8Array> {
  const units = shape[0] ?? 0;
  const side = Math.round(Math.sqrt(data.length / units));
  const cells = Array.from({ length: Math.min(units, mostUnits) * side * side }, (_, i): Cell => {
    const place = i % (side * side);
    const [x, y] = [place % side, Math.floor(place / side)];
    return { unit: Math.floor(i / (side * side)), x, y, weight: data[i] ?? 0 };
  });
  return chartPng(await chartSvg(specification(title, cells, side)));
}

function specification(title: string, cells: readonly Cell[], side: number): TopLevelSpec {
  const largest = Math.max(...cells.map(({ weight }) => Math.abs(weight)));
  const cell = Math.max(2, Math.floor(90 / side));
  const axis = { type: "ordinal", axis: null } as const;
  return {
    $schema: "https://vega.github.io/schema/vega-lite/v6.json",
    title,
    background: "white",
    data: { values: [...cells] },
    facet: { field: "unit", type: "ordinal", title: null, header: { labels: false } },
    columns,
    spacing: 8,
    spec: {
      width: { step: cell },
      height: { step: cell },
      mark: { type: "rect", strokeWidth: 0 },
      encoding: {
        x: { field: "x", scale: { paddingInner: 0, paddingOuter: 0 }, ...axis },
        y: { field: "y", scale: { paddingInner: 0, paddingOuter: 0 }, ...axis },
        color: {
          field: "weight",
          type: "quantitative",
          title: "weight",
          scale: { scheme: "redblue", reverse: true, domain: [-largest, largest] },
        },
      },
    },
    config: { font: "DejaVu Sans, Helvetica, Arial, sans-serif" },
  };
}
