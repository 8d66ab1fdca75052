// Moves that rearrange: heads, transposes, slices, splits and joins, windows, patterns.
import type { Named } from "./body.js";
import type { Choices } from "./choices.js";
import { demandAtLeast, lastOf, twinOf, type Move } from "./moves-elements.js";
import { more, PACK, part, times, type Size } from "./sizes.js";

/** Names of axes in patterns. */
const letters = ["b", "t", "d", "c", "e", "n", "m", "s"];

const axisNames = ({ shape }: Named): string[] =>
  shape.map((size, i) => (size === PACK ? PACK : (letters[i] ?? "z")));

const pattern = (left: readonly string[], right: readonly string[]): string =>
  `[${left.join(" ")} -> ${right.join(" ")}]`;

/** An axis of a tensor that a move may work on, counted from the front and from the back. */
function axisOf(x: Named, choices: Choices): { at: number; back: number; size: Size } | undefined {
  const isOpen = x.shape.includes(PACK);
  const back = 1 + choices.below(isOpen ? x.shape.length - 1 : x.shape.length);
  const at = x.shape.length - back;
  const size = x.shape[at];
  return size === undefined || size === PACK ? undefined : { at, back, size };
}

/** Items in brackets that leave all axes but one whole. */
function cut(x: Named, at: number, item: string, choices: Choices): string {
  const after = x.shape.length - 1 - at;
  const isFromFront = !x.shape.includes(PACK) && choices.isOneIn(2);
  const items = isFromFront
    ? [...x.shape.slice(0, at).map(() => ":"), item]
    : ["...", item, ...Array.from({ length: after }, () => ":")];
  return `${x.name}[${items.join(", ")}]`;
}

const transpose: Move = (body, choices) => {
  const x = body.float(choices, 2);
  if (!x) return;
  const [a = "1", b = "1"] = x.shape.slice(-2);
  if (a === PACK) return;
  const shape = [...x.shape.slice(0, -2), b, a];
  const names = axisNames(x);
  const turned = [...names.slice(0, -2), ...names.slice(-2).reverse()];
  const text = choices.word(`${x.name}.T`, `rearrange(${x.name}, ${pattern(names, turned)})`);
  body.let("turned", text, shape, [x]);
};

const permute: Move = (body, choices) => {
  const x = body.float(choices, 3, false);
  if (!x) return;
  const names = axisNames(x);
  const first = 1 + choices.below(x.shape.length - 1);
  const order = [...x.shape.keys()].filter((i) => i !== first).toSpliced(0, 0, first);
  const right = order.map((i) => names[i] ?? "z");
  const shape = order.map((i) => x.shape[i] ?? "1");
  body.let("moved", `rearrange(${x.name}, ${pattern(names, right)})`, shape, [x]);
};

/** The sizes that a product of axes was made from are not known any more: it is one size from here on. */
const merge: Move = (body, choices) => {
  const x = body.float(choices, 3);
  if (!x) return;
  const at = x.shape.length - 2;
  const [a = "1", b = "1"] = x.shape.slice(at);
  if (a === PACK) return;
  const names = axisNames(x);
  const right = [...names.slice(0, at), `(${names.slice(at).join(" ")})`];
  const shape = [...x.shape.slice(0, at), times(a, b)];
  const text =
    x.shape.includes(PACK) || choices.isOneIn(2)
      ? `rearrange(${x.name}, ${pattern(names, right)})`
      : `reshape(${x.name}, [${shape.join(", ")}])`;
  body.let("flat", text, shape, [x]);
};

const divide: Move = (body, choices) => {
  const x = body.float(choices, 1);
  const found = x && axisOf(x, choices);
  const count = choices.pick([...body.widths.filter((w) => /^[HGP]$/.test(w)), "2"]) ?? "2";
  if (!x || !found || !/^[A-Z]\w*$/.test(found.size) || found.size === count) return;
  const { at, size } = found;
  if (!demandAtLeast(body, [count], 1)) return;
  body.demand(`${size} % ${count} == 0`);
  const names = axisNames(x);
  const isNumber = count === "2";
  const outer = isNumber ? "g" : count;
  const left = names.with(at, `(${outer} k)`);
  const right = names.toSpliced(at, 1, outer, "k");
  const shape = x.shape.toSpliced(at, 1, count, `${size} / ${count}`);
  const extra = isNumber ? ", g = 2" : "";
  body.let("parts", `rearrange(${x.name}, ${pattern(left, right)}${extra})`, shape, [x]);
};

const halves: Move = (body, choices) => {
  const x = body.float(choices, 1);
  const size = x && lastOf(x);
  if (!x || size === undefined || !/^(2 \* )?[A-Z]\w*$/.test(size)) return;
  const half = size.startsWith("2 * ") ? size.slice(4) : `${size} / 2`;
  if (half.endsWith("/ 2")) body.demand(`${size} % 2 == 0`);
  const shape = [...x.shape.slice(0, -1), half];
  const pair = ["value", "gate"].map((n): Named => ({ name: body.fresh(n), shape, dtype: "f32" }));
  const [a = x, b = x] = pair;
  const text = choices.word(
    `split(${x.name}, 2, axis = -1)`,
    `split(${x.name}, [${half}, ${half}], axis = -1)`,
    `(${x.name}[..., : ${half}], ${x.name}[..., ${half} :])`,
  );
  body.statement([`let (${a.name}, ${b.name}) = ${text}`], pair, [x]);
  body.let("h", `${a.name} * sigmoid(${b.name})`, shape, pair);
};

