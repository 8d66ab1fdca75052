// Identities of dims that models rely on, each proved for all sizes; and claims that must not be proved.
import { describe, expect, test } from "vitest";
import { Facts, type Fact, type Relation } from "../../compiler/types/constraints.js";
import {
  add,
  ceilDiv,
  constantOf,
  dim,
  floorDiv,
  freshSym,
  int,
  max,
  min,
  mod,
  mul,
  pow,
  scale,
  show,
  sub,
  symbol,
  type Dim,
} from "../../compiler/types/dim.js";

const fact = (left: Dim, relation: Relation, right: Dim | number): Fact => ({
  relation,
  left,
  right: typeof right === "number" ? int(right) : right,
});
const n = int;
const [B, C, D, G, H, K, R, S, T, W, X, Tmax, In, Out, stride] = [
  "B",
  "C",
  "D",
  "G",
  "H",
  "K",
  "R",
  "S",
  "T",
  "W",
  "X",
  "Tmax",
  "In",
  "Out",
  "stride",
].map((name) => dim(name)) as [
  Dim,
  Dim,
  Dim,
  Dim,
  Dim,
  Dim,
  Dim,
  Dim,
  Dim,
  Dim,
  Dim,
  Dim,
  Dim,
  Dim,
  Dim,
];
const i = symbol(freshSym("i", "index", undefined, add(T, n(0))));
const minus = (a: Dim, k: number): Dim => sub(a, n(k));
const plus = (a: Dim, k: number): Dim => add(a, n(k));

describe("proved for all sizes", () => {
  const cases: readonly (readonly [name: string, claim: Fact, given: readonly Fact[]])[] = [
    ["heads tile the width", fact(mul(H, floorDiv(D, H)), "==", D), [fact(mod(D, H), "==", 0)]],
    [
      "even kernels halve",
      fact(scale(floorDiv(K, n(2)), 2), "==", K),
      [fact(mod(K, n(2)), "==", 0)],
    ],
    [
      "stride 2, kernel 3",
      fact(plus(floorDiv(minus(X, 1), n(2)), 1), "==", floorDiv(plus(X, 1), n(2))),
      [],
    ],
    ["transposed convolution", fact(plus(scale(minus(X, 1), 2), 2), "==", scale(X, 2)), []],
    [
      "same padding of odd kernels",
      fact(plus(sub(add(X, scale(floorDiv(minus(K, 1), n(2)), 2)), K), 1), "==", X),
      [fact(mod(K, n(2)), "==", 1)],
    ],
    ["patches", fact(plus(floorDiv(minus(S, 16), n(16)), 1), "==", floorDiv(S, n(16))), []],
    ["skips", fact(add(C, K), "==", add(K, C)), []],
    [
      "named head width",
      fact(mul(H, K), "==", D),
      [fact(K, "==", floorDiv(D, H)), fact(mod(D, H), "==", 0)],
    ],
    [
      "named head width, other order",
      fact(mul(H, K), "==", D),
      [fact(mod(D, H), "==", 0), fact(K, "==", floorDiv(D, H))],
    ],
    [
      "windows and back",
      fact(mul(B, mul(floorDiv(H, W), W), mul(floorDiv(T, W), W)), "==", mul(B, H, T)),
      [fact(mod(H, W), "==", 0), fact(mod(T, W), "==", 0)],
    ],
    [
      "pixel shuffle",
      fact(mul(floorDiv(C, mul(R, R)), R, R), "==", C),
      [fact(mod(C, mul(R, R)), "==", 0)],
    ],
    ["ratio one keeps the width", fact(mul(In, R), "==", In), [fact(R, "==", 1)]],
    ["residual", fact(plus(floorDiv(minus(H, 1), stride), 1), "==", H), [fact(stride, "==", 1)]],
    [
      "expanding pyramid",
      fact(mul(C, pow(n(2), plus(i, 1))), "==", scale(mul(C, pow(n(2), i)), 2)),
      [],
    ],
    [
      "halving pyramid",
      fact(floorDiv(floorDiv(H, pow(n(2), i)), n(2)), "==", floorDiv(H, pow(n(2), plus(i, 1)))),
      [],
    ],
    [
      "rope halves",
      fact(add(floorDiv(K, n(2)), floorDiv(K, n(2))), "==", K),
      [fact(mod(K, n(2)), "==", 0)],
    ],
    [
      "rope halves of a head",
      fact(mul(H, scale(floorDiv(floorDiv(D, H), n(2)), 2)), "==", D),
      [fact(mod(D, H), "==", 0), fact(mod(floorDiv(D, H), n(2)), "==", 0)],
    ],
    [
      "rope halves of a head, other order",
      fact(mul(H, scale(floorDiv(floorDiv(D, H), n(2)), 2)), "==", D),
      [fact(mod(floorDiv(D, H), n(2)), "==", 0), fact(mod(D, H), "==", 0)],
    ],
    [
      "grouped queries",
      fact(mul(G, floorDiv(H, G), floorDiv(D, H)), "==", D),
      [fact(mod(H, G), "==", 0), fact(mod(D, H), "==", 0)],
    ],
    ["prefix slice", fact(T, "<=", Tmax), [fact(T, "<=", Tmax)]],
    ["clipped prefix", fact(min(T, Tmax), "==", T), [fact(T, "<=", Tmax)]],
    ["padded length", fact(max(T, Tmax), "==", Tmax), [fact(Tmax, ">=", T)]],
    ["causal shift", fact(plus(minus(T, 1), 1), "==", T), []],
    ["room for one token", fact(minus(T, 1), ">=", 0), [fact(T, ">=", 1)]],
    ["index in range", fact(plus(i, 1), "<=", T), []],
    ["chain of bounds", fact(B, "<", D), [fact(B, "<=", C), fact(C, "<", D)]],
    ["halves never exceed", fact(floorDiv(X, n(2)), "<=", X), []],
    ["halves add up", fact(add(floorDiv(X, n(2)), floorDiv(plus(X, 1), n(2))), "==", X), []],
    ["ceiling covers", fact(scale(ceilDiv(X, n(8)), 8), ">=", X), []],
    ["product of positive sizes", fact(mul(B, T), ">=", T), [fact(B, ">=", 1)]],
    ["integers round up", fact(X, ">=", 1), [fact(scale(X, 2), ">=", 1)]],
    [
      "a constant width",
      fact(mul(H, floorDiv(n(512), H)), "==", 512),
      [fact(mod(n(512), H), "==", 0)],
    ],
    ["a given product", fact(mul(B, H, K), "==", scale(B, 64)), [fact(mul(H, K), "==", 64)]],
    [
      "compound divided",
      fact(mul(H, floorDiv(mul(D, R), H)), "==", mul(D, R)),
      [fact(mod(mul(D, R), H), "==", 0)],
    ],
    [
      "windows after cropping",
      fact(add(W, mul(R, floorDiv(sub(S, W), R))), "==", S),
      [fact(mod(sub(S, W), R), "==", 0), fact(S, ">=", W)],
    ],
    ["an odd size is not even", fact(scale(X, 2), "!=", plus(scale(T, 2), 1)), []],
    [
      "strided convolution",
      fact(
        plus(floorDiv(sub(add(H, scale(floorDiv(K, n(2)), 2)), K), stride), 1),
        "==",
        floorDiv(H, stride),
      ),
      [fact(mod(K, n(2)), "==", 1), fact(mod(H, stride), "==", 0)],
    ],
    [
      "stride 2 with padding",
      fact(plus(floorDiv(minus(plus(H, 2), 3), n(2)), 1), "==", floorDiv(H, n(2))),
      [fact(mod(H, n(2)), "==", 0)],
    ],
    ["a causal shift", fact(add(n(1), minus(T, 1)), "==", T), [fact(T, ">=", 1)]],
    [
      "down and up again",
      fact(scale(floorDiv(floorDiv(H, n(2)), n(2)), 4), "==", H),
      [fact(mod(H, n(4)), "==", 0)],
    ],
    ["a kept width", fact(mul(B, In), "==", mul(B, Out)), [fact(In, "==", Out)]],
    ["remainder below divisor", fact(mod(X, H), "<", H), []],
    ["small remainder", fact(mod(X, H), "==", X), [fact(X, "<", H)]],
  ];
  test.each(cases)("%s", (_, claim, given) => {
    expect(Facts.none.with(given).check(claim).kind).toBe("proved");
  });
});

