// Random graphs of floats: elementwise chains, reductions, products, views and gathers over a few small sizes.
import type { Graph } from "../../compiler/ir/graph.js";
import type { Value } from "../../compiler/ir/op.js";
import type { Output } from "../../compiler/ir/program.js";
import * as o from "../../compiler/ops/index.js";
import { constantOf, int, type Dim } from "../../compiler/types/dim.js";
import { tensor, type TensorType } from "../../compiler/types/tensor.js";

/** A graph with a scalar `loss`, some other outputs, and its inputs. */
export interface RandomGraph {
  readonly graph: Graph;
  readonly loss: Value;
  readonly outputs: readonly Output[];
  readonly inputs: readonly { readonly name: string; readonly type: TensorType }[];
}

const sizes = [1, 2, 3, 5, 7, 8, 9, 16, 17];

/** Emits about `count` values. Every value stays within a few units, so that tolerances mean something. */
export function randomGraph(graph: Graph, random: () => number, count = 24): RandomGraph {
  const pick = <T>(items: readonly T[]): T => {
    const item = items[Math.floor(random() * items.length)];
    if (item === undefined) throw new Error("nothing to pick");
    return item;
  };
  const [a, b] = [int(pick(sizes)), int(pick(sizes))];
  const inputs: { name: string; type: TensorType }[] = [];
  const input = (shape: readonly Dim[]): Value => {
    const type = tensor("f32", shape);
    const name = `x${String(inputs.length)}`;
    inputs.push({ name, type });
    return o.leafOf(graph, { name, role: "input", dtype: "f32", shape });
  };
  const pool: Value[] = [input([a, b]), input([a, b]), input([b, a])];
  const twin = (v: Value): Value =>
    pick(
      pool.filter(
        (w) => w.type.shape.map((d) => d.key).join() === v.type.shape.map((d) => d.key).join(),
      ),
    );
  const moves: readonly ((v: Value) => Value)[] = [
    (v) => o.tanh(v),
    (v) => o.sigmoid(v),
    (v) => o.tanh(o.add(v, twin(v))),
    (v) => o.mul(v, o.sigmoid(twin(v))),
    (v) => o.sub(v, twin(v)),
    (v) => o.neg(v),
    (v) => transposed(v),
    (v) => softmax(v),
    (v) => normal(v),
    (v) => product(v, pick(pool)),
    (v) => o.reshape(v, { shape: [...v.type.shape].reverse() }),
    (v) => flipped(v),
    (v) => o.select(o.gt(v, twin(v)), v, o.tanh(twin(v))),
  ];
  while (graph.values.length < count) pool.push(pick(moves)(pick(pool)));
  const loss = pool
    .slice(-3)
    .map(total)
    .reduce((x, y) => o.add(x, y));
  const outputs = pool
    .slice(-2)
    .map((value, i): Output => ({ name: `out${String(i)}`, role: "result", value }));
  return { graph, loss, outputs, inputs };
}

const transposed = (v: Value): Value => o.transpose(v, { perm: [1, 0] });

const columns = (v: Value): number => constantOf(v.type.shape[1] ?? int(1)) ?? 1;

/** Spreads one number for each row over the row again. */
const spread = (row: Value, like: Value): Value =>
  o.broadcast(row, { shape: like.type.shape, axes: [0] });

function softmax(v: Value): Value {
  const e = o.exp(o.sub(v, spread(o.max(v, { axes: [1] }), v)));
  return o.div(e, spread(o.sum(e, { axes: [1] }), v));
}

function normal(v: Value): Value {
  const scale = o.constantOf(v.graph, 1 / columns(v), "f32");
  const mean = o.mul(
    o.sum(v, { axes: [1] }),
    o.broadcast(scale, { shape: v.type.shape.slice(0, 1), axes: [] }),
  );
  const centred = o.sub(v, spread(mean, v));
  const variance = o.sum(o.mul(centred, centred), { axes: [1] });
  const one = o.broadcast(o.constantOf(v.graph, 1, "f32"), {
    shape: v.type.shape.slice(0, 1),
    axes: [],
  });
  return o.mul(centred, spread(o.rsqrt(o.add(variance, one)), v));
}

/** `v @ w` where shapes meet, else `v @ v.T`. */
function product(v: Value, w: Value): Value {
  const meets = v.type.shape[1]?.key === w.type.shape[0]?.key;
  return o.tanh(
    meets
      ? o.contract(v, w, { left: "ij", right: "jk", out: "ik" })
      : o.contract(v, v, { left: "ij", right: "kj", out: "ik" }),
  );
}

const flipped = (v: Value): Value => {
  const [rows = int(1), width = int(1)] = v.type.shape;
  return o.slice(v, {
    starts: [int(0), int(columns(v) - 1)],
    steps: [1, -1],
    shape: [rows, width],
  });
};

const total = (v: Value): Value => o.sum(o.mul(v, v), { axes: [0, 1] });
