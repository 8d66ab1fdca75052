// Whether activations or gradients keep their size through a chain of layers, as the parameters are initialised.
import { pullback } from "../autodiff/pullback.js";
import type { Context } from "../check/context.js";
import { fillingPhases } from "../check/initial-order.js";
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

/** A smaller decay per layer than this is not told from none. */
const noticeableDecay = Math.log(1.2);

/**
 * A smaller growth per layer than this is not told from that of residual sums: after n equal terms comes a factor of
 * (n + 1) / n, which is 1.5 at the second of the three places that are looked at.
 */
const noticeableGrowth = Math.log(1.65);

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
  const samples = new Map<string, Sample>();
  for (const phase of fillingPhases(ctx, outputs) ?? []) {
    const known = sampled(upstream(phase.map((o) => o.value)), leafSample(samples, 1));
    for (const { name, value } of phase) samples.set(name, known.get(value));
  }
  return { outputs, samples };
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
  const back = cotangentsOf(chained);
  const known = run(chained, back, leafSample(start.samples, 1));
  return chained.chains.flatMap((chain) => {
    const depth = fullDepth(decl, sets, chain.links.length);
    const found = (["activations", "gradients"] as const).flatMap((what): Change[] => {
      const factor = steadyFactor(powersOf({ what, chain, back }, known));
      return factor !== undefined && isFar(factor, depth)
        ? [{ what, chain, back, factor, depth }]
        : [];
    });
    return found.slice(0, 1).map((change) => describe(change, chained, start, files));
  });
}

/** The cotangents of what layers hand on, by that. */
type Cotangents = ReadonlyMap<Value, Value | null>;

/** What is followed through a chain. */
interface Way {
  readonly what: "activations" | "gradients";
  readonly chain: Chain;
  readonly back: Cotangents;
}

/** A steady change through a chain. */
interface Change extends Way {
  readonly factor: number;
  readonly depth: number;
}

/** Emits the pullback of the result of a function to what its layers hand on. */
function cotangentsOf({ chains, end, ctx }: Chained): Cotangents {
  const wrt = chains.flatMap((c) => c.handedOn);
  const seed = ctx.opaque(end.type.dtype, end.type.shape, "cotangent");
  const found = pullback(end, seed, wrt);
  return new Map(wrt.map((v, i) => [v, found[i] ?? null]));
}

/** Samples forward and backward. */
function run(
  { order }: Chained,
  back: Cotangents,
  leaf: (value: Value) => Sample,
): ReadonlyMap<Value, Sample> {
  const forward = sampled(order, leaf);
  const after = upstream([...back.values()].flatMap((c) => c ?? []));
  return sampled(
    after.filter((v) => !forward.has(v)),
    leaf,
    forward,
  );
}

/** The powers that a chain hands on, in the order in which they arise. */
function powersOf(
  { what, chain: { handedOn }, back }: Way,
  known: ReadonlyMap<Value, Sample>,
): readonly (number | undefined)[] {
  if (what === "activations") return handedOn.map((v) => power(known.get(v)));
  return handedOn.map((v) => power(known.get(back.get(v) ?? v))).reverse();
}

/** The change from one of some powers to the next, where it is the same from first to last. */
function steadyFactor(powers: readonly (number | undefined)[]): number | undefined {
  const logs = powers
    .slice(1)
    .map((p, i) => Math.log((p ?? Number.NaN) / (powers[i] ?? Number.NaN)));
  const [last = Number.NaN] = logs.slice(-1);
  const isNoticed = (l: number): boolean => l > noticeableGrowth || l < -noticeableDecay;
  if (!logs.every((l) => Number.isFinite(l) && isNoticed(l))) return undefined;
  const isSteady = logs.every((l) => Math.abs(l - last) <= steadiness * Math.abs(last) + 0.02);
  return isSteady ? Math.exp(logs.reduce((a, b) => a + b, 0) / logs.length) : undefined;
}

const isFar = (factor: number, depth: number): boolean =>
  factor ** depth < least || factor ** depth > most;

// ----------------------------------------------------------------------- words

function describe(change: Change, chained: Chained, start: Start, files: Files): Diagnostic {
  const { root } = chained;
  const { chain } = change;
  const written = weightsOf(chain, start)
    .map((w) => placeOf(w.value, files))
    .find((span) => span !== undefined);
  const declared = memberAt(root, chain.links[0] ?? "", files, root.decl.name.span);
  const remedy = remedyFor(change, chained, start);
  return warnings.unstable({
    at: written ?? declared.span,
    growth: { ...change, chain: chain.name },
    ...(remedy === undefined ? {} : { remedy }),
    ...(written && declared.member
      ? { declared: { span: declared.span, text: "the layers are declared here" } }
      : {}),
  });
}

/** The parameters of more than one axis of the first layer of a chain. */
const weightsOf = ({ links: [first = ""] }: Chain, { outputs }: Start): readonly Output[] =>
  outputs.filter((o) => o.name.startsWith(`${first}.`) && o.value.type.shape.length > 1);

/** The initialiser with which one more run gives a factor near 1; undefined where scaling the weights does not give it. */
function remedyFor(change: Change, chained: Chained, start: Start): string | undefined {
  const { chain, factor } = change;
  const weights = weightsOf(chain, start);
  const [weight, ...others] = weights;
  if (!weight) return undefined;
  const scale = factor ** (-0.5 / weights.length);
  const isScaled = (name: string): boolean => chain.links.some((l) => name.startsWith(`${l}.`));
  const again = run(chained, change.back, leafSample(start.samples, scale, isScaled));
  const [a = Number.NaN, b = Number.NaN] = powersOf(change, again).slice(-2);
  // Where a function saturates, gradients lose a part that depends on more than the weights.
  const [low, high] = change.what === "activations" ? [0.7, 1.4] : [0.4, 2.5];
  if (!(b / a > low && b / a < high)) return undefined;
  if (others.length > 0) return `weights ${short(scale)} times as large bring it near 1`;
  const std = Math.sqrt(power(start.samples.get(weight.name)) ?? 0) * scale;
  const { shape } = weight.value.type;
  const fan = shape.slice(1).reduce((n, d) => n * (constantOf(d) ?? Number.NaN), 1);
  return `${initialiser(std, fan)} brings it near 1: a standard deviation of ${short(std)}`;
}

/** The initialiser of the standard library with this standard deviation, or `normal`. */
function initialiser(std: number, fan: number): string {
  const gain = std * std * fan;
  if (gain > 1.7 && gain < 2.35) return "`he_normal`";
  return gain > 0.8 && gain < 1.25 ? "`lecun_normal`" : `\`normal(std = ${short(std)})\``;
}

const { short } = warnings;
