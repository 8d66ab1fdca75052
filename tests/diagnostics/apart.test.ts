// Two sizes of one name in one message: each is said with the declaration, or else the line, that it belongs to.
import { describe, expect, test } from "vitest";
import { openPackage } from "../../cli/host.js";
import { checkPackage } from "../../compiler/index.js";
import { freshSym, symbol } from "../../compiler/types/dim.js";
import { apart, meets } from "../../compiler/diagnostics/apart.js";
import type { SourceFile, Span } from "../../grammar/source.js";
import { root } from "../harness/sources.js";

const { host } = openPackage(root);

/** A run of a layer that takes and gives `R` numbers; the run's own `R` is another number. */
const run = (inputs: string, loss: string): string => `import { sgd } from "std/optim"

layer Foo(R) {
  param w: [R, R] = zeros

  fn forward(x: [B, R]) -> [B, R] = x @ w
}

train Fit(net: Foo, ${inputs}) {
  loss = ${loss}
  optimizer = sgd(lr = 1e-2)
}
`;

/** The labels and notes of the only error in a program. */
function wordsOf(text: string): readonly string[] {
  const { diagnostics } = checkPackage([{ path: "a.dl", text }], host);
  const [only, ...more] = diagnostics;
  expect(more).toEqual([]);
  return only ? [only.primary.text, ...only.notes] : [];
}

describe("sizes that are written alike", () => {
  test("an argument and a parameter", () => {
    const words = wordsOf(run("x: [B, R]", "mean(net(x))"));
    expect(words[0]).toBe("`R` of `Fit` meets `R` of `Foo`");
    expect(words).toContain("they differ for `R` of `Foo` = 1 and `R` of `Fit` = 2");
  });

  test("operands of a sum", () => {
    const words = wordsOf(run("y: [R, R]", "mean(net.w + y)"));
    expect(words[0]).toBe("`R` of `Foo` meets `R` of `Fit`");
  });

  test("operands of a product", () => {
    const words = wordsOf(run("y: [R, 4]", "mean(net.w @ y)"));
    expect(words[0]).toBe("`R` of `Foo` meets `R` of `Fit`");
  });

  test("names that mean one thing each are said alone", () => {
    expect(wordsOf(run("x: [B, S]", "mean(net(x))"))[0]).toBe("`S` meets `R`");
  });

  test("in one declaration their lines tell them apart", () => {
    const file: SourceFile = { path: "b.dl", text: "fn f(\n  x: [R],\n  y: [R],\n) = x\n" };
    const at = (n: number): Span => {
      const start = [...file.text.matchAll(/R/g)][n]?.index ?? 0;
      return { file, start, end: start + 1 };
    };
    const [one, other] = [0, 1].map((n) => symbol(freshSym("R", "size", at(n)))) as [
      ReturnType<typeof symbol>,
      ReturnType<typeof symbol>,
    ];
    expect(meets(one, other)).toBe("`R` of line 2 of b.dl meets `R` of line 3 of b.dl");
    expect(apart(one, one)).toEqual(["`R`", "`R`"]);
  });
});
