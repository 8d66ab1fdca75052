// Findings about elementwise operands whose shapes do not align.
import type { Span } from "../../../grammar/source.js";
import type { Facts } from "../../types/constraints.js";
import { constantOf, int, type Dim } from "../../types/dim.js";
import { isPack, showShape, type TensorType } from "../../types/tensor.js";
import { meets } from "../apart.js";
import { row, type Named } from "../compare.js";
import type { Diagnostic, Proposal } from "../diagnostic.js";
import { difference, originsOf, quoted, reasons } from "../explain.js";
import { finding } from "./finding.js";
import { reordering, reshaping, uniting } from "./proposals.js";

/** Two operands of an elementwise operation. */
interface Sides {
  readonly at: Span;
  readonly left: Named;
  readonly right: Named;
  /** What is known where the operands meet. */
  readonly facts?: Facts;
  /** How many axes at the end are not aligned: the two of a matrix product. */
  readonly last?: number;
}

/** Shapes that do not align: `rank-stretch` where each side would have to stretch, else `implicit-broadcast`. */
export function broadcast(sides: Sides): Diagnostic {
  const { at, left, right, facts, last = 0 } = sides;
  const clashes = clashingAxes(left.type, right.type, last);
  const [first] = clashes;
  if (first?.isStretched) return rankStretch(sides, clashes);
  return finding("implicit-broadcast", {
    primary: { span: at, text: first ? meeting(first) : "the shapes do not align" },
    secondary: originsOf(clashes.flatMap((c) => [c.left, c.right])),
    comparison: rows(sides, clashes),
    notes: [
      "an axis stretches only when it is the literal 1 or missing",
      ...(first ? difference(first.left, first.right) : []),
      ...(first && facts
        ? reasons("==", first.left, first.right, facts.equal(first.left, first.right))
        : []),
    ],
    ...(first ? { clash: { relation: "==", left: first.left, right: first.right } } : {}),
    proposals: [
      ...spreading(sides),
      ...reordering(at),
      ...(first ? uniting(first.left, first.right) : []),
    ],
  });
}

/** `[B, 1] - [B]`, which other libraries turn into `[B, B]`. */
function rankStretch(sides: Sides, clashes: readonly Clash[]): Diagnostic {
  const { at, left, right, last = 0 } = sides;
  const given = quoted(showShape(stretched(leading(left.type, last), leading(right.type, last))));
  const isLeftLonger = left.type.shape.length > right.type.shape.length;
  const [longer, shorter] = isLeftLonger ? [left, right] : [right, left];
  return finding("rank-stretch", {
    primary: {
      span: at,
      text: last > 0 ? `would give the leading axes ${given}` : `would give ${given}`,
    },
    secondary: originsOf(clashes.flatMap((c) => [c.left, c.right])),
    comparison: rows(sides, clashes),
    notes: [
      "when the ranks differ, only the operand with fewer axes stretches",
      ...repairs(longer, shorter, clashes),
    ],
    proposals: alternatives(at, longer, shorter, clashes),
  });
}

/** The axes that the operand with fewer of them lacks, as axes of 1 where the other has its own. */
function spreading({ at, left, right }: Sides): readonly Proposal[] {
  const isLeftLonger = left.type.shape.length > right.type.shape.length;
  const [longer, shorter] = isLeftLonger ? [left, right] : [right, left];
  const rest = [...shorter.type.shape].reverse();
  // From the back, as broadcasting aligns axes.
  const spread = longer.type.shape
    .toReversed()
    .map((d) => (rest[0]?.key === d.key ? (rest.shift() ?? d) : int(1)))
    .reverse();
  return rest.length === 0 && spread.length > shorter.type.shape.length
    ? [reshaping(at, shorter.name, spread)]
    : [];
}