describe("refuted by the smallest sizes", () => {
  const cases: readonly (readonly [
    name: string,
    claim: Fact,
    given: readonly Fact[],
    shown: string,
  ])[] = [
    ["heads need a fact", fact(mul(H, floorDiv(D, H)), "==", D), [], "D=1 H=2: 0, 1"],
    ["two widths", fact(In, "==", Out), [], "In=1 Out=2: 1, 2"],
    ["a fact that does not help", fact(K, "==", H), [fact(mul(H, K), "==", D)], "K=1 H=2: 1, 2"],
    ["room without a fact", fact(minus(T, 1), ">=", 0), [], "T=0: -1, 0"],
    ["far from zero", fact(X, "<=", 1000), [fact(X, ">=", 1000)], "X=1001: 1001, 1000"],
  ];
  test.each(cases)("%s", (_, claim, given, shown) => {
    const verdict = Facts.none.with(given).check(claim);
    if (verdict.kind !== "refuted") throw new Error(verdict.kind);
    const values = verdict.counterexample
      .map(({ sym, value }) => `${sym.name}=${String(value)}`)
      .sort();
    expect(`${values.join(" ")}: ${String(verdict.left)}, ${String(verdict.right)}`).toBe(
      shown.replace(/^(.*):/, (_m, names: string) => `${names.split(" ").sort().join(" ")}:`),
    );
  });
});

test("a quotient prints as it was written", () => {
  const facts = Facts.none.with([fact(mod(D, H), "==", 0)]);
  expect(show(facts.normalize(D))).toBe("H * (D / H)");
  expect(show(facts.restore(facts.normalize(floorDiv(D, H))))).toBe("D / H");
  expect(constantOf(facts.normalize(mod(D, H)))).toBe(0);
});

test("facts that exclude each other are noticed", () => {
  expect(Facts.none.with([fact(R, "==", 1), fact(R, "==", 2)]).isContradictory).toBe(true);
  expect(Facts.none.with([fact(R, "==", 1)]).isContradictory).toBe(false);
});
