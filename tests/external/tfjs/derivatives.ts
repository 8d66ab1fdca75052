// Derivatives as programs of the language: the engine's tape is replaced by `vjp` of what was recorded.
import { elementType, expressionOf, infoOf } from "./backend.js";
import {
  dl,
  computed,
  expression,
  nextNumber,
  OutsideLanguage,
  shapeText,
  type Expression,
} from "./expressions.js";
import { operandsOf } from "./printer.js";
import type { CustomFunction, Engine, TensorInfo } from "./tf.js";

const disconnected =
  "Cannot compute gradient of y=f(x) with respect to x. Make sure that the f you passed encloses all operations that lead from x to y.";

/** Makes the engine ask the language for derivatives. */
export function replaceDerivatives(engine: Engine): void {
  const tensorOf = (e: Expression): TensorInfo => engine.makeTensorFromTensorInfo(infoOf(e));
  engine.gradients = (f, xs, dy = null, allowNoGradients = false) => {
    if (xs.length === 0) throw new Error("gradients() received an empty list of xs.");
    if (dy && dy.dtype !== "float32")
      throw new Error(`dy must have 'float32' dtype, but has '${dy.dtype}'`);
    const since = nextNumber();
    const value = engine.tidy(f);
    if (!(value as TensorInfo | undefined)?.dataId)
      throw new Error("The result y returned by f() must be a tensor.");
    const output = expressionOf(value);
    const inputs = xs.map(expressionOf);
    const found = reached(output, new Set(inputs), since);
    if (found.size === 0 && !allowNoGradients) throw new Error(disconnected);
    const grads = pulled(output, inputs, found, dy, since);
    return { value, grads: grads.map((g) => g && tensorOf(g)) };
  };
  engine.customGrad =
    (f) =>
    (...inputs) =>
      custom(engine, f, inputs, tensorOf);
}

/** A cotangent for each input that the output depends on, and nothing for the others. */
function pulled(
  output: Expression,
  inputs: readonly Expression[],
  found: ReadonlySet<Expression>,
  dy: TensorInfo | null,
  since: number,
): readonly (Expression | null)[] {
  if (output.dtype !== "f32") throw new OutsideLanguage("derivatives of integers and booleans");
  const wrt = inputs.filter((e) => found.has(e));
  if (wrt.some((e) => e.dtype !== "f32"))
    throw new OutsideLanguage("derivatives with respect to integers and booleans");
  const cotangent = dy
    ? expressionOf(dy)
    : computed("f32", output.shape, dl`ones(${shapeText(output.shape)})`);
  if (String(cotangent.shape) !== String(output.shape))
    throw new Error(
      `dy has the shape [${String(cotangent.shape)}] instead of [${String(output.shape)}]`,
    );
  if (wrt.length === 0) return inputs.map(() => null);
  const pullback = { output, wrt, cotangent, since };
  const all = expression("f32", [], { kind: "pullback", pullback });
  const members = wrt.map((e, index) =>
    expression("f32", e.shape, { kind: "member", of: all, index }),
  );
  return inputs.map((e) => members[wrt.indexOf(e)] ?? null);
}

/** The inputs that an output depends on by what was recorded since. */
function reached(
  output: Expression,
  inputs: ReadonlySet<Expression>,
  since: number,
): Set<Expression> {
  const [found, seen] = [new Set<Expression>(), new Set<Expression>()];
  const visit = (e: Expression): void => {
    if (seen.has(e)) return;
    seen.add(e);
    if (inputs.has(e)) found.add(e);
    else if (e.number >= since) operandsOf(e).forEach(visit);
  };
  visit(output);
  return found;
}

/** Operations of tfjs run in a scope of their name; anything else runs in one of these. */
const scopesOfSpecs = new Set([undefined, "forward", "unnamed scope"]);

/**
 * A function with the spec's own pullback. Where an operation of tfjs brings its own, the language derives it instead: its
 * derivatives are what is tested.
 */
function custom(
  engine: Engine,
  f: CustomFunction,
  inputs: TensorInfo[],
  tensorOf: (e: Expression) => TensorInfo,
): TensorInfo {
  const since = nextNumber();
  const saved: TensorInfo[] = [];
  const save = (tensors: TensorInfo[]): void => void saved.push(...tensors);
  const { activeScope } = (engine as unknown as { state: { activeScope?: { name?: string } } })
    .state;
  const isOfSpec = scopesOfSpecs.has(activeScope?.name);
  return engine.tidy(() => {
    const { value, gradFunc } = f(...inputs, save);
    if (!isOfSpec) return value;
    const output = expressionOf(value);
    const cotangent = expression(elementType(value.dtype), output.shape, {
      kind: "leaf",
      elements: new Float32Array(0),
    });
    const pulledBack = gradFunc(tensorOf(cotangent), saved);
    const pullbacks = (Array.isArray(pulledBack) ? pulledBack : [pulledBack]).map(expressionOf);
    if (pullbacks.length !== inputs.length)
      throw new Error("the pullback gives another number of cotangents than there are inputs");
    const call = { inputs: inputs.map(expressionOf), output, cotangent, pullbacks, since };
    return tensorOf(expression(output.dtype, output.shape, { kind: "custom", custom: call }));
  });
}
