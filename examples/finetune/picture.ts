// The comparison as a picture: losses over the steps, and the losses of all seeds on the part that judges.
import { chartPng, chartSvg } from "../../cli/chart.js";
import { seedsOf, spreadOf, type Results } from "./results.js";

/** Draws a line for each way, and beside them a point for each of its seeds. */
export async function drawResults(
  results: Results,
): Promise<{ readonly svg: string; readonly png: Uint8Array }> {
  const { chosen } = results;
  const lines = chosen.flatMap((c) => {
    const seeds = seedsOf(results, c);
    const steps = seeds[0]?.choosing ?? [];
    // What the base knows before the first step is the same for all, and would flatten the rest.
    return steps.slice(1).map(({ step }, i) => ({
      way: c.way,
      step,
      loss: spreadOf(seeds.map((s) => s.choosing[i + 1]?.loss ?? NaN)).mean,
    }));
  });
  const points = chosen.flatMap((c) =>
    seedsOf(results, c).map(({ judging }) => ({ way: c.way, loss: judging })),
  );
  const order = chosen.map(({ way }) => way);
  const color = { field: "way", type: "nominal" as const, title: null, sort: order };
  const loss = (title: string) => ({
    field: "loss",
    type: "quantitative" as const,
    title,
    scale: { zero: false },
  });
  const svg = await chartSvg({
    $schema: "https://vega.github.io/schema/vega-lite/v5.json",
    title: "Names taught to a small LLaMA in five ways",
    hconcat: [
      {
        width: 420,
        height: 320,
        data: { values: lines },
        mark: { type: "line", point: true },
        encoding: {
          x: { field: "step", type: "quantitative", title: "step" },
          y: loss("loss on the choosing part, mean of the seeds"),
          color,
        },
      },
      {
        width: 220,
        height: 320,
        data: { values: points },
        mark: { type: "point", filled: true, size: 60 },
        encoding: {
          x: { field: "way", type: "nominal" as const, title: null, sort: order },
          y: loss("loss on the judging part, each seed"),
          color,
        },
      },
    ],
  });
  return { svg, png: chartPng(svg) };
}
