// Charts as pictures: Vega draws them, and pixels come out the same on machines without fonts.
import { parse, View } from "vega";
import { compile, type TopLevelSpec } from "vega-lite";
import { renderPng } from "./png.js";

/** A chart as SVG. */
export const chartSvg = (chart: TopLevelSpec): Promise<string> =>
  new View(parse(compile(chart).spec), { renderer: "none" }).toSVG();

/** The pixels of a chart, on white. */
export const chartPng = (svg: string): Uint8Array =>
  renderPng(svg, { file: "DejaVuSans.ttf", family: "DejaVu Sans" }, { background: "white" });