const slice: Move = (body, choices) => {
  const x = body.float(choices, 1);
  const found = x && axisOf(x, choices);
  if (!x || !found) return;
  const { at, size } = found;
  const kind = choices.below(6);
  if (/^\d+$/.test(size)) return;
  const whole = part(size);
  const rest = more(size, -1);
  const rows: readonly (readonly [item: string, size: Size | undefined, least: number])[] = [
    ["0", undefined, 1],
    ["-1", undefined, 1],
    ["1:", rest, 1],
    [":-1", rest, 1],
    ["::2", `(${whole} + 1) / 2`, 0],
    ["::-1", size, 0],
  ];
  const [item, left, least] = rows[kind] ?? ["0", undefined, 1];
  if (least > 0 && !demandAtLeast(body, [size], least)) return;
  const shape = left === undefined ? x.shape.toSpliced(at, 1) : x.shape.with(at, left);
  body.let(left === undefined ? "last" : "rest", cut(x, at, item, choices), shape, [x]);
};

/** Every position sees the one before it. */
const shift: Move = (body, choices) => {
  const x = body.float(choices, 2, false);
  const found = x && axisOf(x, choices);
  if (!x || !found || /^\d+$/.test(found.size)) return;
  const { at, back, size } = found;
  if (!demandAtLeast(body, [size], 1)) return;
  const axis = choices.isOneIn(2) ? String(at) : String(-back);
  const one = x.shape.with(at, "1");
  const most = cut(x, at, choices.word(":-1", `: ${part(size)} - 1`), choices);
  const text = choices.word(
    `concat(zeros([${one.join(", ")}]), ${most}, axis = ${axis})`,
    `pad(${most}, axis = ${axis}, before = 1)`,
    `roll(${x.name}, 1, axis = ${axis})`,
  );
  body.let("shifted", text, x.shape, [x]);
};

const join: Move = (body, choices) => {
  const x = body.float(choices, 1, false);
  const found = x && axisOf(x, choices);
  if (!x || !found) return;
  const { at, size } = found;
  const others = body.tensors.filter(
    (t) =>
      t.dtype === "f32" &&
      t.shape.length === x.shape.length &&
      t.shape.every((s, i) => i === at || s === x.shape[i]),
  );
  const y = choices.pick(others) ?? x;
  const total = y.shape[at] === size ? `2 * ${part(size)}` : `${size} + ${y.shape[at] ?? "1"}`;
  const text = `concat(${x.name}, ${y.name}, axis = ${String(at)})`;
  body.let("joined", text, x.shape.with(at, total), [x, y]);
};

const stack: Move = (body, choices) => {
  const x = body.float(choices, 1, false);
  const y = x && (twinOf(body, x, choices) ?? x);
  if (!x || !y || x.shape.length > 3) return;
  const axis = choices.below(x.shape.length + 1);
  const text = `stack(${x.name}, ${y.name}, axis = ${String(axis)})`;
  body.let("both", text, x.shape.toSpliced(axis, 0, "2"), [x, y]);
};

const padded: Move = (body, choices) => {
  const x = body.float(choices, 1, false);
  const found = x && axisOf(x, choices);
  if (!x || !found) return;
  const { at, size } = found;
  const isEven = choices.isOneIn(2);
  const text = `pad(${x.name}, axis = ${String(at)}, before = 1${isEven ? ", after = 1" : ""})`;
  body.let("wide", text, x.shape.with(at, more(size, isEven ? 2 : 1)), [x]);
};

/** Sliding windows, and their mean. */
const windows: Move = (body, choices) => {
  const x = body.float(choices, 2, false);
  const found = x && axisOf(x, choices);
  if (!x || !found || /^\d+$/.test(found.size)) return;
  const { at, size } = found;
  if (!demandAtLeast(body, [size], 3)) return;
  const isStrided = choices.isOneIn(2);
  const count = isStrided ? `(${part(size)} - 3) / 2 + 1` : `${part(size)} - 2`;
  const stride = isStrided ? ", stride = 2" : "";
  const text = `unfold(${x.name}, axis = ${String(at)}, size = 3${stride})`;
  body.let("windows", text, [...x.shape.with(at, count), "3"], [x]);
};

const repeated: Move = (body, choices) => {
  const x = body.float(choices, 1, false);
  const count = choices.pick([...body.widths.filter((w) => w !== "L" && w !== "Tmax"), "3"]);
  if (!x || count === undefined || x.shape.length > 3) return;
  const names = axisNames(x);
  const right = [...names, "r"];
  const text = `repeat(${x.name}, ${pattern(names, right)}, r = ${count})`;
  body.let("copies", text, [...x.shape, count], [x]);
};

const reduced: Move = (body, choices) => {
  const x = body.float(choices, 2);
  const found = x && axisOf(x, choices);
  if (!x || !found) return;
  const names = axisNames(x);
  if (!demandAtLeast(body, [found.size], 1)) return;
  const right = names.toSpliced(found.at, 1);
  const text = `${choices.word("mean", "sum", "max")}(${x.name}, ${pattern(names, right)})`;
  body.let("pooled", text, x.shape.toSpliced(found.at, 1), [x]);
};

/** Moves of axes and elements. */
export const shapeMoves: readonly Move[] = [
  transpose,
  permute,
  merge,
  divide,
  halves,
  slice,
  slice,
  shift,
  join,
  stack,
  padded,
  windows,
  repeated,
  reduced,
];
