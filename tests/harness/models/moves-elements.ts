// Moves that keep shapes or reduce them: activations, residuals, gates, norms, biases, reductions.
import type { Body, Named } from "./body.js";
import type { Choices } from "./choices.js";
import { PACK, type Size } from "./sizes.js";

/** Adds something to a body where it fits, else leaves it as it is. */
export type Move = (body: Body, choices: Choices) => void;

const key = (shape: readonly Size[]): string => shape.join(", ");

/** An earlier tensor of the same shape. */
export const twinOf = (body: Body, x: Named, choices: Choices): Named | undefined =>
  choices.pick(
    body.tensors.filter((t) => t !== x && t.dtype === x.dtype && key(t.shape) === key(x.shape)),
  );

/** The last size of a tensor; undefined where it has none of its own. */
export function lastOf({ shape }: Named): Size | undefined {
  const last = shape.at(-1);
  return last === PACK ? undefined : last;
}

/** Demands that sizes be at least `least`; false where a number is not. */
export function demandAtLeast(body: Body, sizes: readonly Size[], least: number): boolean {
  return sizes.every((size) => {
    if (/^\d+$/.test(size)) return Number(size) >= least;
    body.demand(`${size} >= ${String(least)}`);
    return true;
  });
}

const activation: Move = (body, choices) => {
  const x = body.float(choices);
  const f = choices.word(
    "gelu",
    "relu",
    "silu",
    "tanh",
    "sigmoid",
    "softplus",
    "leaky_relu",
    "mish",
  );
  const text = choices.word(`${f}(X)`, `X |> ${f}`, `0.5 * ${f}(X)`, `X * ${f}(X)`);
  if (x) body.let("h", text.replaceAll("X", x.name), x.shape, [x]);
};

const combine: Move = (body, choices) => {
  const x = body.float(choices);
  const y = x && twinOf(body, x, choices);
  const text = choices.word("X + Y", "X - Y", "X * sigmoid(Y)", "tanh(X) * Y", "max(X, Y)");
  if (x && y) body.let("h", text.replace("X", x.name).replace("Y", y.name), x.shape, [x, y]);
};

const choose: Move = (body, choices) => {
  const x = body.float(choices);
  const y = x && twinOf(body, x, choices);
  if (x && y) body.let("h", `select(${x.name} > 0, ${x.name}, ${y.name})`, x.shape, [x, y]);
};

/** What a mask leaves of a tensor whose last axes it has. */
const masked: Move = (body, choices) => {
  const mask = choices.pick(body.tensors.filter((t) => t.dtype === "bool"));
  const x =
    mask &&
    body.find(
      choices,
      (t) => t.dtype === "f32" && key(t.shape.slice(-mask.shape.length)) === key(mask.shape),
    );
  const text = choices.word("select(M, X, 0)", "select(M, X, -1e4)", "X * cast(M, f32)");
  if (mask && x)
    body.let("kept", text.replace("M", mask.name).replace("X", x.name), x.shape, [mask, x]);
};

const norm: Move = (body, choices) => {
  const x = body.float(choices, 1);
  const width = x && lastOf(x);
  if (!x || width === undefined) return;
  if (body.hasMembers && isStatic(body, width) && !choices.isOneIn(3)) {
    const layer = choices.word("LayerNorm", "RMSNorm");
    body.let("h", `${body.member("norm", `${layer}(${width})`)}(${x.name})`, x.shape, [x]);
  } else {
    const text = choices.word(
      "X - mean(X, axis = -1, keep = true)",
      "softmax(X)",
      "softmax(X, axis = -1)",
      "normalize(X)",
      "X * rsqrt(mean(X * X, axis = -1, keep = true) + 1e-6)",
      "log_softmax(X, axis = -1)",
    );
    // The mean and the largest of nothing are no numbers.
    if (!demandAtLeast(body, [width], 1)) return;
    body.let("h", text.replaceAll("X", x.name), x.shape, [x]);
  }
};

const bias: Move = (body, choices) => {
  const x = body.float(choices, 1);
  const width = x && lastOf(x);
  if (!x || width === undefined || !body.hasMembers || !isStatic(body, width)) return;
  const name = body.param(choices.word("bias", "gain"), [width], choices.word("zeros", "ones"));
  body.let("h", `${x.name} ${choices.word("+", "*")} ${name}`, x.shape, [x]);
};

/** Whether a size is made of static arguments and numbers, so that a member may have it. */
export function isStatic(body: Body, size: Size): boolean {
  return (size.match(/[A-Za-z_]\w*/g) ?? []).every((name) => body.widths.includes(name));
}

const running: Move = (body, choices) => {
  const x = body.float(choices, 2, false);
  const width = x && lastOf(x);
  if (!x || width === undefined || !body.hasMembers || !isStatic(body, width)) return;
  const others = x.shape.slice(0, -1).map((_, i) => i);
  const axes = others.length === 1 ? "0" : `(${others.join(", ")})`;
  const name = body.param("seen", [width], "zeros", "state");
  const made: Named = { name: body.fresh("h"), shape: x.shape, dtype: "f32" };
  if (!demandAtLeast(body, x.shape.slice(0, -1), 1)) return;
  body.statement(
    [
      `${name} <- 0.9 * ${name} + 0.1 * mean(${x.name}, axis = ${axes})`,
      `let ${made.name} = ${x.name} - ${name}`,
    ],
    [made],
    [x],
  );
};

const scaled: Move = (body, choices) => {
  const x = body.float(choices, 1);
  const width = x && lastOf(x);
  if (!x || width === undefined) return;
  if (!demandAtLeast(body, [width], 1)) return;
  body.let("h", `${x.name} / sqrt(${width})`, x.shape, [x]);
};

const reduction: Move = (body, choices) => {
  const x = body.float(choices, 2);
  if (!x) return;
  const isOpen = x.shape.includes(PACK);
  const back = 1 + choices.below(isOpen ? 1 : x.shape.length);
  const at = x.shape.length - back;
  const size = x.shape[at] ?? "1";
  const axis = choices.isOneIn(3) && !isOpen ? at : -back;
  const isKept = choices.isOneIn(3);
  const f = choices.word("mean", "sum", "max", "min");
  if (!demandAtLeast(body, [size], 1)) return;
  const text = `${f}(${x.name}, axis = ${String(axis)}${isKept ? ", keep = true" : ""})`;
  const shape = isKept ? x.shape.with(at, "1") : x.shape.toSpliced(at, 1);
  body.let("pooled", text, shape, [x]);
};

/** What was reduced meets what it came from again. */
const recentred: Move = (body, choices) => {
  const x = body.float(choices, 1);
  const y =
    x &&
    choices.pick(
      body.tensors.filter(
        (t) =>
          t.dtype === "f32" &&
          t.shape.length === x.shape.length &&
          key(t.shape) !== key(x.shape) &&
          t.shape.every((s, i) => s === x.shape[i] || s === "1"),
      ),
    );
  if (x && y) body.let("h", `${x.name} * ${y.name}`, x.shape, [x, y]);
};

/** Moves on elements, norms and reductions. */
export const elementMoves: readonly Move[] = [
  activation,
  combine,
  choose,
  masked,
  masked,
  norm,
  bias,
  running,
  scaled,
  reduction,
  recentred,
];
