// Repairs worth trying, as the catalogue proposes them: the words of each, and its edits where they follow from the place alone.
import { textOf, type Span } from "../../../grammar/source.js";
import type { Verdict } from "../../types/constraints.js";
import { same, symOf, type Dim } from "../../types/dim.js";
import type { Clash, Proposal } from "../diagnostic.js";
import { showShape, type TensorType } from "../../types/tensor.js";
import { quoted } from "../explain.js";
import { nearest } from "../suggest.js";

/** One edit in the place of a span. */
export const replacing = (title: string, span: Span, text: string): Proposal => ({
  kind: "edit",
  title,
  edits: [{ span, text }],
});

/** The names that a misspelt one may have meant, nearest first. */
export const renaming = (at: Span, near: readonly string[]): readonly Proposal[] =>
  near.map((name) => replacing(`write ${quoted(name)}`, at, name));

/** Nearest names, and then those that hold the written one whole: `with_bias` for `bias`. */
export const namesLike = (name: string, all: readonly string[]): readonly string[] => [
  ...nearest(name, all),
  ...all.filter((known) => known !== name && name.length > 2 && known.includes(name)),
];

/** The declared type as the value has it. */
export function redeclaring(
  declared: Span,
  expected: TensorType,
  actual: TensorType,
): readonly Proposal[] {
  const written = textOf(declared);
  const prefix = /^\w*(?=\[)/.exec(written)?.[0];
  if (prefix === undefined) return [];
  const dtype = actual.dtype === expected.dtype ? prefix : actual.dtype;
  return [{ kind: "declare", at: declared, type: `${dtype}${showShape(actual.shape)}` }];
}

/** The axes of a value in the declared order, where that is all that differs. */
export function permuting(at: Span, actual: TensorType, expected: TensorType): readonly Proposal[] {
  const order = expected.shape.map((d) => actual.shape.findIndex((other) => same(d, other)));
  const isOrder = new Set(order).size === actual.shape.length && !order.includes(-1);
  return isOrder
    ? [
        { kind: "permute", at, order },
        { kind: "transpose", at },
      ]
    : [{ kind: "transpose", at }];
}

/** Operands or arguments transposed or exchanged. */
export const reordering = (at: Span): readonly Proposal[] => [
  { kind: "transpose", at },
  { kind: "swap", at },
];

/** Two plain sizes under one name, either way round. */
export function uniting(left: Dim, right: Dim): readonly Proposal[] {
  const [a, b] = [nameOf(left), nameOf(right)];
  if (same(left, right) || a === undefined || b === undefined || a === b) return [];
  return [
    { kind: "unite", name: b, as: a },
    { kind: "unite", name: a, as: b },
  ];
}

/** The name of a size that somebody wrote. */
function nameOf(d: Dim): string | undefined {
  const sym = symOf(d);
  return sym?.kind === "size" && sym.origin ? sym.name : undefined;
}

/** A relation that a clause could say: every bound, and an equality that no sizes refute. */
export const sayable = (
  relation: Clash["relation"],
  left: Dim,
  right: Dim,
  verdict: Verdict,
): { readonly clash: Clash } => ({
  clash: { relation, left, right, isSayable: relation !== "==" || verdict.kind === "unknown" },
});

/** A conversion of a written operand, or another element type for the parameter that it is. */
export function converting(at: Span, dtype: string): readonly Proposal[] {
  const name = textOf(at);
  const cast = replacing("convert it with `cast`", at, `cast(${name}, ${dtype})`);
  const retype: Proposal = { kind: "retype", at, name, dtype };
  // What holds indices or conditions is so from the start; floats are made where they are needed.
  return dtype.startsWith("f") ? [cast, retype] : [retype, cast];
}

/** The same for an operand of the expression at a place. */
export const convertingOperand = (at: Span, name: string, dtype: string): readonly Proposal[] => [
  ...(dtype.startsWith("f") ? [] : [{ kind: "retype", at, name, dtype } as const]),
  {
    kind: "wrap",
    title: `convert ${quoted(name)} with \`cast\``,
    at,
    operand: name,
    before: "cast(",
    after: `, ${dtype})`,
  },
];

/** An operand in another shape. */
export const reshaping = (
  at: Span,
  operand: string,
  shape: readonly Dim[],
  isAlternative = false,
): Proposal => ({
  kind: "wrap",
  title: `give ${quoted(operand)} the shape ${quoted(showShape(shape))}`,
  at,
  operand,
  before: "reshape(",
  after: `, ${showShape(shape)})`,
  ...(isAlternative ? { isAlternative } : {}),
});
