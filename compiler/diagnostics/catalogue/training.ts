// Findings about `train` declarations.
import type { Span } from "../../../grammar/source.js";
import type { Diagnostic } from "../diagnostic.js";
import { showType, type TensorType } from "../../types/tensor.js";
import { quoted } from "../explain.js";
import { finding } from "./finding.js";
import { renaming } from "./proposals.js";

/** A setting with a name that means nothing; `near` holds settings that exist. */
export const unknownSetting = ({
  name,
  at,
  near = [],
}: {
  readonly name: string;
  readonly at: Span;
  readonly near?: readonly string[];
}): Diagnostic =>
  finding("training-setting-unknown", {
    primary: { span: at, text: `no setting ${quoted(name)}` },
    notes: ["settings: `loss`, `optimizer`, `clip_norm`, `precision`, `accumulate`, `after`"],
    proposals: renaming(at, near),
  });

/** A `train` declaration without a line, or without a model (`net`), that every training needs. */
export const missing = ({ what, at }: { readonly what: string; readonly at: Span }): Diagnostic =>
  what === "net"
    ? finding("missing-argument", {
        primary: { span: at, text: "names no model to train" },
        notes: ["the first parameter is the model: `train Fit(net: Model, x: [B, D]) { … }`"],
      })
    : finding(what === "loss" ? "loss-missing" : "optimizer-missing", {
        primary: { span: at, text: `says no ${quoted(what)}` },
      });

/** A metric that is no single number. */
export const metricWithAxes = ({
  at,
  name,
  type,
}: {
  readonly at: Span;
  readonly name: string;
  readonly type: TensorType;
}): Diagnostic =>
  finding("wrong-kind", {
    primary: {
      span: at,
      text: `${quoted(showType(type))}, where the metric ${quoted(name)} is one number`,
    },
    notes: ["`mean` or `sum` over the axes gives one number; `cast(…, f32)` counts conditions"],
  });

/** A setting, or a static argument given at build time, whose value is of the wrong kind. */
export const badValue = ({
  name,
  at,
  expected,
}: {
  readonly name: string;
  readonly at: Span;
  readonly expected: string;
}): Diagnostic =>
  finding("wrong-kind", { primary: { span: at, text: `${quoted(name)} is ${expected}` } });

/** A run of a model that would train parameters which are stored as codes. */
export const quantizedTrained = ({
  at,
  format,
  paths,
  run,
}: {
  /** The selector of the line that quantizes the first of them. */
  readonly at: Span;
  readonly format: string;
  readonly paths: readonly string[];
  readonly run: { readonly name: string; readonly span: Span };
}): Diagnostic => {
  const [first = "", ...more] = paths;
  const others = more.length > 0 ? ` and ${String(more.length)} more` : "";
  return finding("quantized-trained", {
    primary: { span: at, text: `stores ${quoted(first)}${others} as ${quoted(format)}` },
    secondary: [{ span: run.span, text: `${quoted(run.name)} would train it` }],
    notes: [
      "codes have no gradient: what is quantized has to be frozen",
      `\`freeze ${first}\` does so, and \`adapt\` freezes all but what it adds`,
    ],
  });
};
