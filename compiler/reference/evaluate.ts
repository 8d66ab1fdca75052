// The reference: runs a program on the CPU in double precision, from the lowerings of its ops. The oracle of every numerical test.
import { InternalError } from "../ir/internal-error.js";
import type { Requirement, Value } from "../ir/op.js";
import type { LeafSpec, Program } from "../ir/program.js";
import { lastUses, upstream } from "../ir/topology.js";
import { evaluate as sizeOfDim, show, type Dim, type Sym } from "../types/dim.js";
import { runnerOf, type Runner, type SizeOf } from "./run.js";
import { count, type Tensor } from "./tensor.js";

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
  const { steps, checks } = prepare(program);
  const memo = new Map<Dim, number>();
  const sizeOf: SizeOf = (d) => {
    const known = memo.get(d);
    if (known !== undefined) return known;
    const size = sizeOfDim(d, (sym) => bind.dims.get(sym));
    if (size === undefined) throw new InternalError(`the size ${show(d)} is not bound`);
    memo.set(d, size);
    return size;
  };
  for (const { requirement, value } of checks) check(requirement, value, sizeOf);
  const tensors = new Map<Value, Tensor>();
  for (const step of steps) {
    tensors.set(step.value, runStep(step, tensors, bind, sizeOf));
    for (const value of step.done) tensors.delete(value);
  }
  return program.outputs.map(({ value }) => found(tensors, value));
}

function prepare(program: Program): Prepared {
  const known = prepared.get(program);
  if (known) return known;
  const roots = program.outputs.map((o) => o.value);
  const order = upstream(roots);
  const done = lastUses(order, new Set(roots));
  const inUse = new Set(order);
  const made: Prepared = {
    steps: order.map((value, i) => ({
      value,
      run: value.op.lower.kind === "leaf" ? undefined : runnerOf(value),
      done: done[i] ?? [],
    })),
    checks: program.graph.pending.filter(({ value }) => inUse.has(value)),
  };
  prepared.set(program, made);
  return made;
}

function runStep(
  { value, run }: Step,
  tensors: ReadonlyMap<Value, Tensor>,
  bind: Binding,
  sizeOf: SizeOf,
): Tensor {
  const shape = value.type.shape.map(sizeOf);
  if (run) {
    const operands = value.operands.map((operand) => found(tensors, operand));
    return run(operands, shape, sizeOf);
  }
  const spec = value.attrs as LeafSpec;
  const given = bind.leaves(spec);
  const isFitting = given.dtype === spec.dtype && String(given.shape) === String(shape);
  if (!isFitting || given.data.length !== count(shape)) {
    const [want, have] = [shape, given.shape].map((s) => `[${s.join(", ")}]`);
    throw new InternalError(
      `${spec.name} is ${given.dtype}${String(have)} instead of ${spec.dtype}${String(want)}`,
      value.spans,
    );
  }
  return given;
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
