// Steps of optimizers, in the preview domain of ONNX: learning rate, step, then parameters, gradients and moments by turns.
import { num, range, type Call, type Family, type Given } from "../writer.js";

/** One parameter with its gradient and moments. */
interface Tensors {
  readonly x: string;
  readonly g: string;
  readonly moments: readonly string[];
}

/** Applies a rule to each parameter; results are all parameters, then all first moments, then all second ones. */
function stepped(
  call: Call,
  kinds: number,
  rule: (tensors: Tensors, rate: string, step: number) => readonly string[],
): readonly Given[] {
  const count = (call.count - 2) / (kinds + 1);
  const rate = call.x(0);
  const step = call.numbers(1)[0] ?? 0;
  const results = range(count).map((i) => {
    const at = (kind: number): string => call.x(2 + kind * count + i);
    const moments = range(kinds - 1, 2).map(at);
    const x = at(0);
    const decay = call.float("norm_coefficient", 0);
    const g = call.let(decay === 0 ? at(1) : `${num(decay)} * ${x} + ${at(1)}`);
    return rule({ x, g, moments }, rate, step).map((text) => call.let(text));
  });
  return range(kinds).flatMap((kind) => results.map((parts) => parts[kind] ?? ""));
}

const adagrad = (call: Call): readonly Given[] =>
  stepped(call, 2, ({ x, g, moments: [h = ""] }, rate, step) => {
    const decay = 1 + step * call.float("decay_factor", 0);
    const sum = call.let(`${h} + ${g} * ${g}`);
    const size = `(sqrt(${sum}) + ${num(call.float("epsilon", 1e-6))})`;
    return [`${x} - ${rate} / ${num(decay)} * ${g} / ${size}`, sum];
  });

const momentum = (call: Call): readonly Given[] =>
  stepped(call, 2, ({ x, g, moments: [v = ""] }, rate, step) => {
    const alpha = num(call.float("alpha", 1));
    const beta = num(step > 0 ? call.float("beta", 1) : 1);
    const moved = call.let(`${alpha} * ${v} + ${beta} * ${g}`);
    const isNesterov = call.word("mode", "standard") === "nesterov";
    const direction = isNesterov ? `(${g} + ${alpha} * ${moved})` : moved;
    return [`${x} - ${rate} * ${direction}`, moved];
  });

const adam = (call: Call): readonly Given[] =>
  stepped(call, 3, ({ x, g, moments: [v = "", h = ""] }, rate, step) => {
    const [alpha, beta] = [call.float("alpha", 0.9), call.float("beta", 0.999)];
    const first = call.let(`${num(alpha)} * ${v} + ${num(1 - alpha)} * ${g}`);
    const second = call.let(`${num(beta)} * ${h} + ${num(1 - beta)} * ${g} * ${g}`);
    const bias = step > 0 ? Math.sqrt(1 - beta ** step) / (1 - alpha ** step) : 1;
    const size = `(sqrt(${second}) + ${num(call.float("epsilon", 1e-6))})`;
    const moved = call.let(`${x} - ${num(bias)} * ${rate} * ${first} / ${size}`);
    const decay = call.float("norm_coefficient_post", 0);
    return [decay === 0 ? moved : `${num(1 - decay)} * ${moved}`, first, second];
  });

/** Steps of optimizers. */
export const optimizers: Family = { Adagrad: adagrad, Momentum: momentum, Adam: adam };
