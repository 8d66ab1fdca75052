// Attention maps as pictures side by side: a row for each sound, a column for each letter, dark where much is taken.
import type { TopLevelSpec } from "vega-lite";
import { chartPng, chartSvg } from "../../cli/chart.js";

/** One word with the weights of its sounds over its letters. */
export interface AttentionMap {
  readonly word: string;
  readonly sounds: readonly string[];
  readonly weights: readonly (readonly number[])[];
}

interface Cell {
  readonly letter: string;
  readonly sound: string;
  readonly weight: number;
}

/** The picture as SVG and as PNG. */
export async function drawMaps(
  maps: readonly AttentionMap[],
  columns: number,
): Promise<{ readonly svg: string; readonly png: Uint8Array }> {
  const svg = await chartSvg(specification(maps, columns));
  return { svg, png: chartPng(svg) };
}

/** Places come first in a name, since a letter may stand twice in a word; labels leave them out. */
const placed = (name: string, place: number): string => `${String(place).padStart(2, "0")}${name}`;

function cellsOf({ word, sounds, weights }: AttentionMap): Cell[] {
  return weights.flatMap((row, t) =>
    row.map((weight, s) => ({
      letter: placed(word[s] ?? "", s),
      sound: placed(sounds[t] ?? "end", t),
      weight,
    })),
  );
}

function specification(maps: readonly AttentionMap[], columns: number): TopLevelSpec {
  const axis = { labelExpr: "slice(datum.label, 2)", labelAngle: 0, title: null, ticks: false };
  return {
    $schema: "https://vega.github.io/schema/vega-lite/v6.json",
    background: "white",
    columns,
    concat: maps.map((map) => ({
      title: map.word,
      width: { step: 22 },
      height: { step: 18 },
      data: { values: cellsOf(map) },
      mark: { type: "rect" as const },
      encoding: {
        x: { field: "letter", type: "ordinal" as const, axis: { ...axis, orient: "top" as const } },
        y: { field: "sound", type: "ordinal" as const, axis },
        color: {
          field: "weight",
          type: "quantitative" as const,
          scale: { range: ["#ffffff", "#08306b"], interpolate: "rgb" as const, domain: [0, 1] },
          legend: null,
        },
      },
    })),
    config: { font: "DejaVu Sans, Helvetica, Arial, sans-serif", view: { stroke: "#dddddd" } },
  };
}
