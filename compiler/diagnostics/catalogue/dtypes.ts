// Findings about element types.
import type { Span } from "../../../grammar/source.js";
import type { Dtype } from "../../types/dtype.js";
import { showType, type TensorType } from "../../types/tensor.js";
import { compareDtypes, row, type Named } from "../compare.js";
import type { Diagnostic } from "../diagnostic.js";
import { quoted } from "../explain.js";
import { finding } from "./finding.js";
import { converting, convertingOperand, redeclaring } from "./proposals.js";

/** A place. */
interface At {
  readonly at: Span;
}

const noConversion = (to: Dtype): string =>
  `element types never convert by themselves; ${quoted(`cast(…, ${to})`)} converts`;

/** An argument of another dtype than its parameter. */
export const argument = (
  facts: At & {
    readonly callee: string;
    readonly param: string;
    /** The argument as it is written. */
    readonly given: string | undefined;
    readonly declared: Span;
    readonly expected: TensorType;
    readonly actual: TensorType;
  },
): Diagnostic =>
  finding("dtype-mismatch", {
    primary: {
      span: facts.at,
      text: `${quoted(facts.actual.dtype)}, where ${quoted(facts.expected.dtype)} is needed`,
    },
    secondary: [
      {
        span: facts.declared,
        text: `${quoted(facts.param)} of ${quoted(facts.callee)} is declared here`,
      },
    ],
    comparison: compareDtypes(
      { name: facts.given ?? "given", type: facts.actual },
      { name: `${facts.param} of ${facts.callee}`, type: facts.expected },
    ),
    notes: [noConversion(facts.expected.dtype)],
    proposals: [{ kind: "swap", at: facts.at }, ...converting(facts.at, facts.expected.dtype)],
  });

/** A value of another dtype than was declared for it. */
export const declared = (
  facts: At & {
    readonly declared: Span;
    readonly expected: TensorType;
    readonly actual: TensorType;
  },
): Diagnostic =>
  finding("dtype-mismatch", {
    primary: {
      span: facts.at,
      text: `${quoted(facts.actual.dtype)}, where ${quoted(facts.expected.dtype)} is declared`,
    },
    secondary: [{ span: facts.declared, text: "the declared type" }],
    comparison: compareDtypes(
      { name: "value", type: facts.actual },
      { name: "declared", type: facts.expected },
    ),
    proposals: [
      ...redeclaring(facts.declared, facts.expected, facts.actual),
      ...converting(facts.at, facts.expected.dtype),
    ],
    notes: [noConversion(facts.expected.dtype)],
  });

/** Two operands of different dtypes. */
export const mismatch = ({
  at,
  left,
  right,
}: At & { readonly left: Named; readonly right: Named }): Diagnostic =>
  finding("dtype-mismatch", {
    primary: { span: at, text: `${quoted(left.type.dtype)} meets ${quoted(right.type.dtype)}` },
    comparison: compareDtypes(left, right),
    proposals: [
      ...convertingOperand(at, left.name, right.type.dtype),
      ...convertingOperand(at, right.name, left.type.dtype),
    ].sort(
      (a, b) =>
        Number(a.kind === "wrap" && a.after.includes("i")) -
        Number(b.kind === "wrap" && b.after.includes("i")),
    ),
    notes: [noConversion(left.type.dtype)],
  });

/** A number that the dtype it meets cannot hold. */
export const literal = ({
  at,
  dtype,
  value,
}: At & { readonly dtype: Dtype; readonly value: string }): Diagnostic =>
  finding("literal-dtype", { primary: { span: at, text: `${value} is no ${quoted(dtype)}` } });

/** An index tensor that is not of integers. */
export const index = ({ at, actual }: At & { readonly actual: TensorType }): Diagnostic =>
  finding("index-dtype", {
    primary: { span: at, text: `an index of type ${quoted(showType(actual))}` },
    proposals: converting(at, "i32"),
    notes: ["indices are `i32` or `u32` tensors, or static numbers"],
  });

/** A tensor that must be of floats, for `callee`. */
export const notFloat = ({
  at,
  actual,
  callee,
}: At & { readonly actual: TensorType; readonly callee?: string }): Diagnostic =>
  finding("not-float", {
    primary: { span: at, text: `${quoted(showType(actual))} has no float elements` },
    notes: [
      ...(callee === undefined ? [] : [`${quoted(callee)} is defined for floats`]),
      "`cast(…, f32)` converts",
    ],
    proposals: converting(at, "f32"),
  });

/** A tensor that decides between two others and is not of booleans. */
export const condition = ({ at, given }: At & { readonly given: Named }): Diagnostic =>
  finding("wrong-dtype", {
    primary: {
      span: at,
      text: `${quoted(given.name)} is ${quoted(given.type.dtype)}, where a boolean is needed`,
    },
    comparison: [{ ...row(given), isDtypeMarked: true }],
    proposals: [...converting(at, "bool"), { kind: "swap", at }],
  });

/** A mask that is not of booleans. */
export const mask = ({ at, actual }: At & { readonly actual: TensorType }): Diagnostic =>
  finding("wrong-dtype", {
    primary: { span: at, text: `a mask of type ${quoted(showType(actual))}` },
    proposals: converting(at, "bool"),
    notes: [
      "a mask is a `bool` tensor, true where attending is allowed; an additive one is `bias =`",
    ],
  });
