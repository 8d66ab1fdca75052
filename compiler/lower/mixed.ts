// Mixed precision: what products read and make is rounded to halves, which memory then holds, and the loss is scaled so that small
// gradients survive that (Micikevicius et al. 2018). Parameters, updates and sums stay float32.
import type { Context } from "../check/context.js";
import { Graph } from "../ir/graph.js";
import type { Attrs, Op, Value } from "../ir/op.js";
import type { Output, TrainStep } from "../ir/program.js";
import * as ops from "../ops/index.js";
import { alignedPair, castTo } from "../ops/build.js";

/**
 * A graph in which products read halves and make them; a bias is added before the product is rounded. Numbers are float32 again between
 * products, so that everything else has its precision; pulled back, each rounding rounds the cotangent at its place. Parameters are
 * read as they are.
 */
export class MixedGraph extends Graph {
  /** Products of the backward pass follow from those of the forward pass. */
  isForward = true;
  /** Products, and what a bias makes of them, before they are rounded. */
  readonly #fresh = new Set<Value>();
  readonly #halved = new Map<Value, Value>();

  override emit(op: Op, operands: readonly Value[], attrs: Attrs): Value {
    if (!this.isForward) return super.emit(op, operands, attrs);
    if (op.lower.kind === "contract") {
      const read = operands.map((x) => this.#half(x));
      return this.#made(super.emit(op, read, attrs));
    }
    if (this.#isBias(op, operands)) return this.#made(super.emit(op, operands, attrs));
    const read = operands.map((x) => (this.#fresh.has(x) ? this.#half(x) : x));
    return super.emit(op, read, attrs);
  }

  #made(value: Value): Value {
    if (value.type.dtype === "f32") this.#fresh.add(value);
    return value;
  }

  /** Whether an op only looks at a product, or combines it with nothing but parameters. */
  #isBias({ lower }: Op, operands: readonly Value[]): boolean {
    const others = operands.filter((x) => !this.#fresh.has(x));
    if (others.length === operands.length) return false;
    if (lower.kind === "view") return others.length === 0;
    return (
      lower.kind === "pointwise" && others.length + 1 === operands.length && others.every(isGiven)
    );
  }

  #half(x: Value): Value {
    if (x.type.dtype !== "f32" || isGiven(x) || isHalf(x) || x.op.lower.kind === "fused") return x;
    const known = this.#halved.get(x);
    if (known) return known;
    const half = super.emit(ops.cast.op, [x], { dtype: "f16" });
    const made = super.emit(ops.widen.op, [half], {});
    this.#halved.set(x, made);
    return made;
  }
}

/** Whether a value is there before the program runs, or is seen through views of what is. */
const isGiven = ({ op, operands }: Value): boolean =>
  op.lower.kind === "leaf" || (op.lower.kind === "view" && operands.every(isGiven));

/** Whether each number is a half already, or seen through views of such. */
const isHalf = ({ op, operands, type }: Value): boolean =>
  type.dtype === "f16" || (op.lower.kind === "view" && operands.every(isHalf));

/** The numbers of a run in mixed precision: by what its loss is multiplied, and for how many steps nothing overflowed. */
const scaleName = "loss scale";
const stepsName = "steps without overflow";

/** Where the scale begins, how far it grows, and after how many steps without overflow it doubles; as `torch.amp.GradScaler`. */
const scales = { start: 2 ** 16, most: 2 ** 24, after: 2000 } as const;

export const scalingNumbers: NonNullable<TrainStep["numbers"]> = [
  { name: scaleName, start: scales.start },
  { name: stepsName, start: 0 },
];

const numberLeaf = (graph: Graph, name: string): Value =>
  ops.leafOf(graph, { name, role: "state", dtype: "f32", shape: [] });

/** What the loss is multiplied by. */
export const lossScale = (graph: Graph): Value => numberLeaf(graph, scaleName);

/** Gradients of the loss from those of the scaled loss: scales are powers of two, so nothing is rounded. */
export const unscaled = (gradient: Value, scale: Value): Value =>
  ops.mul(...alignedPair(gradient, inverse(scale)));

/** By what the gradients of a scaled loss are multiplied to be those of the loss. */
export const inverse = (scale: Value): Value => ops.div(ops.fillLike(scale, 1), scale);

/**
 * Whether all gradients are numbers, as the result `finite`, and the numbers of the next step: after an overflow `scale` halves, and
 * from 1 it falls to 0, which tells that nothing helps.
 */
export function scalingOutputs(graph: Graph, gradients: Value, scale: Value): readonly Output[] {
  const number = (x: number): Value => ops.constantOf(graph, x, "f32");
  const wrong = ops.sum(castTo(ops.not(ops.isFinite(gradients)), "f32"), { axes: [0] });
  const isFine = ops.eq(wrong, number(0));
  const next = ops.add(numberLeaf(graph, stepsName), number(1));
  const isTime = ops.ge(next, number(scales.after));
  const grown = ops.minimum(ops.mul(scale, number(2)), number(scales.most));
  const halved = ops.mul(scale, number(0.5));
  const least = ops.select(ops.lt(halved, number(1)), number(0), halved);
  const kept = ops.select(isTime, grown, scale);
  const counted = ops.select(isTime, number(0), next);
  return [
    { name: "finite", role: "result", value: castTo(isFine, "f32") },
    { name: scaleName, role: "state", value: ops.select(isFine, kept, least) },
    { name: stepsName, role: "state", value: ops.select(isFine, counted, number(0)) },
  ];
}

/** The next content of a parameter or moment where the gradients are finite, else what it was. */
export function whereFinite(ctx: Context, next: Value, before: Value): Value {
  const finite = ctx.leaf({ name: "finite", role: "scalar", dtype: "f32", shape: [] });
  const isFine = ops.gt(finite, ops.fillLike(finite, 0));
  const { shape } = next.type;
  return ops.select(ops.broadcast(isFine, { shape, axes: [] }), next, before);
}
