// What a compiled model costs: parameters by layer, and work, results and unstored windows of each entry, as formulas in its free dims.
import type { Value } from "../ir/op.js";
import type { Compiled, Entry, Program, VariableSpec } from "../ir/program.js";
import { upstream } from "../ir/topology.js";
import { flopsOf } from "../ops/flops.js";
import {
  add,
  evaluate,
  freshSym,
  int,
  numel,
  scale,
  symbol,
  symOf,
  symsOf,
  type Dim,
} from "../types/dim.js";

/** The parameters and states that a layer declares itself. */
export interface LayerCost {
  /** Path of the layer; empty for the model. */
  readonly path: string;
  readonly parameters: number;
  readonly trained: number;
  readonly states: number;
}

/** What one call of an entry, or one step of training, takes. */
export interface ProgramCost {
  readonly name: string;
  /** Scalar operations. */
  readonly flops: Dim;
  /** Bytes of inputs. */
  readonly inputs: Dim;
  /** Bytes of results and gradients. */
  readonly results: Dim;
  /** Bytes that windows would take if they were stored, as im2col does; they are read in place. */
  readonly windows: Dim;
}

/** What a model costs. */
export interface ModelCost {
  readonly name: string;
  readonly layers: readonly LayerCost[];
  readonly programs: readonly ProgramCost[];
}

/** Bytes of one element: everything is stored in words of 32 bits. */
const wordBytes = 4;

/** The costs of a compiled model. */
export const costOf = ({ name, variables, entries, steps }: Compiled): ModelCost => ({
  name,
  layers: layersOf(variables),
  programs: [...entries, ...steps].map(programCost),
});

function layersOf(variables: readonly VariableSpec[]): readonly LayerCost[] {
  const layers = new Map<string, LayerCost>();
  for (const { path, role, shape, isTrainable } of variables) {
    const layer = path.split(".").slice(0, -1).join(".");
    const count = shape.reduce((a, b) => a * b, 1);
    const before = layers.get(layer) ?? { path: layer, parameters: 0, trained: 0, states: 0 };
    layers.set(layer, {
      path: layer,
      parameters: before.parameters + (role === "parameter" ? count : 0),
      trained: before.trained + (isTrainable ? count : 0),
      states: before.states + (role === "state" ? count : 0),
    });
  }
  return [...layers.values()];
}

function programCost({ name, signature, program }: Entry): ProgramCost {
  const values = upstream(program.outputs.map((o) => o.value));
  const inputs = signature.inputs.filter(({ role }) => role === "input");
  return {
    name,
    flops: add(int(0), ...values.map(flopsOf)),
    inputs: bytesOf(inputs.map(({ shape }) => shape)),
    results: bytesOf(resultsOf(program).map((v) => v.type.shape)),
    windows: bytesOf(windowsIn(values).map((v) => v.type.shape)),
  };
}

const resultsOf = ({ outputs }: Program): readonly Value[] =>
  outputs.filter((o) => o.role === "result" || o.role === "gradient").map((o) => o.value);

const bytesOf = (shapes: readonly (readonly Dim[])[]): Dim =>
  scale(add(int(0), ...shapes.map((shape) => numel(shape))), wordBytes);

/** Tensors of windows that a program reads in place: what views make of a smaller tensor on the way to a value that is computed. */
function windowsIn(values: readonly Value[]): readonly Value[] {
  const ends = new Set(
    values.flatMap((v) => (v.op.lower.kind === "view" ? [] : v.operands)).filter(isView),
  );
  return [...ends].filter((end) => {
    const chain = viewsTo(end);
    const source = chain.at(-1)?.operands[0];
    const grows = source && isLarger(numel(end.type.shape), numel(source.type.shape));
    return grows === true && chain.some(slides);
  });
}

const isView = ({ op, operands }: Value): boolean =>
  op.lower.kind === "view" && operands.length === 1;

/** A view and the views under it, down to what is stored. */
function viewsTo(end: Value): readonly Value[] {
  const [source] = end.operands;
  return isView(end) && source ? [end, ...viewsTo(source)] : [];
}

/** Whether a view reads along one axis from where another says, as windows do: a place of both is a place, and one stays as it is. */
function slides({ op, operands, type, attrs }: Value): boolean {
  if (op.lower.kind !== "view") return false;
  const out = type.shape.map((_, i) => symbol(freshSym(`i${String(i)}`)));
  const own = new Set(out.flatMap((d) => [...symsOf(d)]));
  const context = { operands: operands.map((o) => o.type), result: type, lookup: () => int(0) };
  return op.lower.pieces(out, context, attrs).some(({ index }) => {
    const alone = new Set(index.flatMap((d) => symOf(d) ?? []));
    const mixed = index.filter((d) => [...symsOf(d)].filter((s) => own.has(s)).length > 1);
    return mixed.some((d) => [...symsOf(d)].some((s) => alone.has(s)));
  });
}

/** Whether one size is the larger for large free dims. */
const isLarger = (a: Dim, b: Dim): boolean =>
  (evaluate(a, () => nominal) ?? 0) > (evaluate(b, () => nominal) ?? 0);

const nominal = 4096;