/** The axis of 1 dropped, and one added to the other side: whichever was meant. */
function alternatives(
  at: Span,
  longer: Named,
  shorter: Named,
  clashes: readonly Clash[],
): readonly Proposal[] {
  const fromBack = clashes[0]?.fromBack ?? 1;
  const dropped = longer.type.shape.toSpliced(longer.type.shape.length - fromBack, 1);
  const { shape } = shorter.type;
  if (!isSame(dropped, shape)) return [];
  const added = shape.toSpliced(shape.length - fromBack + 1, 0, int(1));
  const index: Proposal = {
    kind: "wrap",
    title: `drop the axis of 1 of ${quoted(longer.name)}`,
    at,
    operand: longer.name,
    before: "",
    after: "[..., 0]",
    isAlternative: true,
  };
  return [
    fromBack === 1 ? index : reshaping(at, longer.name, dropped, true),
    reshaping(at, shorter.name, added, true),
    reshaping(at, shorter.name, [
      ...longer.type.shape.slice(shape.length).map(() => int(1)),
      ...shape,
    ]),
  ];
}

/** How to drop the axis of 1 or give the other side one, where that aligns them; and how to ask for the stretched shape. */
function repairs(longer: Named, shorter: Named, clashes: readonly Clash[]): readonly string[] {
  const whole = longer.type.shape;
  const fromBack = clashes[0]?.fromBack ?? 1;
  const dropped = whole.toSpliced(whole.length - fromBack, 1);
  const { shape } = shorter.type;
  const wide = [...whole.slice(shape.length).map(() => int(1)), ...shape];
  const asked = `${reshaped(shorter, wide)} asks for both`;
  if (!isSame(dropped, shape)) return [asked];
  const drop =
    fromBack === 1 ? quoted(`${operand(longer.name)}[..., 0]`) : reshaped(longer, dropped);
  const add = reshaped(shorter, shape.toSpliced(shape.length - fromBack + 1, 0, int(1)));
  return [`${drop} drops the axis of 1; ${add} adds one to the other side`, asked];
}

const reshaped = ({ name }: Named, shape: readonly Dim[]): string =>
  quoted(`reshape(${name}, ${showShape(shape)})`);

const isSame = (a: readonly Dim[], b: readonly Dim[]): boolean =>
  a.length === b.length && a.every((d, i) => d.key === b[i]?.key);

/** An expression before brackets: anything but a name or a call stands in parentheses. */
const operand = (text: string): string => (/^[\w.]+(\([^()]*\))?$/.test(text) ? text : `(${text})`);

/** Two axes, counted from the back, that cannot be one. */
interface Clash {
  readonly fromBack: number;
  readonly left: Dim;
  readonly right: Dim;
  /** Whether the side with more axes would have to stretch. */
  readonly isStretched: boolean;
}

const meeting = ({ left, right }: Clash): string => meets(left, right);

const rows = ({ left, right }: Sides, clashes: readonly Clash[]): ReturnType<typeof row>[] => {
  const marks = clashes.map((c) => -c.fromBack);
  return [row(left, marks), row(right, marks)];
};

/** All axes but the last ones. */
const leading = ({ shape }: TensorType, last: number): readonly Dim[] =>
  shape.slice(0, Math.max(shape.length - last, 0));

function clashingAxes(a: TensorType, b: TensorType, last: number): readonly Clash[] {
  const shared = Math.min(a.shape.length, b.shape.length) - last;
  const extra = a.shape.length - b.shape.length;
  return Array.from({ length: Math.max(shared, 0) }, (_, i) => i + 1 + last).flatMap((fromBack) => {
    const [left, right] = [a.shape.at(-fromBack), b.shape.at(-fromBack)];
    if (!left || !right || left.key === right.key) return [];
    const isFine = (isOne(left) && extra <= 0) || (isOne(right) && extra >= 0);
    const isSpread = isPack(left) || isPack(right);
    return isFine && !isSpread
      ? []
      : [{ fromBack, left, right, isStretched: (isOne(left) || isOne(right)) && !isSpread }];
  });
}

const isOne = (d: Dim): boolean => constantOf(d) === 1;

/** What plain broadcasting would make of two shapes. */
function stretched(a: readonly Dim[], b: readonly Dim[]): readonly Dim[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, i) => i - rank).flatMap((axis) => {
    const [left, right] = [a.at(axis), b.at(axis)];
    if (!left || !right) return left ?? right ?? [];
    return isOne(left) ? right : left;
  });
}
