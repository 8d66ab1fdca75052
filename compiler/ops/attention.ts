// Scaled dot-product attention that stores no scores (Dao et al. 2022), and its pullback.
import { op, type OpFn } from "../ir/graph.js";
import type { Op, Sample, Template, Value } from "../ir/op.js";
import * as dims from "../types/dim.js";
import type { Dim } from "../types/dim.js";
import type { TensorType } from "../types/tensor.js";
import { sum } from "./broadcast.js";
import { Attended, gradientsOf, mixed, rolesOf, scoresOf, typeOf } from "./attend.js";
import type { AttendAttrs, Role } from "./attend.js";
import { mul } from "./elementwise.js";
import { numberIn } from "./leaf.js";
import { item } from "./rules.js";
import { bool, f32 } from "./samples.js";
import { logSumExpOf } from "./softmax.js";

type Attend = OpFn<readonly Value[], AttendAttrs>;
type Record = Op<readonly Value[], AttendAttrs>;

/** What differs between the records. */
interface Parts extends Pick<Record, "name" | "doc" | "vjp"> {
  readonly template: Template;
  readonly result: number;
  /** The role whose axes the result has. */
  readonly like: Role;
  readonly define: (use: Attended) => Value;
  /** Widths of the products that are taken for each pair of a query and a key. */
  readonly widths: (k: Dim, v: Dim) => readonly Dim[];
}

/** Operations on one score besides products: scaling, exponential, sums. */
const perScore = 6;

function attend({ template, result, like, define, widths, ...rest }: Parts): Attend {
  const emit: Attend = op<readonly Value[], AttendAttrs>({
    ...rest,
    operands: [...rolesOf(template, { causal: false, bias: false, mask: false }), "slots"],
    isVariadic: true,
    type: (operands, attrs) => typeOf(template, like, operands, attrs),
    lower: {
      kind: "fused",
      template,
      result,
      definition: (args, attrs) => define(new Attended(template, args, attrs)),
    },
    simplify: (args, attrs) => withoutSlots(emit, template, args, attrs),
    flops: ([q, k, v]) => work(widths, q, k, v),
    samples: samplesOf(template, like === "norm" ? "places" : "rows"),
  });
  return emit;
}

function work(widths: Parts["widths"], ...types: readonly (TensorType | undefined)[]): Dim {
  const [q = [], k = [], v = []] = types.map((type) => type?.shape);
  const products = widths(k.at(-1) ?? dims.int(1), v.at(-1) ?? dims.int(1));
  const each = dims.add(...products.map((width) => dims.scale(width, 2)), dims.int(perScore));
  return dims.mul(...q.slice(0, -1), k.at(-2) ?? dims.int(1), each);
}

/** The same without a bias of zeros and a mask that hides nothing; null where there is neither. */
function withoutSlots(
  emit: Attend,
  template: Template,
  args: readonly Value[],
  attrs: AttendAttrs,
): Value | null {
  const roles = rolesOf(template, attrs);
  const isIdle = (role: Role, i: number): boolean =>
    (role === "bias" && numberIn(item(args, i)) === 0) ||
    (role === "mask" && numberIn(item(args, i)) === 1);
  const idle = roles.filter(isIdle);
  if (idle.length === 0) return null;
  const kept = args.filter((_, i) => !isIdle(item(roles, i), i));
  const has = (role: "bias" | "mask"): boolean => attrs[role] && !idle.includes(role);
  return emit(...kept, { ...attrs, bias: has("bias"), mask: has("mask") });
}

