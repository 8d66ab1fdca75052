// Findings about derivatives.
import { textOf, type Span } from "../../../grammar/source.js";
import { showType, type TensorType } from "../../types/tensor.js";
import { compareTypes, row } from "../compare.js";
import type { Diagnostic, Proposal } from "../diagnostic.js";
import { originsOf, quoted } from "../explain.js";
import { finding } from "./finding.js";
import { replacing } from "./proposals.js";

/** A loss, or a function under a derivative (`what`), whose value has axes or is no float. */
export const nonScalar = ({
  at,
  type,
  what,
}: {
  readonly at: Span;
  readonly type: TensorType;
  readonly what: string;
}): Diagnostic =>
  finding("non-scalar-loss", {
    primary: { span: at, text: `${quoted(showType(type))}, where ${what} needs one float` },
    secondary: originsOf(type.shape),
    comparison: [
      row(
        { name: "value", type },
        type.shape.map((_, i) => i),
      ),
    ],
    proposals: type.shape.length > 0 ? ["mean", "sum"].map((name) => reducing(name, at)) : [],
    notes: type.shape.length > 0 ? ["`mean` or `sum` over the axes gives one number"] : [],
  });

/** A reduction to one number around a value, or around what a lambda gives. */
function reducing(name: string, at: Span): Proposal {
  const [, head = "", value = ""] = /^(\([^()]*\)\s*=>\s*)?([\s\S]*)$/.exec(textOf(at)) ?? [];
  return replacing(`take the ${quoted(name)}`, at, `${head}${name}(${value})`);
}

/** A function under a derivative that gives no tensor. */
export const notATensor = ({ at }: { readonly at: Span }): Diagnostic =>
  finding("wrong-kind", { primary: { span: at, text: "this function gives no tensor" } });

/** A cotangent or tangent of another type than the value that it belongs to; `what` is the name of the argument. */
export const cotangentShape = ({
  at,
  what,
  expected,
  actual,
}: {
  readonly at: Span;
  readonly what: string;
  readonly expected: TensorType;
  readonly actual: TensorType;
}): Diagnostic =>
  finding(expected.dtype === actual.dtype ? "shape-mismatch" : "dtype-mismatch", {
    primary: {
      span: at,
      text: `${quoted(showType(actual))}, where ${quoted(showType(expected))} is needed`,
    },
    comparison: compareTypes({ name: what, type: actual }, { name: "needed", type: expected }),
  });

/** Nothing that may be trained, and no float input, has an influence on the result. */
export const nothingTrained = ({ at }: { readonly at: Span }): Diagnostic =>
  finding("no-gradient", {
    primary: { span: at, text: "depends on no trained parameter and no float input" },
  });

/** `slope` of what has none: outside of `after`, or of what is no trained parameter. */
export const noSlope = ({
  at,
  isAfter,
}: {
  readonly at: Span;
  readonly isAfter: boolean;
}): Diagnostic =>
  finding("no-gradient", {
    primary: {
      span: at,
      text: isAfter
        ? "is no trained parameter that the loss depends on"
        : "has a slope only in the `after` of a `train` declaration",
    },
  });
