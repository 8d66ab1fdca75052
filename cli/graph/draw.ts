// Draws the picture of an entry as SVG: ELK places the boxes, this file prints them. Nothing here touches Node, so a page can use it.
import type { ElkExtendedEdge, ElkNode } from "elkjs/lib/elk-api.js";
import type { Box, Picture } from "../../compiler/queries/picture.js";

/** The part of ELK that is used; a page brings its own worker-less build. */
export interface Layouter {
  layout(graph: ElkNode): Promise<ElkNode>;
}

/** Colours of a drawing. */
export interface Ink {
  readonly paper: string;
  readonly text: string;
  readonly faint: string;
  readonly line: string;
  /** Boxes from the outermost in. */
  readonly fills: readonly [string, ...string[]];
  readonly input: string;
  readonly result: string;
}

/** On white paper. */
export const lightInk: Ink = {
  paper: "#ffffff",
  text: "#1c2024",
  faint: "#60646c",
  line: "#8b8d98",
  fills: ["#f0f4fe", "#ffffff", "#f0f4fe"],
  input: "#e6f6eb",
  result: "#fff1d6",
};

/** On a dark screen. */
export const darkInk: Ink = {
  paper: "#15171a",
  text: "#edeef0",
  faint: "#a9adb5",
  line: "#6b6f78",
  fills: ["#1e2533", "#15171a", "#1e2533"],
  input: "#16301f",
  result: "#3a2d12",
};

/** Advance of a character of the monospace font, in em. */
const advance = 0.602;
const size = 13;
const small = 11;

