// Findings about indices, slices, axes and sizes that cannot be.
import { textOf, type Span } from "../../../grammar/source.js";
import type { Facts } from "../../types/constraints.js";
import { constantOf, constantTerm, int, same, show, sub, type Dim } from "../../types/dim.js";
import { showType, type TensorType } from "../../types/tensor.js";
import { row, type Named } from "../compare.js";
import type { Clash, Diagnostic, Proposal } from "../diagnostic.js";
import { madeHere, originsOf, quoted, reasons } from "../explain.js";
import { finding } from "./finding.js";
import { newAxis } from "./foreign-names.js";
import { replacing, sayable } from "./proposals.js";

/** A place. */
interface At {
  readonly at: Span;
}

/** A division by a size that may be zero when a call decides it. */
export const zeroDivisor = ({ at, divisor }: At & { readonly divisor: Dim }): Diagnostic =>
  finding("division-by-zero", {
    primary: { span: at, text: `${quoted(show(divisor))} may be 0` },
    secondary: originsOf([divisor]),
    clash: { relation: ">=", left: divisor, right: int(1), isSayable: true },
  });

/** A static division or remainder by zero. */
export const divisionByZero = ({ at }: At): Diagnostic =>
  finding("division-by-zero", { primary: { span: at, text: "the divisor is 0" } });

/** An index at or past the end of its axis; `index` as it was written. */
export const indexOutOfRange = ({
  at,
  index,
  size,
  place,
  of = "axis",
}: At & {
  readonly index: string;
  readonly size: Dim;
  readonly place?: Dim;
  readonly of?: "axis" | "list";
}): Diagnostic =>
  finding("index-out-of-range", {
    ...(place ? outside(place, size) : {}),
    proposals:
      (constantOf(size) ?? 0) > 0
        ? [replacing("take the last element", at, show(sub(size, int(1))))]
        : [],
    primary: {
      span: at,
      text:
        of === "list"
          ? `${quoted(index)} is outside a list of length ${quoted(show(size))}`
          : `${quoted(index)} is outside an axis of size ${quoted(show(size))}`,
    },
    secondary: originsOf([size]),
    notes:
      constantOf(size) === undefined
        ? [
            `for every value of ${quoted(show(size))} the index must be at least 0 and less than it; a \`where\` clause can say so`,
          ]
        : [`indices run from 0 to ${show(sub(size, int(1)))}; negative ones count from the end`],
  });

/** The bound of an axis that an index does not keep: its end, or its start where the index counts from the back. */
const outside = (place: Dim, size: Dim): { readonly clash: Clash } => ({
  clash:
    constantTerm(sub(place, size)) < 0 &&
    same(sub(place, size), int(constantTerm(sub(place, size))))
      ? { relation: "<=", left: int(0), right: place, isSayable: true }
      : { relation: "<", left: place, right: size, isSayable: true },
});

/** More items in the brackets than the tensor has axes. */
export const tooManyIndices = ({
  at,
  type,
  count,
}: At & { readonly type: TensorType; readonly count: number }): Diagnostic =>
  finding("too-many-indices", {
    primary: { span: at, text: `${String(count)} indices for ${quoted(showType(type))}` },
  });

/** A name among indices that makes an axis in other languages; `repair` has the whole index in the form that makes it here. */
export const noNewAxis = ({
  at,
  name,
  repair,
}: At & {
  readonly name: string;
  readonly repair?: { readonly span: Span; readonly text: string };
}): Diagnostic =>
  finding("unknown-name", {
    primary: { span: at, text: `no name ${quoted(name)} in scope` },
    notes: [newAxis],
    proposals: repair ? [replacing("make the axis", repair.span, repair.text)] : [],
  });

/** An index into the axes that `...` stands for. */
export const axisInPack = ({
  at,
  given,
  made,
}: At & { readonly given?: Named; readonly made?: Span | undefined }): Diagnostic =>
  finding("axis-in-pack", {
    primary: { span: at, text: "this axis lies in the part that `...` stands for" },
    secondary: given ? madeHere(given, at, made) : [],
    comparison: given ? [row(given)] : [],
    proposals: [replacing("take the last axis", at, "-1")],
    notes: ["axes after `...` are reached from the back: `x[..., 0]`"],
  });

