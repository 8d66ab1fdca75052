// Moves that learn: linear maps, lists of layers and their loops, tables, calls of what was declared before.
import type { Body, Callee, Named } from "./body.js";
import type { Choices } from "./choices.js";
import { demandAtLeast, isStatic, lastOf, type Move } from "./moves-elements.js";
import { PACK, substitute, type Size } from "./sizes.js";

const to = (x: Named, last: Size): readonly Size[] => [...x.shape.slice(0, -1), last];

/** A width for a new layer. */
export function widthOf(body: Body, choices: Choices): Size {
  const widths = body.widths.filter(isWidth);
  return choices.pick([...widths, ...widths.map((w) => `2 * ${w}`), "4"]) ?? "4";
}

/** A number of layers or positions is no width. */
const isWidth = (size: Size): boolean => size !== "L" && size !== "Tmax";

/** A float tensor whose last axis a layer can be made for. */
function wide(body: Body, choices: Choices, rank = 1): readonly [Named, Size] | undefined {
  const x = body.float(choices, rank);
  const width = x && lastOf(x);
  if (!x || width === undefined || !body.hasMembers || !isStatic(body, width)) return undefined;
  // A layer of width 0 has no scale to start from.
  return !/[-/]/.test(width) || demandAtLeast(body, [width], 1) ? [x, width] : undefined;
}

const linear: Move = (body, choices) => {
  const found = wide(body, choices);
  if (!found) return;
  const [x, width] = found;
  const out = choices.isOneIn(3) ? width : widthOf(body, choices);
  const extra = choices.isOneIn(4) ? ", with_bias = false" : "";
  const fc = body.member(
    choices.word("proj", "fc", "up", "down"),
    `Linear(${width}, ${out}${extra})`,
  );
  const text = choices.word(`${fc}(X)`, `X |> ${fc}`, `gelu(${fc}(X))`, `X |> ${fc} |> tanh`);
  body.let("h", text.replace("X", x.name), to(x, out), [x]);
};

const residual: Move = (body, choices) => {
  const found = wide(body, choices);
  if (!found) return;
  const [x, width] = found;
  const inner = widthOf(body, choices);
  const up = body.member("up", `Linear(${width}, ${inner})`);
  const down = body.member("down", `Linear(${inner}, ${width})`);
  const text = choices.word(
    `X + ${down}(gelu(${up}(X)))`,
    `X + (X |> ${up} |> silu |> ${down})`,
    `X - 0.1 * ${down}(relu(${up}(X)))`,
  );
  body.let("h", text.replaceAll("X", x.name), x.shape, [x]);
};

const weight: Move = (body, choices) => {
  const found = wide(body, choices);
  if (!found) return;
  const [x, width] = found;
  const out = widthOf(body, choices);
  const isTurned = choices.isOneIn(2);
  const shape = isTurned ? [width, out] : [out, width];
  const name = body.param(
    "w",
    shape,
    choices.word("he_uniform(a = sqrt(5))", "normal(std = 0.02)"),
  );
  body.let("h", `${x.name} @ ${name}${isTurned ? "" : ".T"}`, to(x, out), [x]);
};

/** A number of layers, known or not. */
const depthOf = (body: Body, choices: Choices): string =>
  choices.pick([...body.widths.filter((w) => w === "L" || w === "N"), "2", "3"]) ?? "2";

const loop: Move = (body, choices) => {
  const found = wide(body, choices);
  if (!found) return;
  const [x, width] = found;
  const depth = depthOf(body, choices);
  const list = body.member("blocks", `[Linear(${width}, ${width}) for i in 0..${depth}]`);
  const made: Named = { name: body.fresh("h"), shape: x.shape, dtype: "f32" };
  const h = made.name;
  const start = `var ${h} = ${x.name}`;
  const item = body.fresh("block");
  const lines =
    choices.pick([
      [`for ${item} in ${list} { ${h} = ${h} + ${item}(${h}) }`],
      [`for ${item} in ${list} {`, `  ${h} = gelu(${item}(${h}))`, `}`],
      [`for l in 0..${depth} { ${h} = ${h} + silu(${list}[l](${h})) }`],
    ]) ?? [];
  body.statement([start, ...lines], [made], [x]);
};

/** The first layer changes the width, the rest keep it. */
const tower: Move = (body, choices) => {
  const found = wide(body, choices);
  if (!found || !body.widths.includes("L")) return;
  const [x, width] = found;
  const out = widthOf(body, choices);
  const first = body.member("stem", `Linear(${width}, ${out})`);
  const rest = body.member("rest", `[Linear(${out}, ${out}) for i in 1..L]`);
  body.demand("L >= 1");
  const made: Named = { name: body.fresh("h"), shape: to(x, out), dtype: "f32" };
  const lines = [
    `var ${made.name} = ${first}(${x.name})`,
    `for fc in ${rest} { ${made.name} = relu(fc(${made.name})) }`,
  ];
  body.statement(lines, [made], [x]);
};