/** The picture as an SVG document. */
export async function drawPicture(
  picture: Picture,
  elk: Layouter,
  ink: Ink = lightInk,
): Promise<string> {
  const details = new Map<string, Box>();
  const root = await elk.layout({
    id: "root",
    layoutOptions: {
      "elk.algorithm": "layered",
      "elk.direction": "DOWN",
      "elk.hierarchyHandling": "INCLUDE_CHILDREN",
      "elk.layered.spacing.nodeNodeBetweenLayers": "34",
      "elk.spacing.nodeNode": "24",
      "elk.spacing.edgeNode": "16",
      "elk.spacing.edgeLabel": "4",
      "elk.edgeLabels.inline": "false",
      "elk.padding": "[top=16,left=16,bottom=16,right=16]",
    },
    children: picture.boxes.map((box) => nodeOf(box, details)),
    edges: picture.flows.map(({ from, to, types }, i): ElkExtendedEdge => {
      const text = types.length > 2 ? `${types[0] ?? ""}, …` : types.join(", ");
      const label = { text, width: widthOf(text, small), height: small + 4 };
      return { id: `flow ${String(i)}`, sources: [from], targets: [to], labels: [label] };
    }),
  });
  const [width, height] = [Math.ceil(root.width ?? 0), Math.ceil(root.height ?? 0)];
  const nodes = (root.children ?? []).map((node) => drawNode(node, details, ink, 0)).join("");
  const places = new Map<string, Point>();
  findPlaces(root, { x: 0, y: 0 }, places);
  const edges = (root.edges ?? []).map((edge) => drawEdge(edge, places, ink)).join("");
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${String(width)} ${String(height)}" width="${String(width)}" height="${String(height)}" font-family="DejaVu Sans Mono, ui-monospace, monospace" role="img" aria-label="${escape(picture.name)}">
<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0L8 4L0 8z" fill="${ink.line}"/></marker></defs>
<rect width="100%" height="100%" fill="${ink.paper}"/>
${nodes}${edges}</svg>
`;
}

const widthOf = (text: string, at: number): number => Math.ceil([...text].length * at * advance);

/** The lines of a box: its call, and what is known of it. */
function linesOf({ label, parameters, times, place }: Box): readonly [string, string] {
  const facts = [
    ...(times > 1 ? [`× ${String(times)}`] : []),
    ...(parameters > 0 ? [`${parameters.toLocaleString("en")} parameters`] : []),
    ...(place === undefined ? [] : [place.replace(/^.*\//, "")]),
  ];
  return [label, facts.join(" · ")];
}

function nodeOf(box: Box, details: Map<string, Box>): ElkNode {
  details.set(box.id, box);
  const [first, second] = linesOf(box);
  const width = Math.max(widthOf(first, size), widthOf(second, small)) + 24;
  const height = second === "" ? 30 : 46;
  if (box.inside.length === 0) return { id: box.id, width, height };
  return {
    id: box.id,
    layoutOptions: {
      "elk.padding": `[top=${String(height + 8)},left=14,bottom=14,right=14]`,
      "elk.nodeSize.constraints": "MINIMUM_SIZE",
      "elk.nodeSize.minimum": `(${String(width)}, ${String(height)})`,
    },
    children: box.inside.map((inner) => nodeOf(inner, details)),
  };
}

function drawNode(
  node: ElkNode,
  details: ReadonlyMap<string, Box>,
  ink: Ink,
  depth: number,
): string {
  const { id, x = 0, y = 0, width = 0, height = 0, children = [] } = node;
  const box = details.get(id);
  if (!box) return "";
  const [first, second] = linesOf(box);
  const fill =
    box.kind === "call" ? (ink.fills[depth % ink.fills.length] ?? ink.paper) : ink[box.kind];
  const isRound = box.kind !== "call";
  const inner = children.map((child) => drawNode(child, details, ink, depth + 1)).join("");
  return `<g transform="translate(${round(x)} ${round(y)})"><rect width="${round(width)}" height="${round(height)}" rx="${isRound ? "14" : "5"}" fill="${fill}" stroke="${ink.line}"/>
<text x="12" y="20" font-size="${String(size)}" fill="${ink.text}">${escape(first)}</text>${second === "" ? "" : `<text x="12" y="37" font-size="${String(small)}" fill="${ink.faint}">${escape(second)}</text>`}
${inner}</g>`;
}

interface Point {
  readonly x: number;
  readonly y: number;
}

/** Where each box lies on the paper. */
function findPlaces(node: ElkNode, origin: Point, places: Map<string, Point>): void {
  const at = { x: origin.x + (node.x ?? 0), y: origin.y + (node.y ?? 0) };
  places.set(node.id, at);
  for (const child of node.children ?? []) findPlaces(child, at, places);
}

/** ELK gives the bends of an edge relative to the box that holds both of its ends, which it calls the container. */
function drawEdge(edge: ElkExtendedEdge, places: ReadonlyMap<string, Point>, ink: Ink): string {
  const { container } = edge as ElkExtendedEdge & { readonly container?: string };
  const { x, y } = places.get(container ?? "root") ?? { x: 0, y: 0 };
  const paths = (edge.sections ?? []).map(({ startPoint, bendPoints = [], endPoint }) => {
    const points = [startPoint, ...bendPoints, endPoint];
    const way = points.map((p, i) => `${i === 0 ? "M" : "L"}${round(x + p.x)} ${round(y + p.y)}`);
    return `<path d="${way.join("")}" fill="none" stroke="${ink.line}" marker-end="url(#tip)"/>`;
  });
  const labels = (edge.labels ?? []).map(
    (label) =>
      `<text x="${round(x + (label.x ?? 0))}" y="${round(y + (label.y ?? 0) + small)}" font-size="${String(small)}" fill="${ink.faint}" stroke="${ink.paper}" stroke-width="3" paint-order="stroke">${escape(label.text ?? "")}</text>`,
  );
  return `${paths.join("")}${labels.join("")}\n`;
}

const round = (x: number): string => String(Math.round(x * 10) / 10);

const escape = (text: string): string =>
  text.replace(/[&<>"]/g, (c) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;" })[c] ?? "&quot;");
