// Whether activations or gradients keep their size through a chain of layers, as the parameters are initialised.
import { pullback } from "../autodiff/pullback.js";
import type { Context } from "../check/context.js";
import type { Instance } from "../check/meaning.js";
import { placesOf } from "../check/selectors.js";
import { warnings, type Diagnostic } from "../diagnostics/index.js";
import type { Value } from "../ir/op.js";
import type { Output } from "../ir/program.js";
import { upstream } from "../ir/topology.js";
import { concreteContext } from "../lower/concrete.js";
import { instantiateRoot } from "../lower/root.js";
import { fillOutputs } from "../lower/variables.js";
import type { Library } from "../resolve/modules.js";
import { isFloat } from "../types/dtype.js";
import { constantOf } from "../types/dim.js";
import { chainsIn, type Chain } from "./chains.js";
import { fullDepth } from "./depth.js";
import { normals, places } from "./draws.js";
import { power, sampled, type Sample } from "./samples.js";
import { leafSpec, type Lowered, type ModelSubject } from "./subject.js";
import { memberAt, placeOf, type Files } from "./where.js";

/** A total change of the variance beyond these is worth a warning: a hundredfold in the size of the numbers. */
const [least, most] = [1e-4, 1e4];

/** How far, as a part of itself, the logarithm of the change may differ from layer to layer and still be called steady. */
const steadiness = 0.15;

/** A smaller change per layer than this is not told from none. */
const noticeable = Math.log(1.2);

/** What the parameters of a model start as. */
export interface Start {
  readonly outputs: readonly Output[];
  readonly samples: ReadonlyMap<string, Sample>;
}

/** Samples of every parameter as it is initialised, at the settings of the model. */
export function startOf(library: Library, { declared, sets }: ModelSubject): Start | undefined {
  const ctx = concreteContext(library, [], false);
  const root = instantiateRoot(ctx, declared, sets);
  if (!root) return undefined;
  const outputs = fillOutputs(ctx, placesOf(ctx, root));
  const known = sampled(upstream(outputs.map((o) => o.value)), leafSample(new Map(), 1));
  return { outputs, samples: new Map(outputs.map((o) => [o.name, known.get(o.value)])) };
}

/** What stands for a leaf: normal inputs, parameters as they start; `scale` multiplies those of more than one axis. */
const leafSample =
  (start: ReadonlyMap<string, Sample>, scale: number, isScaled = (_: string): boolean => false) =>
  (value: Value): Sample => {
    const spec = leafSpec(value);
    if (!spec) return undefined;
    if (spec.role === "scalar") return isFloat(spec.dtype) ? 1 : 0;
    if (spec.role === "input") {
      if (isFloat(spec.dtype)) return normals(value.id + 7);
      return places(value.id + 7, spec.dtype === "bool" ? 2 : 16);
    }
    const own = start.get(spec.name);
    if (scale === 1 || spec.shape.length < 2 || !isScaled(spec.name)) return own;
    return own instanceof Float64Array ? own.map((x) => x * scale) : own;
  };

/** A function of a model in which layers follow one another. */
export interface Chained {
  readonly ctx: Context;
  readonly root: Instance;
  readonly end: Value;
  readonly order: readonly Value[];
  readonly chains: readonly Chain[];
}

/** The chains of layers in a function; undefined where there are none. */
export function chainedOf({ ctx, root, results }: Lowered): Chained | undefined {
  const [end] = results.map((r) => r.value).filter((v) => isFloat(v.type.dtype));
  if (!root || !end) return undefined;
  const order = upstream([end]);
  const chains = chainsIn(order, placesOf(ctx, root));
  return chains.length === 0 ? undefined : { ctx, root, end, order, chains };
}

/** One warning for each chain of layers through which numbers grow or die. */
export function varianceWarnings(
  chained: Chained,
  { decl, sets }: ModelSubject,
  start: Start,
  files: Files,
): readonly Diagnostic[] {
  const { order, chains } = chained;
  const forward = sampled(order, leafSample(start.samples, 1));
  const cotangents = backward(chained, forward);
  return chains.flatMap((chain) => {
    const depth = fullDepth(decl, sets, chain.links.length);
    const ways = [
      ["activations", chain.handedOn.map((v) => power(forward.get(v)))],
      ["gradients", chain.handedOn.map((v) => cotangents.get(v)).reverse()],
    ] as const;
    const found = ways.flatMap(([what, powers]): Change[] => {
      const factor = steadyFactor(powers);
      return factor !== undefined && isFar(factor, depth) ? [{ what, factor, depth }] : [];
    });
    return found.slice(0, 1).map((change) => describe(change, chain, chained, start, files));
  });
}

