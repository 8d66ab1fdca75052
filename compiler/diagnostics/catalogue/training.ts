// Findings about `train` declarations.
import type { Span } from "../../../grammar/source.js";
import type { Diagnostic } from "../diagnostic.js";
import { listed, quoted } from "../explain.js";
import { finding } from "./codes.js";

/** The settings that a `train` declaration knows. */
export const settings = ["loss", "optimizer", "clip_norm", "precision", "accumulate"] as const;

/** A setting with a name that means nothing. */
export const settingUnknown = ({
  name,
  at,
  near = [],
}: {
  readonly name: string;
  readonly at: Span;
  readonly near?: readonly string[];
}): Diagnostic => {
  const [only] = near;
  return finding("training-setting-unknown", {
    primary: { span: at, text: `no setting ${quoted(name)}` },
    notes: [`settings: ${listed(settings)}`],
    ...(only !== undefined && near.length === 1
      ? {
          fix: {
            title: `the nearest setting is ${quoted(only)}`,
            edits: [{ span: at, text: only }],
          },
        }
      : {}),
  });
};

/** A `train` declaration without a `loss` line. */
export const lossMissing = ({
  train,
  at,
}: {
  readonly train: string;
  readonly at: Span;
}): Diagnostic =>
  finding("loss-missing", {
    primary: { span: at, text: `${quoted(train)} says no ${quoted("loss")}` },
  });

/** A `train` declaration without an `optimizer` line. */
export const optimizerMissing = ({
  train,
  at,
}: {
  readonly train: string;
  readonly at: Span;
}): Diagnostic =>
  finding("optimizer-missing", {
    primary: { span: at, text: `${quoted(train)} says no ${quoted("optimizer")}` },
  });
