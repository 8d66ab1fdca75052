// Numbers for tests: seeded random tensors, programs from samples, and differences.
import { seeded } from "../../cli/testing/random.js";
import { leafOf } from "../../compiler/ops/leaf.js";
import { Graph } from "../../compiler/ir/graph.js";
import type { Op, Sample, Value } from "../../compiler/ir/op.js";
import type { LeafSpec, Program } from "../../compiler/ir/program.js";
import { evaluateAll } from "../../compiler/reference/evaluate.js";
import { get, tensorOf, type Tensor } from "../../compiler/reference/tensor.js";
import { constantOf } from "../../compiler/types/dim.js";
import { isFloat } from "../../compiler/types/dtype.js";
import type { TensorType } from "../../compiler/types/tensor.js";

/** Random numbers in [0, 1) from a seed. */
export function randomFrom(seed: number): () => number {
  const random = seeded(seed);
  return () => random.fraction();
}

/** The sizes of a type whose dims are constants. */
export const sizesOf = (type: TensorType): number[] =>
  type.shape.map((d) => constantOf(d) ?? Number.NaN);

const count = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

/** A random tensor: floats in a range, integers in [0, 5), booleans. */
export function randomTensor(
  type: TensorType,
  random: () => number,
  [low, high]: readonly [number, number] = [-2, 2],
): Tensor {
  const shape = sizesOf(type);
  const draw = (): number => {
    if (type.dtype === "bool") return Number(random() < 0.5);
    return isFloat(type.dtype) ? low + (high - low) * random() : Math.floor(random() * 5);
  };
  return tensorOf(type.dtype, shape, Array.from({ length: count(shape) }, draw));
}

/** A sample as a graph whose inputs are named `x0`, `x1`, …, and tensors for them. */
export interface Case {
  readonly graph: Graph;
  readonly inputs: readonly Value[];
  readonly out: Value;
  readonly tensors: Map<string, Tensor>;
}

/** Emits a sample of a record and draws what it feeds it. */
export function caseOf(record: Op, sample: Sample, seed: number): Case {
  const graph = new Graph();
  const random = randomFrom(seed);
  const tensors = new Map<string, Tensor>();
  const inputs = sample.operands.map((type, i) => {
    const name = `x${String(i)}`;
    const exact = sample.values?.[i];
    tensors.set(
      name,
      exact
        ? tensorOf(type.dtype, sizesOf(type), exact)
        : randomTensor(type, random, sample.between),
    );
    return inputOf(graph, name, type);
  });
  return { graph, inputs, out: graph.emit(record, inputs, sample.attrs), tensors };
}

/** Emits an input. */
export const inputOf = (graph: Graph, name: string, type: TensorType): Value =>
  leafOf(graph, { name, role: "input", dtype: type.dtype, shape: type.shape });

/** Evaluates values of one graph whose dims are constants. */
export function run(
  graph: Graph,
  values: readonly Value[],
  tensors: ReadonlyMap<string, Tensor>,
): Tensor[] {
  const outputs = values.map((value, i) => ({ name: String(i), role: "result" as const, value }));
  const program: Program = { graph, outputs };
  return evaluateAll(program, { dims: new Map(), leaves: (spec) => given(tensors, spec) });
}

function given(tensors: ReadonlyMap<string, Tensor>, spec: LeafSpec): Tensor {
  const tensor = tensors.get(spec.name);
  if (!tensor) throw new Error(`no tensor for ${spec.name}`);
  return tensor;
}

/** Sum of products. */
export const dot = (a: Tensor, b: Tensor): number =>
  Array.from(a.data).reduce((total, x, i) => total + x * get(b.data, i), 0);

/** The tensor moved by `step` along `direction`. */
export const moved = (x: Tensor, direction: Tensor, step: number): Tensor =>
  tensorOf(
    x.dtype,
    x.shape,
    Array.from(x.data, (value, i) => value + step * get(direction.data, i)),
  );

/** Whether two numbers agree to a relative or an absolute tolerance. */
export const isClose = (a: number, b: number, relative: number, absolute: number): boolean =>
  Math.abs(a - b) <= absolute + relative * Math.max(Math.abs(a), Math.abs(b));
