// What damaged and hostile programs once broke stays mended.
import { describe, expect, it } from "vitest";
import { found } from "./found.js";
import { trial } from "./trial.js";

describe("what once threw, hung or leaked", () => {
  it.each(Object.entries(found))("%s", (_, { text, codes }) => {
    const { diagnostics, rendered } = trial(text, 60);
    expect(
      diagnostics.map((d) => d.code),
      rendered,
    ).toEqual(codes);
  });
});