/** Two batches of three queries and four keys, with and without slots. */
function samplesOf(template: Template, hides: "rows" | "places"): readonly Sample<AttendAttrs>[] {
  const types: Readonly<{ [R in Role]: TensorType }> = {
    q: f32(2, 3, 3),
    k: f32(2, 4, 3),
    v: f32(2, 4, 3),
    g: f32(2, 3, 3),
    norm: f32(2, 3),
    delta: f32(2, 3),
    bias: f32(2, 3, 4),
    mask: bool(2, 3, 4),
  };
  const of = (attrs: AttendAttrs): Sample<AttendAttrs> => {
    const roles = rolesOf(template, attrs);
    const at = roles.indexOf("mask");
    // The second row of the first batch may attend to nothing.
    const second = hides === "rows" ? [0, 0, 0, 0] : [0, 0, 1, 0];
    const mask = [1, 0, 1, 1, ...second, 0, 1, 0, 0, 1, 1, 1, 1, 0, 1, 1, 0, 1, 0, 1, 1];
    return {
      operands: roles.map((role) => types[role]),
      attrs,
      ...(at >= 0 ? { values: { [at]: mask } } : {}),
    };
  };
  return [
    of({ causal: false, bias: false, mask: false }),
    of({ causal: true, bias: true, mask: false }),
    of({ causal: false, bias: true, mask: true }),
  ];
}

/** `softmax(q @ k.T + bias) @ v` over the last two axes, masked. */
export const attention: Attend = attend({
  name: "attention",
  doc: "Weights of keys for each query times values: `softmax(q @ k.T + bias) @ v`, masked; rows that may attend to nothing give zeros.",
  template: "attend",
  result: 0,
  like: "g",
  define: mixed,
  widths: (k, v) => [k, v],
  vjp: (g, args, out, attrs) => {
    const norm = attentionNorm(...args, attrs);
    const delta = sum(mul(g, out), { axes: [g.type.shape.length - 1] });
    const backward = [...args.slice(0, 3), g, norm, delta, ...args.slice(3)];
    const gradients = [attentionQueries, attentionKeys, attentionValues].map((emit) =>
      emit(...backward, attrs),
    );
    const slots = attrs.bias ? [attentionScores(backward, attrs)] : [];
    return [...gradients, ...slots, ...(attrs.mask ? [null] : [])];
  },
});

/** The logarithm of the sum of the exponentials of each query's scores. */
export const attentionNorm: Attend = attend({
  name: "attention_norm",
  doc: "Logarithm of the sum of exponentials of a query's scores in `attention`, which its pullback needs.",
  template: "attend",
  result: 1,
  like: "norm",
  define: (use) => {
    const { scores } = scoresOf(use);
    return logSumExpOf(scores, [scores.type.shape.length - 1]);
  },
  // It comes with the result.
  widths: () => [],
});

/** The cotangent of the queries. */
export const attentionQueries: Attend = attend({
  name: "attention_queries",
  doc: "Cotangent of the queries of `attention`.",
  template: "attend-queries",
  result: 0,
  like: "q",
  define: (use) => use.product(gradientsOf(use).slopes, "XY", use.get("k"), "YZ", "XZ"),
  widths: (k, v) => [k, v, k],
});

/** The cotangent of the keys. */
export const attentionKeys: Attend = attend({
  name: "attention_keys",
  doc: "Cotangent of the keys of `attention`.",
  template: "attend-keys",
  result: 0,
  like: "k",
  define: (use) => use.product(gradientsOf(use).slopes, "YX", use.get("q"), "YZ", "XZ"),
  widths: (k, v) => [k, v, k],
});

/** The cotangent of the values. */
export const attentionValues: Attend = attend({
  name: "attention_values",
  doc: "Cotangent of the values of `attention`.",
  template: "attend-keys",
  result: 1,
  like: "v",
  define: (use) => use.product(gradientsOf(use).weights, "YX", use.get("g"), "YZ", "XZ"),
  // Its weights come with the cotangent of the keys.
  widths: (_, v) => [v],
});

/** The cotangent of the bias: as large as all scores, so that it is spelled out. */
const attentionScores = (args: readonly Value[], attrs: AttendAttrs): Value =>
  gradientsOf(new Attended("attend-queries", args, attrs)).slopes;
