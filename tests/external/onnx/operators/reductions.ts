// Operators that combine elements over axes, and those that look along one axis: places of extremes, softmax, running sums.
import { axesText, range, type Call, type Family, type Translate } from "../writer.js";

/** The axes of a reduction, from the attribute or, in later versions, the second input; undefined where nothing is reduced. */
function reducedAxes(call: Call): readonly number[] | undefined {
  const given = call.ints("axes") ?? (call.has(1) ? call.numbers(1) : []);
  if (given.length > 0) return given;
  return call.int("noop_with_empty_axes", 0) === 1 ? undefined : range(call.rank());
}

/** `write` puts the arguments, `axis` and `keep`, behind what is reduced. */
const reduction =
  (write: (x: string, rest: string) => string): Translate =>
  (call) => {
    const axes = reducedAxes(call);
    if (!axes || axes.length === 0) return call.x();
    const keep = call.int("keepdims", 1) === 1 ? ", keep = true" : "";
    return write(call.x(), `, axis = ${axesText(axes)}${keep}`);
  };

/** The place of an extreme; of several the first, or the last as the first from behind. */
const place =
  (name: "argmax" | "argmin"): Translate =>
  (call) => {
    const axis = call.axis("axis", 0);
    const keep = call.int("keepdims", 1) === 1 ? ", keep = true" : "";
    const rest = `, axis = ${String(axis)}${keep}`;
    if (call.int("select_last_index", 0) === 0) return `${name}(${call.x()}${rest})`;
    const last = (call.shape()[axis] ?? 1) - 1;
    return `${String(last)} - ${name}(flip(${call.x()}, axis = ${String(axis)})${rest})`;
  };

/** Before version 13 the axes from one on were one axis. */
function alongAxis(call: Call, write: (x: string, axis: number) => string): string {
  if (call.version >= 13) return write(call.x(), call.axis("axis", -1));
  const axis = call.axis("axis", 1);
  const shape = call.shape();
  const rows = shape.slice(0, axis).reduce((a, b) => a * b, 1);
  const flat = call.let(`reshape(${call.x()}, [${String(rows)}, -1])`);
  return `reshape(${write(flat, 1)}, [${shape.join(", ")}])`;
}

const along =
  (name: string): Translate =>
  (call) =>
    alongAxis(call, (x, axis) => `${name}(${x}, axis = ${String(axis)})`);

/** 1 at the first largest element, 0 elsewhere. */
const hardmax: Translate = (call) =>
  alongAxis(call, (x, axis) => {
    const size = call.version >= 13 ? (call.shape()[axis] ?? 1) : -1;
    const rank = call.version >= 13 ? call.rank() : 2;
    const sizes = range(rank).map((i) => (i === axis ? size : 1));
    const peak = call.let(`argmax(${x}, axis = ${String(axis)}, keep = true)`);
    return `cast(${peak} == reshape(iota(${String(size)}), [${sizes.join(", ")}]), f32)`;
  });

function runningSum(call: Call): string {
  const axis = String(call.numbers(1)[0] ?? 0);
  const isReverse = call.int("reverse", 0) === 1;
  const x = call.x();
  const turned = isReverse ? call.let(`flip(${x}, axis = ${axis})`) : x;
  const sum = `cumsum(${turned}, axis = ${axis})`;
  const part = call.int("exclusive", 0) === 1 ? `${sum} - ${turned}` : sum;
  return isReverse ? `flip(${part}, axis = ${axis})` : part;
}

/** Operators that combine elements over axes. */
export const reductions: Family = {
  ReduceSum: reduction((x, rest) => `sum(${x}${rest})`),
  ReduceMean: reduction((x, rest) => `mean(${x}${rest})`),
  ReduceMax: reduction((x, rest) => `max(${x}${rest})`),
  ReduceMin: reduction((x, rest) => `min(${x}${rest})`),
  ReduceProd: reduction((x, rest) => `prod(${x}${rest})`),
  ReduceL1: reduction((x, rest) => `sum(abs(${x})${rest})`),
  ReduceL2: reduction((x, rest) => `sqrt(sum(${x} * ${x}${rest}))`),
  ReduceSumSquare: reduction((x, rest) => `sum(${x} * ${x}${rest})`),
  ReduceLogSum: reduction((x, rest) => `log(sum(${x}${rest}))`),
  ReduceLogSumExp: reduction((x, rest) => `logsumexp(${x}${rest})`),
  ArgMax: place("argmax"),
  ArgMin: place("argmin"),
  Softmax: along("softmax"),
  LogSoftmax: along("log_softmax"),
  Hardmax: hardmax,
  CumSum: runningSum,
  LpNormalization: (call) => {
    const axis = call.axis("axis", -1);
    const x = call.x();
    const rest = `axis = ${String(axis)}, keep = true`;
    if (call.int("p", 2) === 1) return `${x} / sum(abs(${x}), ${rest})`;
    return `${x} / sqrt(sum(${x} * ${x}, ${rest}))`;
  },
};
