// Pooling: over windows, over everything, and back.
import { axesText, list, product, range, type Call, type Family, type Given } from "../writer.js";
import { padded } from "./shapes.js";
import { unfolded, windowsOf, type Windows } from "./windows.js";

/** Lower than any number that a window holds, and finite. */
const lowest = "-3e38";

/** The windows of a pooling node; with `ceil_mode` the last one may begin inside and end beyond. */
function poolWindows(call: Call): Windows {
  const [, , ...spatial] = call.shape();
  const windows = windowsOf(call, spatial, call.ints("kernel_shape") ?? spatial);
  if (call.int("ceil_mode", 0) === 0) return windows;
  const after = windows.after.map((pad, i) => {
    const step = windows.stride[i] ?? 1;
    const reach = ((windows.size[i] ?? 1) - 1) * (windows.dilation[i] ?? 1) + 1;
    const room = (spatial[i] ?? 1) + (windows.before[i] ?? 0) + pad - reach;
    const count = Math.ceil(room / step);
    const isInside = count * step < (spatial[i] ?? 1) + (windows.before[i] ?? 0);
    return isInside ? pad + count * step - room : pad;
  });
  return { ...windows, after };
}

/** The windows of a padded tensor, offsets last. */
function pooled(call: Call, x: string, windows: Windows, value: string): string {
  const [before, after] = [
    [0, 0, ...windows.before],
    [0, 0, ...windows.after],
  ];
  return unfolded(padded(call, x, before, after, value), windows);
}

const offsets = ({ size }: Windows): string => axesText(range(size.length, 2 + size.length));

function maxPool(call: Call): string | readonly Given[] {
  const windows = poolWindows(call);
  const views = pooled(call, call.x(), windows, lowest);
  if (!call.wants(1)) return `max(${views}, axis = ${offsets(windows)})`;
  const flat = call.let(flattened(views, windows));
  const place = call.let(`argmax(${flat}, axis = -1, keep = true)`);
  const numbers = call.let(
    flattened(pooled(call, call.let(elementNumbers(call)), windows, "0"), windows),
  );
  const count = product(windows.size);
  const ones = range(call.rank()).map(() => 1);
  const isThere = `${place} == reshape(iota(${String(count)}), ${list([...ones, count])})`;
  return [`max(${flat}, axis = -1)`, `sum(select(${isThere}, ${numbers}, 0), axis = -1)`];
}

/** The offsets of windows as one last axis. */
function flattened(views: string, { size }: Windows): string {
  const places = range(size.length)
    .map((i) => `p${String(i)}`)
    .join(" ");
  const inside = range(size.length)
    .map((i) => `o${String(i)}`)
    .join(" ");
  return `rearrange(${views}, [b c ${places} ${inside} -> b c ${places} (${inside})])`;
}

/** Each element's number in the whole tensor; with `storage_order` the spatial axes count from the front. */
function elementNumbers(call: Call): string {
  const shape = call.shape();
  const [, , ...spatial] = shape;
  if (call.int("storage_order", 0) === 0)
    return `reshape(iota(${String(product(shape))}), ${list(shape)})`;
  const axes = spatial.map((_, i) => `s${String(i)}`);
  const turned = [shape[0], shape[1], ...spatial.toReversed()].join(", ");
  const numbers = `reshape(iota(${String(product(shape))}), [${turned}])`;
  return `rearrange(${numbers}, [b c ${axes.toReversed().join(" ")} -> b c ${axes.join(" ")}])`;
}

function averagePool(call: Call): string {
  const windows = poolWindows(call);
  const axes = offsets(windows);
  const sums = `sum(${pooled(call, call.x(), windows, "0")}, axis = ${axes})`;
  const [, , ...spatial] = call.shape();
  const isPlain = [...windows.before, ...windows.after].every((pad) => pad === 0);
  if (isPlain) return `${sums} / ${String(product(windows.size))}`;
  // What counts is 1: the input, and the pads where the node says so; never what only `ceil_mode` adds.
  const isPadCounted = call.int("count_include_pad", 0) === 1;
  const given = isPadCounted ? windowsOf(call, spatial, windows.size) : undefined;
  const inner = spatial.map((n, i) => n + (given?.before[i] ?? 0) + (given?.after[i] ?? 0));
  const before = windows.before.map((pad, i) => pad - (given?.before[i] ?? 0));
  const after = windows.after.map((pad, i) => pad - (given?.after[i] ?? 0));
  const ones = pooled(call, `ones(${list([1, 1, ...inner])})`, { ...windows, before, after }, "0");
  return `${sums} / sum(${ones}, axis = ${axes})`;
}

/** The whole of each channel, the spatial axes staying as 1. */
const everything = (call: Call, name: string): string =>
  `${name}(${call.x()}, axis = ${axesText(range(call.rank() - 2, 2))}, keep = true)`;

/** Puts the largest elements back where they were, zeros elsewhere. */
function unpool(call: Call): string {
  const shape = call.shape();
  const [batch = 1, channels = 1, ...spatial] = shape;
  const windows = windowsOf(call, spatial, call.ints("kernel_shape") ?? spatial);
  const sizes = spatial.map(
    (n, i) =>
      (n - 1) * (windows.stride[i] ?? 1) +
      (windows.size[i] ?? 1) -
      (windows.before[i] ?? 0) -
      (windows.after[i] ?? 0),
  );
  const flat = (name: string): string => `reshape(${name}, [${String(product(shape))}])`;
  const own = [batch, channels, ...sizes];
  const rows = String(product(own));
  const whole = `reshape(scatter_add(${flat(call.x(0))}, ${flat(call.x(1))}, ${rows}), ${list(own)})`;
  if (!call.has(2)) return whole;
  const wanted = call.numbers(2);
  const missing = own.map((n, i) => (wanted[i] ?? n) - n);
  return padded(
    call,
    call.let(whole),
    own.map(() => 0),
    missing,
    "0",
  );
}

/** Each element repeated a whole number of times along each axis. */
function upsample(call: Call): string {
  const scales = call.has(1) ? call.numbers(1) : [];
  const parts = call.shape().map((_, i) => `a${String(i)}`);
  const times = scales.map((scale, i) => (scale === 1 ? "" : `, r${String(i)} = ${String(scale)}`));
  const right = parts.map((part, i) => (scales[i] === 1 ? part : `(${part} r${String(i)})`));
  return `repeat(${call.x()}, [${parts.join(" ")} -> ${right.join(" ")}]${times.join("")})`;
}

/** Pooling. */
export const pooling: Family = {
  MaxPool: maxPool,
  AveragePool: averagePool,
  GlobalAveragePool: (call) => everything(call, "mean"),
  GlobalMaxPool: (call) => everything(call, "max"),
  MaxUnpool: unpool,
  Upsample: upsample,
};
