// Probabilities given to functions that take logits.
import { warnings, type Diagnostic, type Label } from "../diagnostics/index.js";
import type { Value } from "../ir/op.js";
import { isSame, origin, parts, summedIn } from "./formulas.js";
import { rangeOf } from "./ranges.js";
import type { Lowered } from "./subject.js";
import { placeOf, type Files } from "./where.js";

/** One warning for each argument that cannot be logits. */
export function logitWarnings({ ctx }: Lowered, files: Files): readonly Diagnostic[] {
  return ctx.logitUses.flatMap(({ callee, parameter, value, span }) => {
    const found = kindOf(value);
    if (!found || !files.has(span.file)) return [];
    const source = placeOf(origin(value), files);
    const isElsewhere = source && !(source.start >= span.start && source.end <= span.end);
    const from: Label | undefined = isElsewhere
      ? { span: source, text: `the ${found} come from here` }
      : undefined;
    return [warnings.notLogits({ at: span, callee, parameter, found, ...(from ? { from } : {}) })];
  });
}

/** What a tensor is for all inputs and parameters, as far as the graph shows it. */
function kindOf(value: Value): "probabilities" | "log-probabilities" | undefined {
  const made = origin(value);
  if (isShare(made)) return "probabilities";
  if (isLogShare(made)) return "log-probabilities";
  if (!isVarying(made)) return undefined;
  const { low, high } = rangeOf(made);
  return low >= 0 && high <= 1 ? "probabilities" : undefined;
}

/** Whether a value is computed, rather than a constant or the same number everywhere. */
const isVarying = (value: Value): boolean =>
  value.operands.length > 0 && value.op.lower.kind === "pointwise";

/** `e / sum(e)` of numbers that are not negative. */
function isShare(value: Value): boolean {
  const [e, total] = parts(value, "div") ?? [];
  const summed = total && summedIn(total);
  return e !== undefined && summed !== undefined && isSame(e, summed) && rangeOf(e).low >= 0;
}

/** `z - log(sum(exp(z)))`. */
function isLogShare(value: Value): boolean {
  const [z, log] = parts(value, "sub") ?? [];
  const [total] = (log && parts(origin(log), "log")) ?? [];
  const summed = total && summedIn(total);
  const [inner] = (summed && parts(summed, "exp")) ?? [];
  return z !== undefined && inner !== undefined && isSame(z, inner);
}
