// Models for text have exactly the parameters of their published checkpoints: every path, every shape, and the number of all.
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { compileCase } from "./harness/programs.js";

interface Published {
  readonly list: string;
  readonly path: string;
  readonly model: string;
  readonly count: number;
  readonly sets?: Readonly<Record<string, string>>;
}

const published: readonly Published[] = [
  {
    list: "bert-tiny",
    path: "stdlib/bert.dl",
    model: "Bert",
    count: 4_385_920,
    sets: { D: "128", H: "2", L: "2" },
  },
  { list: "bert-base", path: "stdlib/bert.dl", model: "Bert", count: 109_482_240 },
  { list: "gpt2", path: "stdlib/gpt2.dl", model: "Gpt2", count: 124_439_808 },
  {
    list: "llama-7b",
    path: "stdlib/language.dl",
    model: "Llama",
    count: 6_738_415_616,
    sets: { G: "32", own_head: "true" },
  },
  { list: "tiny-llama", path: "stdlib/llama.dl", model: "TinyLlama", count: 1_100_048_384 },
  { list: "t5-small", path: "stdlib/t5.dl", model: "T5", count: 60_506_624 },
];

describe.each(published)("$list", ({ list, path, model, count, sets = {} }) => {
  const options = { model, sets, entries: ["forward"] };
  const parameters = compileCase({ title: list, path, options }).variables.filter(
    (v) => v.isTrainable,
  );

  test("has the published paths and shapes", () => {
    const listed = readFileSync(`tests/fixtures/paths/${list}.txt`, "utf8").trim().split("\n");
    expect(parameters.map((v) => `${v.path} ${v.shape.join("x")}`).sort()).toEqual(listed.sort());
  });

  test("has as many parameters as were published", () => {
    const sizes = parameters.map((v) => v.shape.reduce((a, b) => a * b, 1));
    expect(sizes.reduce((a, b) => a + b, 0)).toBe(count);
  });
});