/** A steady change through a chain. */
interface Change {
  readonly what: "activations" | "gradients";
  readonly factor: number;
  readonly depth: number;
}

/** The powers of the cotangents of what the layers hand on. */
function backward(
  { chains, end, ctx }: Chained,
  forward: ReadonlyMap<Value, Sample>,
): ReadonlyMap<Value, number | undefined> {
  const wrt = chains.flatMap((c) => c.handedOn);
  const seed = ctx.opaque(end.type.dtype, end.type.shape, "cotangent");
  const found = pullback(end, seed, wrt);
  const order = upstream(found.flatMap((c) => c ?? [])).filter((v) => !forward.has(v));
  const known = sampled(order, leafSample(new Map(), 1), forward);
  return new Map(wrt.map((v, i) => [v, power(known.get(found[i] ?? v))]));
}

/** The change from one of some powers to the next, where it is the same from first to last. */
function steadyFactor(powers: readonly (number | undefined)[]): number | undefined {
  const logs = powers
    .slice(1)
    .map((p, i) => Math.log((p ?? Number.NaN) / (powers[i] ?? Number.NaN)));
  const [last = Number.NaN] = logs.slice(-1);
  if (!logs.every((l) => Number.isFinite(l) && Math.abs(l) > noticeable)) return undefined;
  const isSteady = logs.every((l) => Math.abs(l - last) <= steadiness * Math.abs(last) + 0.02);
  return isSteady ? Math.exp(logs.reduce((a, b) => a + b, 0) / logs.length) : undefined;
}

const isFar = (factor: number, depth: number): boolean =>
  factor ** depth < least || factor ** depth > most;

// ----------------------------------------------------------------------- words

function describe(
  growth: Change,
  chain: Chain,
  { order, root }: Chained,
  start: Start,
  files: Files,
): Diagnostic {
  const [first = ""] = chain.links;
  const weights = start.outputs.filter(
    (o) => o.name.startsWith(`${first}.`) && o.value.type.shape.length > 1,
  );
  const written = weights.map((w) => placeOf(w.value, files)).find((span) => span !== undefined);
  const fallback = root.decl.name.span;
  const declared = memberAt(root, first, files, fallback);
  const remedy = remedyFor(growth, chain, order, start);
  return warnings.unstable({
    at: written ?? declared.span,
    growth: { ...growth, chain: chain.name },
    ...(remedy === undefined ? {} : { remedy }),
    ...(written && declared.member
      ? { declared: { span: declared.span, text: "the layers are declared here" } }
      : {}),
  });
}

/** The initialiser with which one more run gives a factor near 1; undefined where scaling the weights does not give it. */
function remedyFor(
  { what, factor }: Change,
  chain: Chain,
  order: readonly Value[],
  { outputs, samples }: Start,
): string | undefined {
  const [first = ""] = chain.links;
  const weights = outputs.filter(
    (o) => o.name.startsWith(`${first}.`) && o.value.type.shape.length > 1,
  );
  const [weight, ...others] = weights;
  if (!weight) return undefined;
  const scale = factor ** (-0.5 / weights.length);
  const isScaled = (name: string): boolean => chain.links.some((l) => name.startsWith(`${l}.`));
  const again = sampled(order, leafSample(samples, scale, isScaled));
  const powers = chain.handedOn.map((v) => power(again.get(v)) ?? Number.NaN);
  const [a = Number.NaN, b = Number.NaN] = powers.slice(-2);
  // Where gradients die first, activations lean on something else than the weights, such as biases.
  const [low, high] = what === "activations" ? [0.7, 1.4] : [0.4, 2.5];
  if (!(b / a > low && b / a < high)) return undefined;
  if (others.length > 0) return `weights ${short(scale)} times as large make it 1`;
  const std = Math.sqrt(power(samples.get(weight.name)) ?? 0) * scale;
  const fan = weight.value.type.shape
    .slice(1)
    .reduce((n, d) => n * (constantOf(d) ?? Number.NaN), 1);
  return `${initialiser(std, fan)} makes it 1: a standard deviation of ${short(std)}`;
}

/** The initialiser of the standard library with this standard deviation, or `normal`. */
function initialiser(std: number, fan: number): string {
  const gain = std * std * fan;
  if (gain > 1.7 && gain < 2.35) return "`he_normal`";
  return gain > 0.8 && gain < 1.25 ? "`lecun_normal`" : `\`normal(std = ${short(std)})\``;
}

const { short } = warnings;
