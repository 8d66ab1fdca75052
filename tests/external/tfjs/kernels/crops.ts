// Kernels that read images at places that are computed: crops, and projective transforms.
import { computed, dl, type Expression, type Text } from "../expressions.js";
import type { Kernel, Kernels } from "./kernel.js";
import { cast } from "./shapes.js";

/** Which pixels of an axis of `n` make up the one at each place, and how much of each. */
function shares(places: Expression, n: number, isNearest: boolean): Expression {
  const shape = [...places.shape, n];
  const each = `[${[...places.shape, 1].join(", ")}]`;
  const counts = dl`reshape(cast(iota(${n}), f32), [${places.shape.map(() => "1").join(", ")}, ${n}])`;
  // Halves go up.
  const text = isNearest
    ? dl`cast(reshape(floor(${places} + 0.5), ${each}) == ${counts}, f32)`
    : dl`max(1 - abs(reshape(${places}, ${each}) - ${counts}), 0)`;
  return computed("f32", shape, text);
}

/** Places of one side of each box: from its first edge to its second, or its middle. */
function edges(
  boxes: Expression,
  from: number,
  to: number,
  size: number,
  count: number,
): Expression {
  const [n = 1] = boxes.shape;
  const [first, last] = [dl`${boxes}[:, ${from}:${from + 1}]`, dl`${boxes}[:, ${to}:${to + 1}]`];
  const along =
    count === 1
      ? dl`0.5 * (${first} + ${last})`
      : dl`${first} + (${last} - ${first}) * reshape(cast(iota(${count}), f32) / ${count - 1}, [1, ${count}])`;
  return computed("f32", [n, count], dl`(${along}) * ${size - 1}`);
}

/** Whether places lie in an axis, as 1 or 0. */
const inside = (places: Expression, size: number): Expression =>
  computed("f32", places.shape, dl`cast(${places} >= 0 and ${places} <= ${size - 1}, f32)`);

const crop: Kernel = ({ tensor, numbers, number, word }) => {
  const [image, boxes] = [cast(tensor("image"), "f32"), tensor("boxes")];
  const ids = cast(tensor("boxInd"), "i32");
  const [n = 1] = boxes.shape;
  const [, h = 1, w = 1, c = 1] = image.shape;
  const [p = 1, q = 1] = numbers("cropSize");
  const [ys, xs] = [edges(boxes, 0, 2, h, p), edges(boxes, 1, 3, w, q)];
  const isNearest = word("method") === "nearest";
  const images = computed("f32", [n, h, w, c], dl`gather(${image}, ${ids})`);
  const [down, across] = [shares(ys, h, isNearest), shares(xs, w, isNearest)];
  const shape = [n, p, q, c];
  const pixels = computed(
    "f32",
    shape,
    dl`einsum(${down}, ${images}, ${across}, [n p y, n y x c, n q x -> n p q c])`,
  );
  const [iy, ix] = [inside(ys, h), inside(xs, w)];
  const kept = dl`reshape(${iy}, [${n}, ${p}, 1, 1]) * reshape(${ix}, [${n}, 1, ${q}, 1])`;
  return computed(
    "f32",
    shape,
    dl`select(${kept} > 0.5, ${pixels}, ${number("extrapolationValue")})`,
  );
};

/** Places beyond an axis brought back into it, by tfjs's names of the ways to do so. */
function mapped(place: Expression, n: number, mode: string): Expression {
  const like = (text: Text): Expression => computed("f32", place.shape, text);
  const clamped = (text: Text): Expression => like(dl`min(max(${text}, 0), ${n - 1})`);
  switch (mode) {
    case "nearest":
      return clamped(dl`${place}`);
    case "reflect": {
      const turn = like(dl`${place} % ${2 * n}`);
      return clamped(dl`select(${turn} >= ${n}, ${2 * n - 1} - ${turn}, ${turn})`);
    }
    case "wrap": {
      const below = dl`${place} + ${n} * (floor(-${place} / ${n - 1}) + 1)`;
      const above = dl`select(${place} > ${n - 1}, ${place} - ${n} * floor(${place} / ${n - 1}), ${place})`;
      return clamped(dl`select(${place} < 0, ${below}, ${above})`);
    }
    default:
      return place;
  }
}

const transform: Kernel = ({ tensor, attrs, numbers, number, word }) => {
  const [image, t] = [cast(tensor("image"), "f32"), tensor("transforms")];
  const [b = 1, h = 1, w = 1, c = 1] = image.shape;
  const [p = 1, q = 1] = attrs["outputShape"] ? numbers("outputShape") : [h, w];
  const [n = 1] = t.shape;
  const part = (i: number): Text => dl`reshape(${t}[:, ${i}], [${n}, 1, 1])`;
  const row = dl`reshape(cast(iota(${p}), f32), [1, ${p}, 1])`;
  const column = dl`reshape(cast(iota(${q}), f32), [1, 1, ${q}])`;
  const depth = dl`(${part(6)} * ${column} + ${part(7)} * ${row} + 1)`;
  const place = (first: number): Expression =>
    computed(
      "f32",
      [n, p, q],
      dl`(${part(first)} * ${column} + ${part(first + 1)} * ${row} + ${part(first + 2)}) / ${depth}`,
    );
  const [xs, ys] = [mapped(place(0), w, word("fillMode")), mapped(place(3), h, word("fillMode"))];
  const isNearest = word("interpolation") === "nearest";
  const [down, across] = [shares(ys, h, isNearest), shares(xs, w, isNearest)];
  const flat = (x: Expression): Expression =>
    n === 1
      ? computed("f32", x.shape.slice(1), dl`reshape(${x}, [${x.shape.slice(1).join(", ")}])`)
      : x;
  const pattern =
    n === 1 ? "[p q y, b y x c, p q x -> b p q c]" : "[b p q y, b y x c, b p q x -> b p q c]";
  const pixels = computed(
    "f32",
    [b, p, q, c],
    dl`einsum(${flat(down)}, ${image}, ${flat(across)}, ${pattern})`,
  );
  const covered = dl`reshape(sum(${down}, axis = 3) * sum(${across}, axis = 3), [${n}, ${p}, ${q}, 1])`;
  return computed("f32", [b, p, q, c], dl`${pixels} + (1 - ${covered}) * ${number("fillValue")}`);
};

/** Kernels by tfjs's names. */
export const crops: Kernels = {
  CropAndResize: crop,
  Transform: transform,
};
