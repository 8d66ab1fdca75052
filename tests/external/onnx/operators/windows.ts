// Windows over the spatial axes of an image: strides, dilations and pads as ONNX gives them, and `unfold` as the language has it.
import { range, type Call } from "../writer.js";

/** What a node says about its windows, per spatial axis. */
export interface Windows {
  readonly size: readonly number[];
  readonly stride: readonly number[];
  readonly dilation: readonly number[];
  readonly before: readonly number[];
  readonly after: readonly number[];
}

/** Reads the windows of a node over an input of the given spatial sizes. */
export function windowsOf(
  call: Call,
  spatial: readonly number[],
  size: readonly number[],
): Windows {
  const ones = spatial.map(() => 1);
  const stride = call.ints("strides") ?? ones;
  const dilation = call.ints("dilations") ?? ones;
  const rank = spatial.length;
  const mode = call.word("auto_pad", "NOTSET");
  const pads = call.ints("pads") ?? range(2 * rank).map(() => 0);
  if (mode === "NOTSET" || mode === "VALID") {
    const given = mode === "VALID" ? pads.map(() => 0) : pads;
    return { size, stride, dilation, before: given.slice(0, rank), after: given.slice(rank) };
  }
  const total = spatial.map((extent, i) => {
    const step = stride[i] ?? 1;
    const reach = ((size[i] ?? 1) - 1) * (dilation[i] ?? 1) + 1;
    return Math.max((Math.ceil(extent / step) - 1) * step + reach - extent, 0);
  });
  const small = total.map((pad) => Math.floor(pad / 2));
  const large = total.map((pad) => Math.ceil(pad / 2));
  const isLower = mode === "SAME_LOWER";
  const [before, after] = isLower ? [large, small] : [small, large];
  return { size, stride, dilation, before, after };
}

/** The windows of an expression over its axes from 2 on: their places stay where the axes were, offsets come last. */
export const unfolded = (x: string, { size, stride, dilation }: Windows): string =>
  size.reduce((text, extent, i) => {
    const step = stride[i] === 1 ? "" : `, stride = ${String(stride[i])}`;
    const apart = dilation[i] === 1 ? "" : `, dilation = ${String(dilation[i])}`;
    return `unfold(${text}, axis = ${String(2 + i)}, size = ${String(extent)}${step}${apart})`;
  }, x);

/** The single number of a list where all are the same. */
export const only = (values: readonly number[]): number | undefined =>
  values.every((value) => value === values[0]) ? values[0] : undefined;
