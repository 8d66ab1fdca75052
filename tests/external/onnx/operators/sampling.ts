// Images read between their pixels: resizing, grids of places, regions.
import { letters, list, Miss, num, range, type Call, type Family } from "../writer.js";

/** How one axis is resized. */
interface Axis {
  readonly axis: number;
  readonly from: number;
  readonly to: number;
  readonly scale: number;
  readonly region: readonly [from: number, to: number] | undefined;
}

function axesOf(call: Call): readonly Axis[] {
  const shape = call.shape();
  // Before version 11 the scales were the second input.
  const at = call.version < 11 ? 1 : 2;
  const scales = call.has(at) ? call.numbers(at) : [];
  const sizes = call.has(3) ? call.numbers(3) : undefined;
  const roi = call.has(1) && call.version >= 11 ? call.numbers(1) : [];
  return shape.flatMap((from, axis): readonly Axis[] => {
    const to = sizes?.[axis] ?? Math.floor(from * (scales[axis] ?? 1));
    const scale = sizes ? to / from : (scales[axis] ?? 1);
    const [low, high] = [roi[axis], roi[axis + shape.length]];
    const region = low === undefined || high === undefined ? undefined : ([low, high] as const);
    const isCropped = call.word("coordinate_transformation_mode", "") === "tf_crop_and_resize";
    return to === from && scale === 1 && !isCropped ? [] : [{ axis, from, to, scale, region }];
  });
}

/** Where the samples of an axis lie, in elements of the input. */
function placesOf(call: Call, { from, to, scale, region }: Axis): string {
  const i = `cast(iota(${String(to)}), f32)`;
  const middle = `(${i} + 0.5) / ${num(scale)}`;
  const mode = call.word("coordinate_transformation_mode", "half_pixel");
  switch (mode) {
    case "half_pixel":
      return `${middle} - 0.5`;
    case "pytorch_half_pixel":
      return to > 1 ? `${middle} - 0.5` : `zeros([${String(to)}])`;
    case "tf_half_pixel_for_nn":
      return middle;
    case "asymmetric":
      return `${i} / ${num(scale)}`;
    case "align_corners": {
      const length = from * scale;
      return length === 1 ? `zeros([${String(to)}])` : `${i} * ${num((from - 1) / (length - 1))}`;
    }
    case "tf_crop_and_resize": {
      const [low, high] = region ?? [0, 1];
      if (to === 1) return `full([1], ${num(0.5 * (low + high) * (from - 1))})`;
      return `${num(low * (from - 1))} + ${i} * ${num(((high - low) * (from - 1)) / (to - 1))}`;
    }
    default:
      throw new Miss(`resizing by ${mode}`);
  }
}

/** The element nearest to a place; halves as the node says. */
function nearest(call: Call, places: string): string {
  switch (call.word("nearest_mode", "round_prefer_floor")) {
    case "floor":
      return `floor(${places})`;
    case "ceil":
      return `ceil(${places})`;
    case "round_prefer_ceil":
      return `floor(${places} + 0.5)`;
    default:
      return `ceil(${places} - 0.5)`;
  }
}

/** A matrix from the elements of an axis to its samples. */
function mixOf(call: Call, places: string, from: number): string {
  if (call.word("mode", "nearest") === "linear")
    return `${call.use("std/sampling", "linear_mix")}(${places}, ${String(from)})`;
  const isInside = call.int("exclude_outside", 0) === 1;
  const name = call.use("std/sampling", isInside ? "cubic_mix_inside" : "cubic_mix");
  return `${name}(${places}, ${String(from)}, a = ${num(call.float("cubic_coeff_a", -0.75))})`;
}

function resize(call: Call): string {
  const rank = call.rank();
  const names = letters(rank);
  const axes = axesOf(call);
  const isNearest = call.word("mode", "nearest") === "nearest";
  const all = axes.map((axis) => ({ ...axis, places: call.let(placesOf(call, axis)) }));
  const sampled = all.reduce((x, { axis, from, places }) => {
    if (isNearest) {
      const ids = `cast(min(max(${nearest(call, places)}, 0), ${String(from - 1)}), i32)`;
      return call.let(`gather(${x}, ${ids}, axis = ${String(axis)})`);
    }
    const mixed = names.map((name, i) => (i === axis ? "s" : name)).join(" ");
    const mix = call.let(mixOf(call, places, from));
    return call.let(
      `einsum(${x}, ${mix}, [${names.join(" ")}, s ${String(names[axis])} -> ${mixed}])`,
    );
  }, call.x());
  if (call.word("coordinate_transformation_mode", "") !== "tf_crop_and_resize") return sampled;
  return all.reduce((x, { axis, from, to, places }) => {
    const sizes = list(range(rank).map((i) => (i === axis ? to : 1)));
    const inside = call.let(
      `reshape(${places} >= 0 and ${places} <= ${String(from - 1)}, ${sizes})`,
    );
    return call.let(`select(${inside}, ${x}, ${num(call.float("extrapolation_value", 0))})`);
  }, sampled);
}

function gridSample(call: Call): string {
  const mode = call.word("mode", "bilinear");
  const padding = call.word("padding_mode", "zeros");
  const suffix = mode === "bilinear" ? "" : `_${mode}`;
  const name = call.use("std/sampling", `grid_sample${suffix}`);
  const corners = call.int("align_corners", 0) === 1 ? ", align_corners = true" : "";
  const border = padding === "border" ? ", border = true" : "";
  const mirror = padding === "reflection" ? ", mirror = true" : "";
  if (mode === "bicubic" && padding !== "zeros") throw new Miss(`bicubic sampling with ${padding}`);
  return `${name}(${call.x(0)}, ${call.x(1)}${corners}${border}${mirror})`;
}

function roiAlign(call: Call): string {
  if (call.word("mode", "avg") !== "avg") throw new Miss("the largest sample of each region");
  const samples = call.int("sampling_ratio", 0);
  if (samples === 0) throw new Miss("as many samples as the numbers of the regions ask for");
  const mode = call.word("coordinate_transformation_mode", "half_pixel");
  const args = [
    `h = ${String(call.int("output_height", 1))}`,
    `w = ${String(call.int("output_width", 1))}`,
    `scale = ${num(call.float("spatial_scale", 1))}`,
    `samples = ${String(samples)}`,
    `aligned = ${String(mode === "half_pixel")}`,
  ];
  const name = call.use("std/sampling", "roi_align");
  return `${name}(${call.x(0)}, ${call.x(1)}, ${call.x(2)}, ${args.join(", ")})`;
}

/** Images read between their pixels. */
export const sampling: Family = { Resize: resize, GridSample: gridSample, RoiAlign: roiAlign };
