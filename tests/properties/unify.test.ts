// The meeting of formal and actual shapes: what is bound, and what is refused as data.
import { describe, expect, test } from "vitest";
import { Facts, solve, unify, type Bindings, type Fact } from "../../compiler/types/constraints.js";
import {
  add,
  dim,
  floorDiv,
  freshSym,
  int,
  mod,
  mul,
  scale,
  show,
  symbol,
  type Dim,
  type Sym,
} from "../../compiler/types/dim.js";
import { showShape } from "../../compiler/types/tensor.js";

const [b, t, d, h, k] = ["B", "T", "D", "H", "K"].map((n) => freshSym(n)) as [
  Sym,
  Sym,
  Sym,
  Sym,
  Sym,
];
const [B, T, D, H, K] = [b, t, d, h, k].map(symbol) as [Dim, Dim, Dim, Dim, Dim];
const rest = freshSym("...", "pack");
const [N, S, E] = [dim("N"), dim("S"), dim("E")];
const free = new Set([b, t, d, h, k, rest]);

function meet(
  formal: readonly Dim[],
  actual: readonly Dim[],
  facts: readonly Fact[] = [],
  bindings: Bindings = new Map(),
) {
  const mismatches = unify(formal, actual, {
    bindings,
    facts: Facts.none.with(facts),
    isFree: (sym) => free.has(sym),
    where: { argument: "x" },
  });
  const bound = [...bindings].map(
    ([sym, binding]) =>
      `${sym.name}=${binding.isPack ? showShape(binding.dims) : binding.dims.map(show).join()}`,
  );
  return { mismatches, bound: bound.join(" "), bindings };
}

describe("binds", () => {
  test.each<readonly [string, readonly Dim[], readonly Dim[], string]>([
    ["names from left to right", [B, T, D], [N, S, int(64)], "B=N T=S D=64"],
    ["an expression with one unknown", [B, scale(D, 3)], [N, int(96)], "B=N D=32"],
    ["a sum", [add(T, int(1))], [add(S, int(3))], "T=S + 2"],
    ["a product once the other factor is known", [mul(H, K), H], [mul(S, E), S], "H=S K=E"],
    ["a pack in the middle", [B, symbol(rest), D], [N, S, E, int(8)], "...=[S, E] B=N D=8"],
    ["an empty pack", [symbol(rest), D], [int(8)], "...=[] D=8"],
    ["a name twice", [B, B], [N, N], "B=N"],
  ])("%s", (_, formal, actual, bound) => {
    const result = meet(formal, actual);
    expect(result.mismatches).toEqual([]);
    expect(result.bound).toBe(bound);
  });

  test("division that the facts make exact", () => {
    const fact: Fact = { relation: "==", left: mod(E, S), right: int(0) };
    expect(meet([H, mul(H, K)], [S, E], [fact]).bound).toBe("H=S K=E / S");
    expect(meet([H, mul(H, K)], [S, E]).mismatches).toMatchObject([
      { kind: "dim", actualAxis: 1, verdict: { kind: "refuted" } },
    ]);
  });

  test("across arguments, remembering which one", () => {
    const { bindings } = meet([B, D], [N, int(8)]);
    expect(meet([D, B], [int(8), N], [], bindings).mismatches).toEqual([]);
    const clash = meet([D], [int(9)], [], bindings).mismatches;
    expect(clash).toMatchObject([
      {
        kind: "dim",
        because: { where: { argument: "x", axis: 1 } },
        verdict: { kind: "refuted", left: 8, right: 9 },
      },
    ]);
  });

  test("a pack once bound stands for its dims", () => {
    const { bindings } = meet([symbol(rest), D], [N, S, int(8)]);
    expect(meet([symbol(rest)], [N, S], [], bindings).mismatches).toEqual([]);
    expect(meet([symbol(rest)], [N, E], [], bindings).mismatches).toMatchObject([
      { kind: "dim", actualAxis: 1 },
    ]);
    expect(meet([symbol(rest)], [N], [], bindings).mismatches).toMatchObject([
      { kind: "rank", least: 2, isOpen: false, actual: 1 },
    ]);
  });
});

describe("refuses", () => {
  test("another rank", () => {
    expect(meet([B, T], [N]).mismatches).toEqual([
      { kind: "rank", least: 2, isOpen: false, actual: 1 },
    ]);
    expect(meet([B, symbol(rest), D], [N]).mismatches).toEqual([
      { kind: "rank", least: 2, isOpen: true, actual: 1 },
    ]);
  });

  test("a size that no dim gives", () => {
    expect(meet([scale(D, 3)], [int(7)]).mismatches).toMatchObject([{ kind: "dim", unknown: d }]);
    expect(meet([add(T, int(1))], [int(0)]).mismatches).toMatchObject([
      { kind: "dim", unknown: t },
    ]);
    // `S` may be 0, and then there is no T with T + 1 == S.
    expect(meet([add(T, int(1))], [S]).mismatches).toHaveLength(1);
    expect(
      meet([add(T, int(1))], [S], [{ relation: ">=", left: S, right: int(1) }]).mismatches,
    ).toEqual([]);
  });

  test("what stays undetermined", () => {
    expect(meet([mul(H, K)], [S]).mismatches).toMatchObject([
      { kind: "unsolved", unknowns: [h, k] },
    ]);
    expect(meet([floorDiv(D, int(2))], [S]).mismatches).toMatchObject([
      { kind: "unsolved", unknowns: [d] },
    ]);
  });
});

test("solve needs an exact division", () => {
  expect(solve(scale(D, 3), int(96), d, Facts.none)?.key).toBe(int(32).key);
  expect(solve(scale(D, 3), int(97), d, Facts.none)).toBeUndefined();
  expect(solve(mul(D, D), int(9), d, Facts.none)).toBeUndefined();
});
