// Names that a misspelt one may have meant, and the axes in which shapes differ.
import { describe, expect, test } from "vitest";
import { differingAxes, distanceOf, nearest } from "../../compiler/diagnostics/index.js";
import { dim } from "../../compiler/types/dim.js";

describe("nearest names", () => {
  test.each([
    ["hiden", ["hidden", "hide"], ["hidden", "hide"]],
    ["relru", ["relu", "elu", "gelu"], ["relu"]],
    ["Liner", ["Linear", "LayerNorm"], ["Linear"]],
    ["wieght", ["weight", "bias"], ["weight"]],
    ["linear", ["Linear"], ["Linear"]],
    ["x", ["y", "z"], []],
    ["qq", ["q", "k"], ["q"]],
    ["attention", ["convolution"], []],
    ["ab", ["ab"], []],
  ])("%s", (name, candidates, found) => {
    expect(nearest(name, candidates)).toEqual(found);
  });

  test("at most three, nearest first", () => {
    expect(nearest("weight", ["weighs", "weights", "eight", "height", "weightx"])).toEqual([
      "eight",
      "height",
      "weighs",
    ]);
  });

  test("a swap of neighbours is one edit", () => {
    expect([
      distanceOf("wieght", "weight"),
      distanceOf("", "abc"),
      distanceOf("kitten", "sitting"),
    ]).toEqual([1, 3, 3]);
  });
});

describe("differing axes", () => {
  const [B, T, D, H] = [dim("B"), dim("T"), dim("D"), dim("H")];

  test("of equal rank by place", () => {
    expect(differingAxes([B, T, D], [B, T, H])).toEqual([[2], [2]]);
  });

  test("of different rank what lies between like ends", () => {
    expect(differingAxes([B, T, D], [B, D])).toEqual([[1], []]);
    expect(differingAxes([B], [B, T])).toEqual([[], [1]]);
  });
});
