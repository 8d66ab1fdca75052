// `...` stands for any number of axes: no operation may take it for one.
import { expect, test } from "vitest";
import { check } from "../../compiler/check/check.js";
import { load } from "../harness/models/programs.js";

const errorsOf = (text: string): readonly string[] =>
  check(load(text)).flatMap((d) => (d.severity === "error" ? [d.code] : []));

test.each([
  ["a transpose of one axis and many", "fn f(x: [..., D]) -> [D, ...] = x.T"],
  ["rows of many axes", "fn f(x: [..., D], w: [B, D, K]) -> [B, ..., K] = x @ w"],
  ["a factor whose rows are many axes", "fn f(x: [B, D], w: [D, ...]) -> [B, ...] = x @ w"],
  ["attention without an axis of places", "fn f(x: [..., D]) -> [..., D] = attention(x, x, x)"],
  ["rows of a table of many axes", "fn f(x: [...], i: i32[N]) -> [N] = x[i]"],
  ["the mean of many axes as of one", "fn f(x: [..., D]) -> [D] = mean(x, axis = 0)"],
])("refuses %s", (_, text) => {
  expect(errorsOf(text)).toEqual(["axis-in-pack"]);
});

test.each([
  ["a transpose after them", "fn f(x: [..., T, D]) -> [..., D, T] = x.T"],
  ["a matrix on the right", "fn f(x: [..., D], w: [D, K]) -> [..., K] = x @ w"],
  ["the same ones on both sides", "fn f(x: [..., T, D], w: [..., D, K]) -> [..., T, K] = x @ w"],
  ["attention over places", "fn f(x: [..., T, D]) -> [..., T, D] = attention(x, x, x)"],
])("accepts %s", (_, text) => {
  expect(errorsOf(text)).toEqual([]);
});

test("refuses what follows a pattern", () => {
  expect(errorsOf("fn f(x: [B, D]) -> [B] = mean(x, [b d -> b], 7)")).toEqual([
    "too-many-arguments",
  ]);
});
