// The reference: runs a program on the CPU in double precision, from the lowerings of its ops. The oracle of every numerical test.
import { InternalError } from "../ir/internal-error.js";
import { expand } from "../ir/fused.js";
import type { Requirement, Value } from "../ir/op.js";
import type { LeafSpec, Program, ScanSpec } from "../ir/program.js";
import { lastUses, upstream } from "../ir/topology.js";
import { evaluate as sizeOfDim, show, type Dim, type Sym } from "../types/dim.js";
import { runnerOf, type Runner, type SizeOf } from "./run.js";
import { runScan } from "./scan.js";
import { count, stored, type Tensor } from "./tensor.js";

/** What a run needs from outside. */
export interface Binding {
  /** The number that each free dim is. */
  readonly dims: ReadonlyMap<Sym, number>;
  /** The tensor of a leaf. */
  leaves(spec: LeafSpec): Tensor;
}

interface Step {
  readonly value: Value;
  readonly run: Runner | undefined;
  /** What nobody needs after this step. */
  readonly done: readonly Value[];
}

interface Prepared {
  readonly outputs: Program["outputs"];
  readonly steps: readonly Step[];
  readonly checks: readonly { readonly requirement: Requirement; readonly value: Value }[];
}

const prepared = new WeakMap<Program, Prepared>();

/** The results of a program by name. */
export function evaluate(program: Program, bind: Binding): Map<string, Tensor> {
  const results = evaluateAll(program, bind);
  return new Map(results.map((tensor, i) => [program.outputs[i]?.name ?? "", tensor]));
}

/** The results of a program in the order of its outputs. */
export function evaluateAll(program: Program, bind: Binding): Tensor[] {
  const memo = new Map<Dim, number>();
  const sizeOf: SizeOf = (d) => {
    const known = memo.get(d);
    if (known !== undefined) return known;
    const size = sizeOfDim(d, (sym) => bind.dims.get(sym));
    if (size === undefined) throw new InternalError(`the size ${show(d)} is not bound`);
    memo.set(d, size);
    return size;
  };
  return evaluateWith(program, { sizeOf, leaf: (spec) => bind.leaves(spec) });
}

/** What one evaluation has besides its program. */
interface Given {
  readonly sizeOf: SizeOf;
  readonly leaf: (spec: LeafSpec) => Tensor;
}

function evaluateWith(program: Program, given: Given): Tensor[] {
  const { outputs, steps, checks } = prepare(program);
  for (const { requirement, value } of checks) check(requirement, value, given.sizeOf);
  const tensors = new Map<Value, Tensor>();
  const scans = new Map<Program, Map<string, Tensor[]>>();
  for (const step of steps) {
    const { value } = step;
    const isScan = value.op.lower.kind === "scan";
    const made = isScan ? scanned(value, tensors, given, scans) : runStep(step, tensors, given);
    tensors.set(value, made);
    for (const used of step.done) tensors.delete(used);
  }
  return outputs.map(({ value }) => stored(found(tensors, value)));
}

/** A result of a scan; the others are computed with it and kept in `scans`. */
function scanned(
  value: Value,
  tensors: ReadonlyMap<Value, Tensor>,
  given: Given,
  scans: Map<Program, Map<string, Tensor[]>>,
): Tensor {
  const { body, result } = value.attrs as ScanSpec;
  const known = scans.get(body) ?? new Map<string, Tensor[]>();
  scans.set(body, known);
  const key = value.operands.map((o) => o.id).join(" ");
  let all = known.get(key);
  if (!all) {
    const operands = value.operands.map((operand) => found(tensors, operand));
    all = runScan(value, operands, given.sizeOf, (inner, leaf) =>
      evaluateWith(inner, { ...given, leaf }),
    );
    known.set(key, all);
  }
  const tensor = all[result];
  if (!tensor) throw new InternalError(`a scan has no result ${String(result)}`, value.spans);
  return tensor;
}

function prepare(given: Program): Prepared {
  const known = prepared.get(given);
  if (known) return known;
  const program = expand(given);
  const roots = program.outputs.map((o) => o.value);
  const order = upstream(roots);
  const done = lastUses(order, new Set(roots));
  const inUse = new Set(order);
  const made: Prepared = {
    outputs: program.outputs,
    steps: order.map((value, i) => ({
      value,
      run: isPrepared(value) ? runnerOf(value) : undefined,
      done: done[i] ?? [],
    })),
    checks: program.graph.pending.filter(({ value }) => inUse.has(value)),
  };
  prepared.set(given, made);
  return made;
}

/** Leaves are given, and scans run other programs. */
const isPrepared = ({ op }: Value): boolean => op.lower.kind !== "leaf" && op.lower.kind !== "scan";

function runStep(
  { value, run }: Step,
  tensors: ReadonlyMap<Value, Tensor>,
  { sizeOf, leaf }: Given,
): Tensor {
  const shape = value.type.shape.map(sizeOf);
  if (run) {
    const operands = value.operands.map((operand) => found(tensors, operand));
    return run(operands, shape, sizeOf);
  }
  const spec = value.attrs as LeafSpec;
  const given = leaf(spec);
  const isFitting = given.dtype === spec.dtype && String(given.shape) === String(shape);
  if (!isFitting || given.data.length !== count(shape)) {
    const [want, have] = [shape, given.shape].map((s) => `[${s.join(", ")}]`);
    throw new InternalError(
      `${spec.name} is ${given.dtype}${String(have)} instead of ${spec.dtype}${String(want)}`,
      value.spans,
    );
  }
  return stored(given);
}

function found(tensors: ReadonlyMap<Value, Tensor>, value: Value): Tensor {
  const tensor = tensors.get(value);
  if (!tensor) throw new InternalError(`${value.op.name} was not computed in time`, value.spans);
  return tensor;
}

function check({ relation, left, right, code }: Requirement, value: Value, sizeOf: SizeOf): void {
  const [l, r] = [sizeOf(left), sizeOf(right)];
  const holds = relation === "==" ? l === r : relation === "<=" ? l <= r : r % l === 0;
  if (holds) return;
  const [a, b] = [show(left), show(right)];
  throw new InternalError(
    `${value.op.name}: ${code}: ${a} ${relation} ${b} does not hold, being ${String(l)} and ${String(r)}`,
    value.spans,
  );
}
