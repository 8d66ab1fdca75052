// Losses over classes, with weights of classes and a class that does not count.
import { list, num, range, type Call, type Family } from "../writer.js";

/** Places that one class of each element stands for, and the loss from log probabilities `[N, C, …]`. */
function lossOf(call: Call, logs: string): string {
  const [batch = 1, classes = 1, ...rest] = call.shape();
  const targets = call.x(1);
  const column = range(rest.length).map(() => 1);
  const numbers = `reshape(iota(${String(classes)}), ${list([1, classes, ...column])})`;
  const mask = call.let(`reshape(${targets}, ${list([batch, 1, ...rest])}) == ${numbers}`);
  const picked = call.let(`sum(select(${mask}, ${logs}, 0), axis = 1)`);
  const weight = weightsOf(call, targets, mask, picked, [1, classes, ...column]);
  const each = weight === undefined ? `-${picked}` : call.let(`-${weight} * ${picked}`);
  switch (call.word("reduction", "mean")) {
    case "none":
      return each;
    case "sum":
      return `sum(${each})`;
    default:
      return weight === undefined ? `mean(${each})` : `sum(${each}) / sum(${weight})`;
  }
}

/** The weight of each element, or undefined where all count alike. */
function weightsOf(
  call: Call,
  targets: string,
  mask: string,
  like: string,
  shape: readonly number[],
): string | undefined {
  const ignored = call.node.attributes.has("ignore_index")
    ? call.int("ignore_index", 0)
    : undefined;
  const weight = call.has(2)
    ? call.let(`sum(select(${mask}, reshape(${call.x(2)}, ${list(shape)}), 0), axis = 1)`)
    : undefined;
  if (ignored === undefined) return weight;
  const whole = weight ?? `ones_like(${like})`;
  return call.let(`select(${targets} != ${num(ignored)}, ${whole}, 0)`);
}

/** Losses over classes. */
export const losses: Family = {
  NegativeLogLikelihoodLoss: (call) => lossOf(call, call.x()),
  SoftmaxCrossEntropyLoss: (call) => {
    const logs = call.let(`log_softmax(${call.x()}, axis = 1)`);
    const loss = lossOf(call, logs);
    return call.node.outputs.length > 1 ? [loss, logs] : loss;
  },
};
