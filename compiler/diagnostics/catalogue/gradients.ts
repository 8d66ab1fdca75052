// Findings about derivatives.
import type { Span } from "../../../grammar/source.js";
import { showType, type TensorType } from "../../types/tensor.js";
import { row } from "../compare.js";
import type { Diagnostic, Label } from "../diagnostic.js";
import { quoted } from "../explain.js";
import { finding } from "./codes.js";

/** A loss, or a function under `grad`, whose value has axes. */
export const nonScalarLoss = ({
  at,
  type,
  of = "the loss",
}: {
  readonly at: Span;
  readonly type: TensorType;
  readonly of?: string;
}): Diagnostic =>
  finding("non-scalar-loss", {
    primary: { span: at, text: `${of} is ${quoted(showType(type))}` },
    comparison: [
      row(
        { name: "value", type },
        type.shape.map((_, i) => i),
      ),
    ],
    notes: ["a gradient is of one number: `mean` or `sum` over the axes gives one"],
  });

/** A trainable parameter, or an argument of `grad`, that the loss does not depend on through floats. */
export const noGradient = ({
  at,
  name,
  because,
  stopped,
}: {
  readonly at: Span;
  readonly name: string;
  readonly because?: string;
  readonly stopped?: Label;
}): Diagnostic =>
  finding("no-gradient", {
    primary: { span: at, text: `no gradient reaches ${quoted(name)}` },
    secondary: stopped ? [stopped] : [],
    notes: because === undefined ? [] : [because],
  });
