// Convolutions and their transposes: the library's where one stride, padding and dilation serves all axes, else windows and a product.
import { letters, list, Miss, range, type Call, type Family } from "../writer.js";
import { padded } from "./shapes.js";
import { only, unfolded, windowsOf, type Windows } from "./windows.js";

/** Adds a bias of channels. */
function withBias(call: Call, y: string, rank: number): string {
  if (!call.has(2)) return y;
  const shape = [call.shape(2)[0] ?? 1, ...range(rank).map(() => 1)];
  return `${y} + reshape(${call.x(2)}, ${list(shape)})`;
}

function convolution(call: Call): string {
  const [, , ...spatial] = call.shape(0);
  const [, , ...size] = call.shape(1);
  const windows = windowsOf(call, spatial, size);
  const groups = call.int("group", 1);
  return withBias(call, correlate(call, call.x(0), call.x(1), windows, groups), spatial.length);
}

/** Correlation as the library has it where it can say the windows, else of the padded input. */
function correlate(
  call: Call,
  x: string,
  weight: string,
  windows: Windows,
  groups: number,
): string {
  const rank = windows.size.length;
  const [stride, dilation] = [only(windows.stride), only(windows.dilation)];
  const pad = only([...windows.before, ...windows.after]);
  if (stride !== undefined && dilation !== undefined && rank <= 3) {
    const name = call.use("std/nn", `conv${String(rank)}d`);
    const wide = pad === undefined ? widened(call, x, windows) : x;
    return `${name}(${wide}, ${weight}${options({ stride, padding: pad ?? 0, dilation, groups })})`;
  }
  return correlation(widened(call, x, windows), weight, windows, groups);
}

const widened = (call: Call, x: string, { before, after }: Windows): string =>
  padded(call, x, [0, 0, ...before], [0, 0, ...after], "0");

/** Named arguments other than their defaults. */
const options = ({ padding, ...others }: Readonly<Record<string, number>>): string =>
  [
    ...Object.entries(others).filter(([, value]) => value !== 1),
    ...(padding === 0 || padding === undefined ? [] : [["padding", padding] as const]),
  ]
    .map(([name, value]) => `, ${name} = ${String(value)}`)
    .join("");

/** Correlation of a padded expression as one expression: windows, groups of channels apart, and a product. */
function correlation(x: string, weight: string, windows: Windows, groups: number): string {
  const rank = windows.size.length;
  const places = letters(rank, 15).join(" ");
  const offsets = letters(rank, 8).join(" ");
  const split = `rearrange(${unfolded(x, windows)}, [b (g c) ${places} ${offsets} -> b g c ${places} ${offsets}], g = ${String(groups)})`;
  const kernels = `rearrange(${weight}, [(g o) c ${offsets} -> g o c ${offsets}], g = ${String(groups)})`;
  const product = `einsum(${split}, ${kernels}, [b g c ${places} ${offsets}, g o c ${offsets} -> b g o ${places}])`;
  return `rearrange(${product}, [b g o ${places} -> b (g o) ${places}])`;
}

/** The pullback of a convolution without padding, cut to size and, where the result is longer, filled with zeros. */
function transposed(call: Call): string {
  const [batch = 1, , ...spatial] = call.shape(0);
  const [, channels = 1, ...size] = call.shape(1);
  const { stride, dilation, before, after } = windowsOf(call, spatial, size);
  const groups = call.int("group", 1);
  const full = spatial.map(
    (n, i) => (n - 1) * (stride[i] ?? 1) + ((size[i] ?? 1) - 1) * (dilation[i] ?? 1) + 1,
  );
  const none = full.map(() => 0);
  const windows = { size, stride, dilation, before: none, after: none };
  const shape = list([batch, channels * groups, ...full]);
  const body = correlation("y", call.x(1), windows, groups);
  const whole = call.let(`vjp((y) => ${body}, zeros(${shape}), ${call.x(0)})`);
  const [starts, sizes] = cutOf(call, full, { spatial, stride, before, after });
  return withBias(call, fitted(call, whole, full, starts, sizes), spatial.length);
}

/** Where the result starts in the whole pullback, and how long it is, per spatial axis. */
function cutOf(
  call: Call,
  full: readonly number[],
  pads: Pick<Windows, "stride" | "before" | "after"> & { readonly spatial: readonly number[] },
): readonly [starts: readonly number[], sizes: readonly number[]] {
  const extra = call.ints("output_padding") ?? full.map(() => 0);
  const mode = call.word("auto_pad", "NOTSET");
  const isSame = mode.startsWith("SAME");
  const wanted =
    call.ints("output_shape") ??
    (isSame ? pads.spatial.map((n, i) => n * (pads.stride[i] ?? 1)) : undefined);
  if (!wanted) {
    const sizes = full.map(
      (n, i) => n + (extra[i] ?? 0) - (pads.before[i] ?? 0) - (pads.after[i] ?? 0),
    );
    return [pads.before, sizes];
  }
  const total = full.map((n, i) => Math.max(n + (extra[i] ?? 0) - (wanted[i] ?? n), 0));
  const starts = total.map((pad) =>
    mode === "SAME_LOWER" ? Math.ceil(pad / 2) : Math.floor(pad / 2),
  );
  return [starts, wanted];
}

function fitted(
  call: Call,
  whole: string,
  full: readonly number[],
  starts: readonly number[],
  sizes: readonly number[],
): string {
  const after = full.map((n, i) => Math.max((starts[i] ?? 0) + (sizes[i] ?? n) - n, 0));
  const none = [0, 0, ...full.map(() => 0)];
  const wide = padded(call, whole, none, [0, 0, ...after], "0");
  const cuts = sizes.map((size, i) => `${String(starts[i])}:${String((starts[i] ?? 0) + size)}`);
  const isWhole = full.every((n, i) => starts[i] === 0 && sizes[i] === n + (after[i] ?? 0));
  return isWhole ? wide : `${wide}[:, :, ${cuts.join(", ")}]`;
}

/** Convolutions and their transposes. */
export const convolutions: Family = {
  Conv: (call) => {
    if (call.rank() > 5) throw new Miss("a convolution over more than three axes");
    return convolution(call);
  },
  ConvTranspose: transposed,
};