const embedding: Move = (body, choices) => {
  const ids = body.find(choices, (t) => t.dtype === "i32");
  const width = choices.pick(body.widths.filter(isWidth));
  if (!ids || width === undefined || !body.hasMembers || !body.widths.includes("V")) return;
  body.demand("V >= 1");
  const wte = choices.isOneIn(2)
    ? `${body.member("wte", `Embedding(V, ${width})`)}(${ids.name})`
    : `${body.param("tokens", ["V", width], "normal(std = 0.02)")}[${ids.name}]`;
  body.let("h", wte, [...ids.shape, width], [ids]);
};

const oneHot: Move = (body, choices) => {
  const ids = body.find(choices, (t) => t.dtype === "i32");
  const width = choices.pick(body.widths.filter(isWidth));
  if (!ids || width === undefined || !body.hasMembers || !body.widths.includes("V")) return;
  const name = body.param("codes", ["V", width], "normal(std = 0.02)");
  body.let("h", `one_hot(${ids.name}, V) @ ${name}`, [...ids.shape, width], [ids]);
};

/** Learned positions, of which the first `T` are used. */
const positions: Move = (body, choices) => {
  const found = wide(body, choices, 2);
  const length = found?.[0].shape.at(-2);
  if (!found || length === undefined || length === PACK || !body.widths.includes("Tmax")) return;
  const [x, width] = found;
  if (!body.demand(`${length} <= Tmax`)) return;
  const text = choices.isOneIn(2)
    ? `${body.param("pos", ["Tmax", width], "normal(std = 0.02)")}[:${length}]`
    : `${body.member("wpe", `Embedding(Tmax, ${width})`)}(iota(${length}))`;
  body.let("h", `${x.name} + ${text}`, x.shape, [x]);
};

/** Names the sizes of a callee's first tensor by those of a tensor at hand. */
function unify(callee: Callee, x: Named): Map<string, Size> | undefined {
  const [param] = callee.params;
  const sizes = new Map<string, Size>();
  if (!param || param.dtype !== x.dtype || param.shape.length !== x.shape.length) return undefined;
  for (const [i, written] of param.shape.entries()) {
    const actual = x.shape[i] ?? "1";
    const isPack = written === PACK || actual === PACK;
    if (isPack && written !== actual) return undefined;
    if ((sizes.get(written) ?? actual) !== actual) return undefined;
    if (!isPack) sizes.set(written, actual);
  }
  return sizes;
}

const call: Move = (body, choices) => {
  const callee = choices.pick(body.callees.filter((c) => c.kind === "fn" || body.hasMembers));
  if (callee?.params.length !== 1) return;
  const x = body.find(choices, (t) => unify(callee, t) !== undefined);
  const sizes = x && unify(callee, x);
  if (!x || !sizes) return;
  const statics = callee.statics.map((name) => {
    const given =
      sizes.get(name) ??
      (body.widths.includes(name) ? name : /^(L|Tmax)$/.test(name) ? "3" : widthOf(body, choices));
    sizes.set(name, given);
    return given;
  });
  if (callee.kind === "layer" && !statics.every((s) => isStatic(body, s))) return;
  if (!body.demand(...callee.clauses.map((clause) => substitute(clause, sizes)))) return;
  const f =
    callee.kind === "layer"
      ? `${body.member(lowerFirst(callee.name), `${callee.name}(${statics.join(", ")})`)}(${x.name})`
      : `${callee.name}(${[x.name, ...statics].join(", ")})`;
  bindResults(body, callee, f, sizes, x);
};

function bindResults(
  body: Body,
  { results }: Callee,
  text: string,
  sizes: ReadonlyMap<string, Size>,
  x: Named,
): void {
  const made = results.map((r): Named => ({
    ...r,
    name: body.fresh(results.length === 1 ? "h" : r.name),
    shape: r.shape.map((size) => substitute(size, sizes)),
  }));
  const names = made.map((m) => m.name);
  const [only] = names;
  const left = names.length === 1 ? only : `(${names.join(", ")})`;
  body.statement([`let ${left ?? ""} = ${text}`], made, [x]);
}

const lowerFirst = (name: string): string => name.replace(/^[A-Z]/, (c) => c.toLowerCase());

/** A residual only where a flag or two widths say so. */
const conditional: Move = (body, choices) => {
  const found = wide(body, choices);
  if (!found) return;
  const [x, width] = found;
  const out = choices.pick(body.widths.filter((w) => w !== width && isWidth(w))) ?? width;
  const fc = body.member("fc", `Linear(${width}, ${out})`);
  const { name: y } = body.let("y", `${fc}(${x.name})`, to(x, out), [x]);
  const made: Named = { name: body.fresh("h"), shape: to(x, out), dtype: "f32" };
  const text = `let ${made.name} = if ${width} == ${out} { ${x.name} + ${y} } else { ${y} }`;
  const yes: Named = { name: y, shape: made.shape, dtype: "f32" };
  body.statement([text], [made], [x, yes]);
};

/** Moves that learn. */
export const layerMoves: readonly Move[] = [
  call,
  linear,
  call,
  linear,
  call,
  residual,
  weight,
  loop,
  tower,
  embedding,
  embedding,
  oneHot,
  positions,
  conditional,
];
