// Moves that multiply: scores and attention, contractions, convolutions and pooling.
import type { Body, Named } from "./body.js";
import type { Choices } from "./choices.js";
import { demandAtLeast, isStatic, lastOf, twinOf, type Move } from "./moves-elements.js";
import { widthOf } from "./moves-layers.js";
import { PACK, part, type Size } from "./sizes.js";

const floatOfRank = (body: Body, choices: Choices, rank: number): Named | undefined =>
  body.find(
    choices,
    (t) => t.dtype === "f32" && t.shape.length === rank && !t.shape.includes(PACK),
  );

/** Every row against every other, and the mix that their softmax makes. */
const scores: Move = (body, choices) => {
  const x = body.float(choices, 2);
  const width = x && lastOf(x);
  const length = x?.shape.at(-2);
  if (!x || width === undefined || length === undefined || length === PACK) return;
  const y = twinOf(body, x, choices) ?? x;
  if (!demandAtLeast(body, [width, length], 1)) return;
  const shape = [...x.shape.slice(0, -1), length];
  const made = body.let("scores", `${x.name} @ ${y.name}.T / sqrt(${width})`, shape, [x, y]);
  const weights = body.let("weights", `softmax(${made.name}, axis = -1)`, shape, [made]);
  body.let("mixed", `${weights.name} @ ${x.name}`, x.shape, [weights, x]);
};

/** A sequence whose width can be divided among heads. */
function sequence(body: Body, choices: Choices): readonly [Named, Size] | undefined {
  const x = floatOfRank(body, choices, 3);
  const width = x && lastOf(x);
  if (!x || width === undefined || !body.hasMembers || !isStatic(body, width)) return undefined;
  const isDivisible = body.widths.includes("H") && /^[A-Z]\w*$/.test(width) && width !== "H";
  return isDivisible ? [x, width] : undefined;
}

const heads: Move = (body, choices) => {
  const found = sequence(body, choices);
  if (!found) return;
  const [x, width] = found;
  const [batch = "1", length = "1"] = x.shape;
  const shape = [batch, "H", length, `${width} / H`];
  const parts = ["q", "k", "v"].map((name) => {
    body.demand("H >= 1", `${width} % H == 0`);
    const layer = body.member(`to_${name}`, `Linear(${width}, ${width}, with_bias = false)`);
    const text = `rearrange(${layer}(${x.name}), [b t (H k) -> b H t k])`;
    return body.let(name, text, shape, [x]);
  });
  const causal = choices.isOneIn(2) ? ", causal = true" : "";
  const text = `attention(${parts.map((p) => p.name).join(", ")}${causal})`;
  if (!demandAtLeast(body, [length, `${width} / H`], 1)) return;
  const mixed = body.let("mixed", text, shape, parts);
  const back = `rearrange(${mixed.name}, [b H t k -> b t (H k)])`;
  body.let("h", back, x.shape, [mixed]);
};

const selfAttention: Move = (body, choices) => {
  const found = sequence(body, choices);
  if (!found) return;
  const [x, width] = found;
  body.demand("H >= 1", `${width} % H == 0`);
  const causal = choices.isOneIn(2) ? ", causal = true" : "";
  const attn = body.member("attn", `SelfAttention(${width}, H${causal})`);
  body.let("h", `${x.name} + ${attn}(${x.name})`, x.shape, [x]);
};

const rope: Move = (body, choices) => {
  const x = floatOfRank(body, choices, 4);
  const width = x && lastOf(x);
  if (!x || width === undefined || /^\d+$/.test(width)) return;
  body.demand(`${part(width)} % 2 == 0`, `${width} >= 1`);
  body.let("turned", `rope(${x.name})`, x.shape, [x]);
};

const contraction: Move = (body, choices) => {
  const x = floatOfRank(body, choices, 3);
  const y = x && (twinOf(body, x, choices) ?? x);
  if (!x || !y) return;
  const [a = "1", b = "1", d = "1"] = x.shape;
  const rows: readonly (readonly [string, readonly Size[]])[] = [
    ["[b t d, b s d -> b t s]", [a, b, b]],
    ["[b t d, b t e -> b d e]", [a, d, d]],
    ["[b t d, b t d -> b t]", [a, b]],
    ["[b t d, c t d -> b c]", [a, a]],
  ];
  const [spec, shape] = choices.pick(rows) ?? ["", []];
  body.let("mixed", `einsum(${x.name}, ${y.name}, ${spec})`, shape, [x, y]);
};

