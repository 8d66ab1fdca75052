// The sentence encoder without its trained weights: how text is cut, and what holds of vectors whatever the weights are.
import { describe, expect, test } from "vitest";
import { openBackend } from "../cli/backend/open.js";
import { compileEncoder, Encoder, padded } from "../examples/sentences/encoder.js";
import { Tokenizer, type Piece } from "../examples/sentences/tokenizer.js";

const reserved = Array.from({ length: 6 }, (_, i): Piece => [`<${String(i)}>`, 0]);

/** Ids from 6 on; less likely pieces have lower scores. */
const vocabulary: readonly Piece[] = [
  ...reserved,
  ["▁", -5],
  ["▁in", -2],
  ["▁inn", -6],
  ["n", -3],
  ["er", -3],
  ["e", -4],
  ["r", -4],
  ["▁er", -4],
  ["fi", -4],
  ["i", -20],
];

describe("pieces", () => {
  const tokenizer = new Tokenizer(vocabulary);
  const cases: readonly [why: string, text: string, ids: readonly number[]][] = [
    ["nothing in nothing", "", []],
    ["the most likely pieces, not the longest", "inner", [7, 9, 10]],
    ["a space begins a word", "in er", [7, 13]],
    ["unknown characters in a row are one piece", "in日本", [7, 0]],
    ["compatible characters are the same", "\ufb01", [6, 14]],
    ["a piece that cannot be begun again is unknown", "f", [6, 0]],
  ];
  test.each(cases)("%s", (_, text, ids) => {
    expect(tokenizer.encode(text)).toEqual(ids);
  });
});

describe("vectors of an untrained encoder", () => {
  const small = { V: "16", In: "8", D: "12", H: "2", F: "16" };
  const open = async (): Promise<Encoder> => {
    const backend = await openBackend(compileEncoder(small), { backend: "reference" });
    await backend.init(1);
    return new Encoder(backend, new Tokenizer(vocabulary));
  };

  test("have the length 1, and do not change with what stands beside them", async () => {
    const encoder = await open();
    const together = await encoder.embed(["inner", "in er inner in"]);
    const alone = await encoder.embed(["inner"]);
    expect(together.shape).toEqual([2, 12]);
    const first = [...together.data].slice(0, 12);
    expect(Math.hypot(...first)).toBeCloseTo(1, 6);
    first.forEach((x, i) => {
      expect(x).toBeCloseTo(Number(alone.data[i]), 6);
    });
  });

  test("are compared by the cosine of their angle", async () => {
    const encoder = await open();
    const vectors = await encoder.embed(["inner", "er"]);
    const { shape, data } = await encoder.likeness(vectors, vectors);
    expect(shape).toEqual([2, 2]);
    const dot = [...vectors.data].reduce<number>(
      (sum, x, i) => (i < 12 ? sum + x * Number(vectors.data[i + 12]) : sum),
      0,
    );
    expect(data[0]).toBeCloseTo(1, 6);
    expect(data[1]).toBeCloseTo(dot, 6);
  });
});

test("rows of ids are filled up, and the mask says where", () => {
  const inputs = padded([[3, 4], [5]]);
  expect([...(inputs.get("ids")?.data ?? [])]).toEqual([3, 4, 5, 0]);
  expect([...(inputs.get("mask")?.data ?? [])]).toEqual([1, 1, 1, 0]);
});