/** A slice that starts before the axis or ends behind it. */
export function sliceOutOfRange(
  facts: At & {
    readonly text: string;
    readonly low: Dim;
    readonly high: Dim;
    readonly size: Dim;
    readonly facts: Facts;
  },
): Diagnostic {
  const { at, text, low, high, size } = facts;
  const claims = [
    { relation: "<=", left: int(0), right: low },
    { relation: "<=", left: low, right: high },
    { relation: "<=", left: high, right: size },
  ] as const;
  const failed = claims
    .map((claim) => ({ ...claim, verdict: facts.facts.check(claim) }))
    .find(({ verdict }) => verdict.kind !== "proved");
  const notes = failed ? reasons(failed.relation, failed.left, failed.right, failed.verdict) : [];
  return finding("slice-out-of-range", {
    primary: { span: at, text: `${quoted(text)} of an axis of size ${quoted(show(size))}` },
    secondary: originsOf([low, high, size]),
    ...(failed ? sayable(failed.relation, failed.left, failed.right, failed.verdict) : {}),
    notes: failed
      ? [`${quoted(`${show(failed.left)} <= ${show(failed.right)}`)} must hold`, ...notes]
      : notes,
  });
}

/** A slice whose start is known only at run time and whose length is not static. */
export const dynamicLength = ({ at, start }: At & { readonly start: string }): Diagnostic =>
  finding("dynamic-length", {
    primary: { span: at, text: "the length of this slice is not static" },
    notes: [
      `from a start that is known only at run time, the end is written ${quoted(`${start} : ${start} + n`)} with a static \`n\``,
    ],
  });

/** A slice that would never move on. */
export const zeroStride = ({ at }: At): Diagnostic =>
  finding("zero-stride", {
    primary: { span: at, text: "the step is 0" },
    proposals: [replacing("take every element", at, "1")],
    notes: ["a slice steps forwards, or backwards where the step is negative"],
  });

/** A step that some sizes make 0. */
export const openStride = ({ at, stride }: At & { readonly stride: Dim }): Diagnostic =>
  finding("zero-stride", {
    primary: { span: at, text: `${quoted(show(stride))} may be 0` },
    secondary: originsOf([stride]),
    clash: { relation: ">=", left: stride, right: int(1), isSayable: true },
  });

/** An axis argument beyond the rank. */
export const axisOutOfRange = ({
  at,
  axis,
  type,
}: At & { readonly axis: number; readonly type: TensorType }): Diagnostic =>
  finding("axis-out-of-range", {
    primary: { span: at, text: `${quoted(showType(type))} has no axis ${String(axis)}` },
    proposals: lastAxis(at, type),
    notes: [`axes run from 0 to ${String(type.shape.length - 1)}, or from -1 backwards`],
  });

/** The last axis there is, for one counted from 1. */
function lastAxis(at: Span, { shape }: TensorType): readonly Proposal[] {
  if (shape.length === 0) return [];
  const last = String(shape.length - 1);
  const [, name = ""] = /^(\w+\s*=\s*)/.exec(textOf(at)) ?? [];
  return [replacing(`take the last axis, ${quoted(last)}`, at, `${name}${last}`)];
}

/** A list of axes that names one of them twice, perhaps once from the front and once from the back. */
export const axisRepeated = ({
  at,
  axis,
  type,
}: At & { readonly axis: number; readonly type: TensorType }): Diagnostic =>
  finding("axis-repeated", {
    primary: { span: at, text: `axis ${String(axis)} of ${quoted(showType(type))} is named twice` },
    proposals: [replacing("name it once", at, String(axis))],
    notes: [
      `axis ${String(axis)} is also axis ${String(axis - type.shape.length)}, counted from the back`,
    ],
  });

/** A size that may be below zero. */
export function negativeSize({
  at,
  size,
  facts,
  wanted,
}: At & {
  readonly size: Dim;
  readonly facts: Facts;
  /** The static argument that the size is given to. */
  readonly wanted?: { readonly param: string; readonly callee: string };
}): Diagnostic {
  const verdict = facts.atMost(int(0), size);
  const what = wanted
    ? `, where ${quoted(wanted.param)} of ${quoted(wanted.callee)} is a size`
    : "";
  return finding("negative-size", {
    clash: { relation: ">=", left: size, right: int(0), isSayable: true },
    primary: {
      span: at,
      text: `${quoted(show(size))} ${constantOf(size) === undefined ? "can be" : "is"} negative${what}`,
    },
    secondary: originsOf([size]),
    notes: reasons(
      ">=",
      size,
      int(0),
      verdict.kind === "refuted"
        ? { ...verdict, left: verdict.right, right: verdict.left }
        : verdict,
    ),
  });
}

/** A result with an axis that its formula makes 0, though nothing that was given is empty. `size` is that formula. */
export const emptyAxis = ({
  at,
  callee,
  size,
}: At & { readonly callee: string; readonly size: Span }): Diagnostic =>
  finding("empty-axis", {
    primary: { span: at, text: `nothing is left: ${quoted(textOf(size))} is 0` },
    secondary: [{ span: size, text: `${quoted(callee)} gives an axis of this size` }],
    notes: ["a window must fit into the axis, with the padding on both sides counted in"],
  });