const experts: Move = (body, choices) => {
  const x = body.float(choices, 1);
  const width = x && lastOf(x);
  if (!x || width === undefined || !body.hasMembers || !isStatic(body, width)) return;
  const out = widthOf(body, choices);
  const count =
    choices.pick([...body.widths.filter((w) => w !== width && w !== "L" && w !== "Tmax"), "3"]) ??
    "3";
  const name = body.param("experts", [count, width, out], "normal(std = 0.02)");
  const text = `einsum(${x.name}, ${name}, [... d, n d e -> ... n e])`;
  body.let("h", text, [...x.shape.slice(0, -1), count, out], [x]);
};

/** How a convolution changes an axis, with the least size that it takes. */
const filters: readonly (readonly [args: string, size: (s: Size) => Size, least: number])[] = [
  ["3, padding = 1", (s) => s, 1],
  ["3, stride = 2, padding = 1", (s) => `(${part(s)} + 1) / 2`, 1],
  ["1", (s) => s, 1],
  ["3", (s) => `${part(s)} - 2`, 3],
  ["2, stride = 2", (s) => `${part(s)} / 2`, 2],
  ["3, padding = 2, dilation = 2", (s) => s, 1],
];

/** A convolution over all axes after the first two. */
const convolution =
  (layer: "Conv1d" | "Conv2d", rank: number): Move =>
  (body, choices) => {
    const x = floatOfRank(body, choices, rank);
    const channels = x?.shape[1];
    if (!x || channels === undefined || !body.hasMembers || !isStatic(body, channels)) return;
    const [args, sizeOf, least] = choices.pick(filters) ?? ["1", (s: Size) => s, 1];
    const isDepthwise = choices.isOneIn(4);
    const out = isDepthwise ? channels : widthOf(body, choices);
    const groups = isDepthwise ? `, groups = ${channels}` : "";
    // A convolution without channels has no scale to start from, and no group.
    if (!demandAtLeast(body, [channels], 1)) return;
    if (!demandAtLeast(body, x.shape.slice(2), least)) return;
    const conv = body.member("conv", `${layer}(${channels}, ${out}, ${args}${groups})`);
    const shape = [x.shape[0] ?? "1", out, ...x.shape.slice(2).map(sizeOf)];
    const text = choices.word(`${conv}(X)`, `relu(${conv}(X))`, `X |> ${conv} |> relu`);
    body.let("h", text.replace("X", x.name), shape, [x]);
  };

const pooling: Move = (body, choices) => {
  const x = floatOfRank(body, choices, 4);
  if (!x || !body.hasMembers) return;
  const layer = choices.word("MaxPool2d(2)", "AvgPool2d(2)");
  if (!demandAtLeast(body, x.shape.slice(2), 2)) return;
  const shape = [...x.shape.slice(0, 2), ...x.shape.slice(2).map((s) => `${part(s)} / 2`)];
  body.let("h", `${body.member("pool", layer)}(${x.name})`, shape, [x]);
};

const imageNorm: Move = (body, choices) => {
  const x = floatOfRank(body, choices, 4);
  const channels = x?.shape[1];
  if (!x || channels === undefined || !body.hasMembers || !isStatic(body, channels)) return;
  if (!demandAtLeast(body, x.shape.slice(2), 1)) return;
  const layer = choices.word(
    `BatchNorm2d(${channels})`,
    `InstanceNorm2d(${channels})`,
    `GroupNorm(1, ${channels})`,
  );
  body.let("h", `${body.member("norm", layer)}(${x.name})`, x.shape, [x]);
};

/** Patches of an image as tokens. */
const patches: Move = (body, choices) => {
  const x = floatOfRank(body, choices, 4);
  const [b = "1", c = "1", h = "1", w = "1"] = x?.shape ?? [];
  if (!x || ![h, w].every((s) => /^[A-Z]\w*$/.test(s))) return;
  const p = body.widths.includes("P") ? "P" : "2";
  if (!demandAtLeast(body, [p], 1)) return;
  body.demand(`${h} % ${p} == 0`, `${w} % ${p} == 0`);
  const shape = [b, `(${h} / ${p}) * (${w} / ${p})`, `${part(c)} * ${p} * ${p}`];
  const text = `rearrange(${x.name}, [b c (y p) (x q) -> b (y x) (c p q)], p = ${p}, q = ${p})`;
  body.let("tokens", text, shape, [x]);
};

/** Moves that multiply and convolve. */
export const productMoves: readonly Move[] = [
  scores,
  heads,
  selfAttention,
  rope,
  contraction,
  experts,
  convolution("Conv1d", 3),
  convolution("Conv2d", 4),
  convolution("Conv2d", 4),
  pooling,
  imageNorm,
  patches,
];
