// The example that pronounces words: its numbers, its first steps of training on the reference, and how it speaks.
import { describe, expect, test } from "vitest";
import { openBackend } from "../cli/backend/open.js";
import { attend, distance, openSpeaker, score, speak } from "../examples/pronunciation/speaker.js";
import {
  begin,
  end,
  letters,
  longest,
  readWords,
  sounds,
  splitWords,
  tensorsOf,
} from "../examples/pronunciation/words.js";
import { compileCase } from "./harness/programs.js";

const words = readWords();

describe("words", () => {
  test("every letter and sound of the dictionary has a number, and every word fits", () => {
    const unknown = words.filter(
      ({ word, sounds: said }) =>
        [...word].some((c) => !letters.includes(c)) ||
        said.some((s) => sounds.indexOf(s) <= end) ||
        word.length > longest.word ||
        said.length >= longest.sounds,
    );
    expect(unknown).toEqual([]);
  });

  test("no word that is kept back is learnt from", () => {
    const { learnt, keptBack } = splitWords(words);
    const known = new Set(learnt.map(({ word }) => word));
    expect(keptBack.filter(({ word }) => known.has(word))).toEqual([]);
    expect(learnt.length + keptBack.length).toBe(words.length);
  });

  test("what comes next is what is spoken, one place later", () => {
    const tensors = tensorsOf([{ word: "cat", sounds: ["k", "ae", "t"] }]);
    const [k, ae, t] = ["k", "ae", "t"].map((s) => sounds.indexOf(s));
    expect([...(tensors.get("word")?.data ?? [])].slice(0, 4)).toEqual([3, 1, 20, 0]);
    expect([...(tensors.get("spoken")?.data ?? [])].slice(0, 5)).toEqual([begin, k, ae, t, 0]);
    expect([...(tensors.get("next")?.data ?? [])].slice(0, 5)).toEqual([k, ae, t, end, 0]);
  });
});

describe("scores", () => {
  test.each([
    ["k ae t", "k ae t", 0],
    ["k ae t", "k ae", 1],
    ["k ae t", "ae t s", 2],
    ["", "k ae t", 3],
  ])("from `%s` to `%s` are %i changes", (a, b, changes) => {
    const split = (text: string): string[] => text.split(" ").filter((s) => s !== "");
    expect(distance(split(a), split(b))).toBe(changes);
  });

  test("one wrong sound of five makes one word of two wrong", () => {
    const wanted = [
      { word: "cat", sounds: ["k", "ae", "t"] },
      { word: "at", sounds: ["ae", "t"] },
    ];
    const said = [
      { word: "cat", sounds: ["k", "eh", "t"] },
      { word: "at", sounds: ["ae", "t"] },
    ];
    expect(score(said, wanted)).toEqual({ words: 2, right: 1, soundErrorRate: 0.2 });
  });
});

describe("a small speaker on the reference", () => {
  test(
    "twenty steps of training bring the loss down by a tenth",
    { timeout: 120_000 },
    async () => {
      const compiled = compileCase({
        title: "Learn",
        path: "examples/pronunciation/model.dl",
        options: { runs: ["Learn"], sets: { D: "16", H: "2", L: "1" } },
      });
      const backend = await openBackend(compiled, { backend: "reference" });
      await backend.init(1);
      const inputs = tensorsOf(words.filter((_, i) => i % 1700 === 5));
      const losses: number[] = [];
      for (let step = 1; step <= 20; step++)
        losses.push((await backend.trainStep("Learn", inputs, { seed: 1, step })).loss);
      backend.dispose();
      const [first = 0] = losses;
      expect(first).toBeGreaterThan(3);
      expect(losses.at(-1)).toBeLessThan(0.9 * first);
    },
  );

  test("what it attends to sums to 1 over the letters of each sound", async () => {
    const backend = await openSpeaker(new Map(), { backend: "reference" });
    const [spoken] = await speak(backend, ["word"]);
    const map = await attend(backend, { word: "word", sounds: ["w", "er", "d"] });
    backend.dispose();
    expect(spoken?.word).toBe("word");
    expect(map.map((row) => row.length)).toEqual([4, 4, 4, 4]);
    for (const row of map) expect(row.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 6);
  });
});
