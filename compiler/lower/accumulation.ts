// The mean of the gradients of several micro-batches, as programs over all gradients in a row.
import { Graph } from "../ir/graph.js";
import type { Value } from "../ir/op.js";
import type { Accumulation, Output, Program } from "../ir/program.js";
import * as ops from "../ops/index.js";
import { symbol, type Dim } from "../types/dim.js";
import { flatLength } from "./flat.js";

/** One update for `count` micro-batches, at least two. */
export function accumulationOf(count: number): Accumulation {
  const length = flatLength();
  const shape = [symbol(length)];
  const add = programOf((graph) => {
    const part = shareOf(graph, shape, count);
    const isFirst = ops.eq(scalarOf(graph), ops.constantOf(graph, 0, "i32"));
    const before = sumsOf(graph, shape);
    // What an earlier step left is not to be read, even where it is no number.
    const kept = ops.select(
      ops.broadcast(isFirst, { shape, axes: [] }),
      ops.fillLike(before, 0),
      before,
    );
    return { name: "sums", role: "state", value: ops.add(kept, part) };
  });
  const finish = programOf((graph) => {
    const part = shareOf(graph, shape, count);
    return { name: "g", role: "gradient", value: ops.add(sumsOf(graph, shape), part) };
  });
  return { count, length, add, finish };
}

function programOf(make: (graph: Graph) => Output): Program {
  const graph = new Graph();
  return { graph, outputs: [make(graph)] };
}

/** The part of the mean that the last micro-batch has. */
function shareOf(graph: Graph, shape: readonly Dim[], count: number): Value {
  const g = ops.leafOf(graph, { name: "g", role: "input", dtype: "f32", shape });
  return ops.mul(g, ops.fillLike(g, 1 / count));
}

const sumsOf = (graph: Graph, shape: readonly Dim[]): Value =>
  ops.leafOf(graph, { name: "sums", role: "state", dtype: "f32", shape });

const scalarOf = (graph: Graph): Value =>
  ops.leafOf(graph, { name: "micro-batch", role: "scalar", dtype: "i32", shape: [] });
