// Sums of products of two operands: matrix products, batches of them, and every two-operand einsum.
import { op, type OpFn } from "../ir/graph.js";
import type { ContractSpec, Problem, Requirement, Value } from "../ir/op.js";
import * as dims from "../types/dim.js";
import type { Dim } from "../types/dim.js";
import type { TensorType } from "../types/tensor.js";
import { reshape, transpose, type TransposeAttrs } from "./movement.js";
import { all, differentDtypes, equal, item, refuse, typedIf, wrongDtype } from "./rules.js";
import { f32, i32 } from "./samples.js";

/** `out[labels] = sum of a[left] * b[right]` over the labels that `out` lacks; these occur on both sides. */
export const contract: OpFn<[a: Value, b: Value], ContractSpec> = op<
  [a: Value, b: Value],
  ContractSpec
>({
  name: "contract",
  doc: "Products of two tensors, summed over the axes that both have and the result lacks.",
  operands: ["a", "b"],
  type: ([a, b], spec) =>
    wrongDtype(0, a, "number") ??
    differentDtypes(0, a, 1, b) ??
    badSpec(a, b, spec) ??
    typedIf(
      a.dtype,
      [...spec.out].map((label) => sizeOf(label, a, b, spec)),
      equalSizes(a, b, spec),
    ),
  vjp: (g, [a, b], _, { left, right, out }) => [
    contract(g, b, { left: out, right, out: left }),
    contract(a, g, { left, right: out, out: right }),
  ],
  lower: { kind: "contract", spec: (attrs) => attrs },
  simplify: ([a, b], spec) => {
    const [x, y] = [untransposed(a, spec.left), untransposed(b, spec.right)];
    if (x.value === a && y.value === b) return null;
    return contract(x.value, y.value, { left: x.labels, right: y.labels, out: spec.out });
  },
  permute: ([a, b], spec, perm) => {
    const out = perm.map((axis) => spec.out.charAt(axis)).join("");
    return contract(a, b, { ...spec, out });
  },
  flops: ([a, b], _, spec) => {
    const labels = [...new Set(spec.left + spec.right)];
    return dims.scale(dims.mul(...labels.map((label) => sizeOf(label, a, b, spec))), 2);
  },
  samples: [
    { operands: [f32(2, 3), f32(3, 5)], attrs: { left: "mk", right: "kn", out: "mn" } },
    { operands: [f32(2, 3, 5), f32(2, 7, 5)], attrs: { left: "bmk", right: "bnk", out: "bmn" } },
    { operands: [f32(3, 2, 4), f32(3, 2, 5)], attrs: { left: "kbm", right: "kbn", out: "nbm" } },
    { operands: [f32(7), f32(7)], attrs: { left: "k", right: "k", out: "" } },
    { operands: [f32(3), f32(4)], attrs: { left: "m", right: "n", out: "mn" } },
    { operands: [f32(2, 3), f32(2, 3)], attrs: { left: "ab", right: "ab", out: "ba" } },
    {
      operands: [f32(2, 3, 4, 5), f32(4, 5, 6)],
      attrs: { left: "abxy", right: "xyn", out: "abn" },
    },
    { operands: [i32(3, 5), i32(5, 2)], attrs: { left: "mk", right: "kn", out: "mn" } },
  ],
});

/** The sum of a contraction over axes that both operands have: they are summed in it. Null where `x` is nothing of the kind. */
export function summedProducts(x: Value, axes: readonly number[]): Value | null {
  const [a, b] = x.operands;
  if (x.op === reshape.op && a) {
    const kept = keptTail(a.type.shape, x.type.shape);
    const shift = a.type.shape.length - x.type.shape.length;
    if (axes.some((axis) => axis < x.type.shape.length - kept)) return null;
    const inner = summedProducts(
      a,
      axes.map((axis) => axis + shift),
    );
    const shape = x.type.shape.filter((_, i) => !axes.includes(i));
    return inner && reshape(inner, { shape });
  }
  if (x.op !== contract.op || !a || !b) return null;
  const spec = x.attrs as ContractSpec;
  const labels = axes.map((axis) => spec.out.charAt(axis));
  if (!labels.every((l) => spec.left.includes(l) && spec.right.includes(l))) return null;
  const out = [...spec.out].filter((l) => !labels.includes(l)).join("");
  return contract(a, b, { ...spec, out });
}

/** How many axes at the end two shapes have in common. */
export function keptTail(from: readonly Dim[], to: readonly Dim[]): number {
  const most = Math.min(from.length, to.length);
  const differs = (i: number): boolean =>
    !dims.same(from[from.length - i] ?? dims.int(0), to[to.length - i] ?? dims.int(1));
  for (let i = 1; i <= most; i++) if (differs(i)) return i - 1;
  return most;
}

/** Labels say by themselves in which order axes are: a transpose of an operand is needless. */
function untransposed(
  value: Value,
  labels: string,
): { readonly value: Value; readonly labels: string } {
  const [inner] = value.operands;
  if (value.op !== transpose.op || !inner) return { value, labels };
  const { perm } = value.attrs as TransposeAttrs;
  return { value: inner, labels: perm.map((_, i) => labels.charAt(perm.indexOf(i))).join("") };
}

function badSpec(a: TensorType, b: TensorType, spec: ContractSpec): Problem | undefined {
  const sides = [spec.left, spec.right];
  for (const [operand, type] of [a, b].entries()) {
    const labels = item(sides, operand);
    if (labels.length !== type.shape.length) {
      return refuse("rank-mismatch", [{ operand }], { axes: labels });
    }
    const lonely = [...labels].find(
      (l) => !item(sides, 1 - operand).includes(l) && !spec.out.includes(l),
    );
    if (lonely !== undefined) return refuse("axis-only-once", [{ operand }], { axis: lonely });
  }
  const repeats = [...sides, spec.out].find((labels) => new Set(labels).size !== labels.length);
  if (repeats !== undefined) return refuse("axis-repeated", [], { axes: repeats });
  const unknown = [...spec.out].find((l) => !spec.left.includes(l) && !spec.right.includes(l));
  return unknown === undefined ? undefined : refuse("unknown-axis", [], { axis: unknown });
}

function sizeOf(label: string, a: TensorType, b: TensorType, { left, right }: ContractSpec): Dim {
  const axis = left.indexOf(label);
  return axis >= 0 ? item(a.shape, axis) : item(b.shape, right.indexOf(label));
}

/** Axes that share a label have one size. */
function equalSizes(
  a: TensorType,
  b: TensorType,
  spec: ContractSpec,
): readonly Requirement[] | Problem {
  return all(
    [...spec.left].map((label, i) => {
      const j = spec.right.indexOf(label);
      if (j < 0) return [];
      const code = spec.out.includes(label) ? "batch-dim-mismatch" : "inner-dim-mismatch";
      const at = [
        { operand: 0, axis: i },
        { operand: 1, axis: j },
      ];
      return equal(code, item(a.shape, i), item(b.shape, j), at);
    }),
  );
}
