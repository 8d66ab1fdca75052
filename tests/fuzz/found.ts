// Short programs that once threw, never ended, took far too long or showed what no user wrote; each with the codes it must give.

const doubling = (n: number): string =>
  Array.from(
    { length: n },
    (_, i) => `fn f${String(i + 1)}(x: [N]) = f${String(i)}(x) + f${String(i)}(x)\n`,
  ).join("");

/** A program and the codes of its findings, in order. */
export interface Found {
  readonly text: string;
  readonly codes: readonly string[];
}

const endless = ["too-much-to-evaluate"];

/** By what is wrong with them. */
export const found: Readonly<Record<string, Found>> = {
  "a function value given to itself": {
    text: "const a = (x => x(x))(x => x(x))\n",
    codes: endless,
  },
  "a function value that calls the name it gets": {
    text: "fn f(x: [N]) -> [N] {\n  let g = (h, y) => h(h, y)\n  g(g, x)\n}\n",
    codes: endless,
  },
  "a loop of a hundred million rounds": {
    text: "fn f(x: [N]) -> [N] {\n  var y = x\n  for i in 0..100000000 { y = y + x }\n  y\n}\n",
    codes: endless,
  },
  "loops inside loops": {
    text: "fn f(x: [N]) -> [N] {\n  var y = x\n  for i in 0..5000 { for j in 0..5000 { y = y + x } }\n  y\n}\n",
    codes: endless,
  },
  "functions that double their work": {
    text: `fn f0(x: [N]) = x + x\n${doubling(30)}`,
    codes: endless,
  },
  "a split into a hundred million parts": {
    text: "fn f(x: [1000000000]) = split(x, 1000000000)\n",
    codes: endless,
  },
  "layers that hold each other": {
    text: "layer P(D) {\n  q = Q(D)\n  fn forward(x: [D]) = q(x)\n}\n\nlayer Q(D) {\n  p = P(D)\n  fn forward(x: [D]) = p(x)\n}\n",
    codes: ["recursive-declaration"],
  },
  "a layer that holds a larger one of its kind": {
    text: "layer P(D) {\n  p = P(D + 1)\n  fn forward(x: [D]) = p(concat(x, x[:1]))\n}\n",
    codes: ["recursive-declaration"],
  },
  "a model whose layers hold themselves": {
    text: "layer P(D) {\n  p = P(D)\n  param weight: [D] = ones\n  fn forward(x: [D]) -> [D] = p(x) * weight\n}\n\nmodel M(D = 4) {\n  p = P(D)\n  init { **.weight = zeros }\n  fn forward(x: [D]) -> [D] = p(x)\n}\n",
    codes: ["recursive-declaration"],
  },
  "a state of its own type": {
    text: "layer P(D) {\n  state s: like s = zeros\n  fn forward(x: [D]) = x + s\n}\n",
    codes: ["recursive-declaration"],
  },
  "a power with a thousand million factors": {
    text: "fn f(x: [N]) -> [N ** 1000000000] = zeros([N ** 1000000000])\n",
    codes: ["number-too-large"],
  },
  "a power of a sum with very many terms": {
    text: "fn f(x: [A, B, C]) -> [(A + B + C) ** 60] = x\n",
    codes: ["number-too-large"],
  },
  "a negative power of a whole number": {
    text: "const a = 2 ** (0 - 5)\n",
    codes: [],
  },
  "a negative power of a size": { text: "fn f(x: [N ** (0 - 3)]) = x\n", codes: ["wrong-kind"] },
  "a size that no float64 holds": {
    text: "const a = 2 ** 1100\nfn f(x: [N * a]) = x\n",
    codes: ["number-too-large"],
  },
  "sizes that double a thousand times": {
    text: `fn f(x: [N]) {\n  let t0 = x\n${Array.from({ length: 1100 }, (_, i) => `  let t${String(i + 1)} = concat(t${String(i)}, t${String(i)})\n`).join("")}  t1100\n}\n`,
    codes: ["number-too-large"],
  },
  "a pattern with a number that is none": {
    text: "fn f(x: [C], y: [C, 2, 2]) = y - rearrange(x, [c -> c 1 1rotary])\n",
    codes: ["bad-number"],
  },
  "a block of a strange character": {
    text: "fn f(x: [N]) -> [N] {\n  λ\n}\n",
    codes: ["illegal-character"],
  },
};
