// Normalisations and dropout.
import { axesText, list, Miss, num, range, type Call, type Family, type Given } from "../writer.js";

/** A vector over channels, shaped so that it meets the second axis. */
const channels = (call: Call, index: number): string => {
  const rest = range(call.rank() - 2).map(() => 1);
  const size = call.shape(index)[0] ?? 1;
  return rest.length === 0
    ? call.x(index)
    : call.let(`reshape(${call.x(index)}, ${list([size, ...rest])})`);
};

/** `x` less its mean over axes, the mean, and the mean of the squares of what is left. */
function centred(call: Call, x: string, axes: readonly number[]) {
  const over = `axis = ${axesText(axes)}, keep = true`;
  const mean = call.let(`mean(${x}, ${over})`);
  const rest = call.let(`${x} - ${mean}`);
  return { mean, rest, variance: call.let(`mean(${rest} * ${rest}, ${over})`) };
}

function batchNorm(call: Call): readonly Given[] {
  const [x, scale, shift] = [call.x(), channels(call, 1), channels(call, 2)];
  const eps = num(call.float("epsilon", 1e-5));
  if (call.int("training_mode", 0) === 0) {
    const [mean, variance] = [channels(call, 3), channels(call, 4)];
    return [`(${x} - ${mean}) * rsqrt(${variance} + ${eps}) * ${scale} + ${shift}`];
  }
  const axes = range(call.rank()).filter((axis) => axis !== 1);
  const { mean, rest, variance } = centred(call, x, axes);
  const keep = call.float("momentum", 0.9);
  const flat = `[${String(call.shape(1)[0])}]`;
  const running = (index: number, now: string): string =>
    `${num(keep)} * ${call.x(index)} + ${num(1 - keep)} * reshape(${now}, ${flat})`;
  return [
    `${rest} * rsqrt(${variance} + ${eps}) * ${scale} + ${shift}`,
    running(3, mean),
    running(4, variance),
  ];
}

function layerNorm(call: Call): readonly Given[] {
  const axis = call.axis("axis", -1);
  const { mean, rest, variance } = centred(call, call.x(), range(call.rank() - axis, axis));
  const inverse = call.let(`rsqrt(${variance} + ${num(call.float("epsilon", 1e-5))})`);
  const level = `${rest} * ${inverse} * ${call.x(1)}`;
  const shape = call.shape().map((size, i) => (i < axis ? size : 1));
  const type = { dtype: "f32", shape } as const;
  return [
    { text: call.has(2) ? `${level} + ${call.x(2)}` : level, type: call.operand(0).type },
    { text: mean, type },
    { text: inverse, type },
  ];
}

function instanceNorm(call: Call): string {
  const { rest, variance } = centred(call, call.x(), range(call.rank() - 2, 2));
  const eps = num(call.float("epsilon", 1e-5));
  return `${rest} * rsqrt(${variance} + ${eps}) * ${channels(call, 1)} + ${channels(call, 2)}`;
}

function meanVariance(call: Call): string {
  const { rest, variance } = centred(call, call.x(), call.ints("axes") ?? [0, 2, 3]);
  return `${rest} / (sqrt(${variance}) + 1e-9)`;
}

/** Local response normalisation: by the squares of neighbouring channels. */
function responseNorm(call: Call): string {
  const x = call.x();
  const size = call.int("size", 1);
  const before = Math.floor((size - 1) / 2);
  const wide = call.let(
    `pad(${x} * ${x}, axis = 1, before = ${String(before)}, after = ${String(size - 1 - before)})`,
  );
  const sums = call.let(`sum(unfold(${wide}, axis = 1, size = ${String(size)}), axis = -1)`);
  const [alpha, beta] = [call.float("alpha", 1e-4), call.float("beta", 0.75)];
  return `${x} / pow(${num(call.float("bias", 1))} + ${num(alpha / size)} * ${sums}, ${num(beta)})`;
}

/** Outside of training, or with nothing to drop, the identity; masks drawn by NumPy cannot be drawn again. */
function dropout(call: Call): readonly Given[] {
  const isTraining = call.has(2) && (call.numbers(2)[0] ?? 0) !== 0;
  const ratio = call.has(1) ? (call.numbers(1)[0] ?? 0) : 0.5;
  if (isTraining && ratio !== 0)
    throw new Miss("the expected numbers are those of NumPy's generator");
  const x = call.x();
  const mask = {
    text: `full(bool${list(call.shape())}, true)`,
    type: { dtype: "bool", shape: call.shape() },
  } as const;
  return call.node.outputs.length > 1 ? [x, mask] : [x];
}

/** Normalisations and dropout. */
export const normalisations: Family = {
  BatchNormalization: batchNorm,
  LayerNormalization: layerNorm,
  InstanceNormalization: instanceNorm,
  MeanVarianceNormalization: meanVariance,
  LRN: responseNorm,
  Dropout: dropout,
};
