// One mistake, one error: what only follows from a mistake elsewhere is not told.
import { expect, test } from "vitest";
import { check } from "../../compiler/check/check.js";
import { lineOf } from "../harness/models/oracle/index.js";
import { load } from "../harness/models/programs.js";

const cases: readonly (readonly [title: string, text: string, told: readonly string[]])[] = [
  [
    "a declared result that the body does not give is no mistake of callers",
    `fn widen(x: [B, D]) -> [B + 1, D] = 2 * x
fn twice(x: [B, D]) -> [B, D] {
  let h = widen(x)
  h + x
}`,
    ["shape-mismatch 1"],
  ],
  [
    "a caller with a mistake of its own is told so",
    `fn widen(x: [B, D]) -> [B + 1, D] = 2 * x
fn twice(x: [B, D]) -> [D, B] = widen(x) * 2
fn thrice(x: [B, D], y: [D, B]) -> [B, D] = x + y`,
    ["shape-mismatch 1", "implicit-broadcast 3"],
  ],
  [
    "two wrong calls of a right function are two mistakes",
    `fn keep(x: [B, 4]) -> [B, 4] = x
fn one(x: [B, 5]) -> [B, 4] = keep(x)
fn other(x: [B, 6]) -> [B, 4] = keep(x)`,
    ["shape-mismatch 2", "shape-mismatch 3"],
  ],
  [
    "a name that no axis gives is told of once, in the signature",
    `fn shift(x: [B, D]) -> [B, T, D] where T >= 1 {
  let first = zeros([B, T, D])
  concat(first, x, axis = 1)
}`,
    ["free-dim-in-result 1"],
  ],
  [
    "a fact that is missing is told of where it is needed first",
    `layer Heads(D, H) {
  fn forward(x: [B, T, D]) -> [B, T, D] {
    let q = rearrange(x, [b t (H k) -> b H t k])
    let k = rearrange(x, [b t (H k) -> b H t k])
    rearrange(q * k, [b H t k -> b t (H k)])
  }
}`,
    ["pattern-indivisible 3"],
  ],
  [
    "a layer that cannot be made is there all the same",
    `import { Linear } from "std/nn"
model Net(D = 4) {
  fc = Linear(E, D)
  fn forward(x: [B, D]) -> [B, D] = fc(x)
}
model Frozen = Net with { freeze fc }`,
    ["unknown-name 3"],
  ],
  [
    "results that differ in the same way are one mistake",
    `fn turn(x: [B, D]) -> (one: [D, B], other: [D, B]) = (x, 2 * x)`,
    ["shape-mismatch 1"],
  ],
  [
    "a value that an operation and the declared result do not take is told of at the operation",
    `fn mixed(x: [B, T, D], w: [D, E]) -> (one: [B, T, E], other: [B, T, D]) {
  let h = rearrange(x, [b t d -> b d t])
  let y = h @ w
  (y, h)
}`,
    ["inner-dim-mismatch 3"],
  ],
  [
    "axes that one operation does not find, others do not find either",
    `fn ends(x: [B, T, D]) -> [B, T] where T >= 1 {
  let pooled = max(x, [b t d -> t])
  let rest = pooled[..., ::-1, :]
  rest @ pooled.T
}`,
    ["too-many-indices 3"],
  ],
  [
    "two results that are wrong each for itself are two mistakes",
    `fn both(x: [B, D], y: [T, D]) -> (one: [D, B], other: [D, T]) {
  let one = 2 * x
  let other = 3 * y
  (one, other)
}`,
    ["shape-mismatch 4", "shape-mismatch 4"],
  ],
  [
    "a condition and a value that changed places are one mistake",
    `fn keep(x: [B], y: [B]) -> [B] = select(x, x > 0, y)`,
    ["wrong-dtype 1"],
  ],
  [
    "an axis that a signature leaves out is missed in the signature alone",
    `fn turn(x: [T, D]) -> [B, T] where T % 2 == 0 {
  let (one, other) = split(x[:, :, 0], 2, axis = 1)
  reshape(one * other, [B, T])
}`,
    ["free-dim-in-result 1"],
  ],
  [
    "a parameter that its function neither splits nor gives as declared is told of once",
    `fn halves(x: [B, X], y: [B, S]) -> (one: [B, 2, S / 2], all: [B, S]) where S % 2 == 0 {
  let parts = rearrange(x, [b (g k) -> b g k], g = 2)
  (parts, x)
}`,
    ["pattern-indivisible 2"],
  ],
  [
    "a size of a member that nothing binds does not make the member need itself",
    `model Net(V = 4) {
  param tokens: [V, B] = normal(std = 0.02)
  param gain: [V] = zeros
  fn forward(ids: i32[B, T]) -> [B, T, V] = tokens[ids] * gain
}`,
    ["free-dim-in-result 2"],
  ],
];

test.each(cases)("%s", (_, text, told) => {
  const errors = check(load(text)).filter((d) => d.severity === "error");
  expect(errors.map((d) => `${d.code} ${String(lineOf(d.primary.span))}`)).toEqual(told);
});
