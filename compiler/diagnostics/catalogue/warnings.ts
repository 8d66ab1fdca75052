// Findings about programs whose shapes are right and that still do what nobody means.
import type { Span } from "../../../grammar/source.js";
import type { Diagnostic, Label } from "../diagnostic.js";
import { listed, quoted } from "../explain.js";
import type { Code } from "./codes.js";
import { finding, type Facts } from "./finding.js";

interface At {
  readonly at: Span;
}

/** A warning, with the way to silence it as the last note. */
const warning = (code: Code, facts: Facts): Diagnostic =>
  finding(code, {
    ...facts,
    notes: [...(facts.notes ?? []), `silenced by ${quoted(`@allow(${code})`)}`],
  });

/** "`a`, `b` and 3 more" */
function some(names: readonly string[]): string {
  const rest = names.length - 2;
  return rest > 1
    ? `${names.slice(0, 2).map(quoted).join(", ")} and ${String(rest)} more`
    : listed(names);
}

const verb = (names: readonly string[]): string => (names.length === 1 ? "is" : "are");

/** A member that no function of its layer reads. */
export const unused = ({
  name,
  kind,
  at,
}: At & { readonly name: string; readonly kind: "parameter" | "state" | "layer" }): Diagnostic =>
  warning(`unused-${kind}`, {
    primary: {
      span: at,
      text: kind === "layer" ? `nothing calls ${quoted(name)}` : `nothing reads ${quoted(name)}`,
    },
  });

/** Parameters of a sublayer that no function of the model reads, though some function of the sublayer does. */
export const unreadParameters = ({
  at,
  paths,
  model,
  declared,
}: At & {
  readonly paths: readonly string[];
  readonly model: string;
  readonly declared?: Span;
}): Diagnostic =>
  warning("unused-parameter", {
    primary: { span: at, text: `no function of ${quoted(model)} reads ${some(paths)}` },
    secondary: declared
      ? [{ span: declared, text: `${quoted(paths[0] ?? "")} is declared here` }]
      : [],
  });

/** Trainable parameters that the loss does not depend on. */
export const outsideLoss = ({
  at,
  paths,
  declared,
}: At & { readonly paths: readonly string[]; readonly declared: readonly Label[] }): Diagnostic =>
  warning("untrained-parameter", {
    primary: { span: at, text: `does not depend on ${some(paths)}, which ${verb(paths)} trained` },
    secondary: declared,
    notes: ["a `freeze` line in a derived model keeps parameters out of training"],
  });

/** Trainable parameters whose every path to the loss passes places without a gradient. */
export const cutOff = ({
  at,
  paths,
  why,
  declared,
}: At & {
  readonly paths: readonly string[];
  readonly why: string;
  readonly declared: readonly Label[];
}): Diagnostic =>
  warning("untrained-parameter", {
    primary: { span: at, text: `no gradient passes back to ${some(paths)}: ${why}` },
    secondary: declared,
    notes: [`${some(paths)} keep${paths.length === 1 ? "s" : ""} the initial values in training`],
  });

/** Probabilities, or their logarithms, given to a function that makes them itself. */
export const notLogits = ({
  at,
  callee,
  parameter,
  found,
  from,
}: At & {
  readonly callee: string;
  readonly parameter: string;
  readonly found: "probabilities" | "log-probabilities";
  readonly from?: Label;
}): Diagnostic =>
  warning("probabilities-as-logits", {
    primary: {
      span: at,
      text:
        found === "probabilities"
          ? `these lie between 0 and 1, but ${quoted(parameter)} of ${quoted(callee)} takes logits`
          : `these are logarithms of probabilities, but ${quoted(parameter)} of ${quoted(callee)} takes logits`,
    },
    secondary: from ? [from] : [],
    notes: [
      found === "probabilities"
        ? `${quoted(callee)} turns logits into probabilities itself: twice flattens them and their gradients`
        : `${quoted(callee)} takes the logarithm of the softmax itself: twice is work for nothing`,
    ],
  });

/** A parameter that is added and then taken away again before it can matter. */
export const cancelled = ({
  at,
  path,
  cancelledBy,
  without,
}: At & {
  readonly path: string;
  readonly cancelledBy: Label;
  readonly without?: string;
}): Diagnostic =>
  warning("cancelled-bias", {
    primary: { span: at, text: `${quoted(path)} has no effect in training` },
    secondary: [cancelledBy],
    notes: [
      "whatever it is, the mean that is subtracted contains it too",
      ...(without === undefined ? [] : [`${quoted(`${without} = false`)} leaves it out`]),
    ],
  });

/** A random mask in an entry that does not train. */
export const dropoutInInference = ({
  at,
  entry,
  model,
}: At & { readonly entry: string; readonly model: string }): Diagnostic =>
  warning("dropout-in-inference", {
    primary: {
      span: at,
      text: `drawn at random in ${quoted(`${model}.${entry}`)} without training`,
    },
    notes: ["`if training { … } else { … }` tells the two apart, as `drop` does"],
  });

/** Statistics over the batch in an entry that does not train. */
export const batchStatistics = ({
  at,
  entry,
  model,
  batch,
}: At & { readonly entry: string; readonly model: string; readonly batch: string }): Diagnostic =>
  warning("batch-statistics-in-inference", {
    primary: {
      span: at,
      text: `a statistic over the batch ${quoted(batch)}, in ${quoted(`${model}.${entry}`)} without training`,
    },
    notes: [
      "the result for one example depends on what else is in its batch",
      "running statistics in a `state`, written under `if training`, take their place",
    ],
  });

/** What the variance analysis found of one chain of layers. */
export interface Growth {
  readonly what: "activations" | "gradients";
  /** Variance of the output of a layer over that of its input. */
  readonly factor: number;
  readonly depth: number;
  /** Path of the chain: `layers`, or `fc1` to `fc5`. */
  readonly chain: string;
}

/** An initialisation under which signals grow or die with depth. */
export const unstable = ({
  at,
  growth,
  remedy,
  declared,
}: At & {
  readonly growth: Growth;
  readonly remedy?: string;
  readonly declared?: Label;
}): Diagnostic => {
  const { what, factor, depth, chain } = growth;
  const total = factor ** depth;
  return warning("unstable-initialisation", {
    primary: {
      span: at,
      text: `the variance of ${what} changes by ${short(factor)} per layer of ${quoted(chain)}`,
    },
    secondary: declared ? [declared] : [],
    notes: [
      `${short(factor)} ** ${String(depth)} is ${short(total)}: they ${factor < 1 ? "die" : "grow"} with depth`,
      ...(remedy === undefined ? [] : [remedy]),
    ],
  });
};

/** A number in at most three digits: `0.0123`, `1.7`, `2.3e-9`. */
export function short(x: number): string {
  const size = Math.abs(x);
  return size !== 0 && (size < 1e-3 || size >= 1e5)
    ? x.toExponential(1).replace("e+", "e")
    : String(Number(x.toPrecision(3)));
}
