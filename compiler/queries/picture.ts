// The picture of an entry as data: its calls as boxes inside of one another, what flows between them with its type.
import type { Span } from "../../grammar/source.js";
import type { Value } from "../ir/op.js";
import type { Entry, LeafSpec } from "../ir/program.js";
import { upstream } from "../ir/topology.js";
import { constantOf, numel } from "../types/dim.js";
import { showType } from "../types/tensor.js";
import { oneLine } from "./tree.js";

/** A box: a call of the source with what it calls, an input, or a result. What runs many times is drawn once. */
export interface Box {
  readonly id: string;
  readonly kind: "input" | "call" | "result";
  readonly label: string;
  /** Where it stands, such as `gpt.dl:12`; absent for inputs and results. */
  readonly place?: string;
  /** Numbers in the parameters that it reads itself. */
  readonly parameters: number;
  /** How often it runs. */
  readonly times: number;
  readonly inside: readonly Box[];
}

/** Something that flows from one box to another. */
export interface Flow {
  readonly from: string;
  readonly to: string;
  /** Types of all values on the way, each once. */
  readonly types: readonly string[];
}

/** The picture of an entry. */
export interface Picture {
  readonly name: string;
  readonly boxes: readonly Box[];
  readonly flows: readonly Flow[];
}

/** A box while it is drawn. */
interface Draft {
  readonly id: string;
  readonly kind: Box["kind"];
  readonly label: string;
  readonly span?: Span;
  readonly inside: Map<string, Draft>;
  readonly parameters: Set<Value>;
  /** Runs of each op in it. What most of them have is how often the box runs: ops that are the same in every round are shared. */
  readonly runs: Map<string, number>;
}

const draft = (id: string, kind: Box["kind"], label: string, span?: Span): Draft => ({
  id,
  kind,
  label,
  ...(span ? { span } : {}),
  inside: new Map(),
  parameters: new Set(),
  runs: new Map(),
});

/** The picture of an entry, with boxes up to `depth` inside of one another. */
export function pictureOf({ name, program }: Entry, depth: number): Picture {
  const root = draft("", "call", name);
  const home = new Map<Value, Draft>();
  const flows = new Map<string, { from: string; to: string; types: Set<string> }>();
  const flow = (value: Value, to: Draft): void => {
    const from = home.get(value);
    if (!from || from === to) return;
    const key = `${from.id} ${to.id}`;
    const known = flows.get(key) ?? { from: from.id, to: to.id, types: new Set<string>() };
    flows.set(key, known);
    known.types.add(showType(value.type));
  };
  for (const value of upstream(program.outputs.map((o) => o.value))) {
    const spec = leafOf(value);
    if (spec) {
      if (spec.role === "input") home.set(value, inputBox(root, spec.name));
      continue;
    }
    const box = boxFor(root, value, depth);
    if (!box) continue;
    home.set(value, box);
    for (const operand of value.operands) {
      if (leafOf(operand)?.role === "parameter") box.parameters.add(operand);
      flow(operand, box);
    }
  }
  for (const { name: result, role, value } of program.outputs) {
    if (role !== "result") continue;
    const box = draft(`result ${result}`, "result", result);
    root.inside.set(box.id, box);
    flow(value, box);
  }
  const drawn = [...flows.values()].map(({ from, to, types }) => ({ from, to, types: [...types] }));
  return { name, boxes: [...root.inside.values()].map(finished), flows: drawn };
}

const leafOf = (value: Value): LeafSpec | undefined =>
  value.op.lower.kind === "leaf" ? (value.attrs as LeafSpec) : undefined;

function inputBox(root: Draft, name: string): Draft {
  const id = `input ${name}`;
  const box = root.inside.get(id) ?? draft(id, "input", name);
  root.inside.set(id, box);
  return box;
}

/** The box of a value: one for each call on the way to it, outermost first, as deep as is drawn. */
function boxFor(root: Draft, { spans, op }: Value, depth: number): Draft | undefined {
  const way = [...spans].reverse().slice(0, depth);
  const [innermost] = spans;
  let at = root;
  for (const span of way) {
    const id = `${at.id}/${span.file.path}:${String(span.start)}-${String(span.end)}`;
    const next = at.inside.get(id) ?? draft(id, "call", labelOf(span), span);
    at.inside.set(id, next);
    at = next;
  }
  if (at === root || !innermost) return undefined;
  const run = `${innermost.file.path}:${String(innermost.start)}:${String(spans.length)} ${op.name}`;
  at.runs.set(run, (at.runs.get(run) ?? 0) + 1);
  return at;
}

function labelOf(span: Span): string {
  const text = oneLine(span);
  return text.length > 44 ? `${text.slice(0, 42)}…` : text;
}

function finished({ id, kind, label, span, inside, parameters, runs }: Draft): Box {
  const boxes = [...inside.values()].map(finished);
  const counts = [...runs.values(), ...boxes.map(({ times }) => times)];
  return {
    id,
    kind,
    label,
    ...(span ? { place: `${span.file.path}:${String(lineOf(span))}` } : {}),
    parameters: [...parameters].reduce((sum, v) => sum + (constantOf(numel(v.type.shape)) ?? 0), 0),
    times: mostCommon(counts),
    inside: boxes,
  };
}

/** The number that occurs most often, the smaller of two; 1 where there is none. */
function mostCommon(counts: readonly number[]): number {
  const often = (n: number): number => counts.filter((m) => m === n).length;
  const [first = 1] = [...counts].sort((a, b) => often(b) - often(a) || a - b);
  return first;
}

const lineOf = ({ file, start }: Span): number => file.text.slice(0, start).split("\n").length;
