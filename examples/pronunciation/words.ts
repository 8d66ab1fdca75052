// Words and their pronunciations as numbers: letters and sounds, the words to learn from, and those kept back.
import { readFileSync } from "node:fs";
import type { HostTensor } from "../../runtime/weights.js";

/** A word and the sounds that it is spoken with. */
export interface Spoken {
  readonly word: string;
  readonly sounds: readonly string[];
}

/** Letters by their numbers; 0 is padding. */
export const letters: readonly string[] = Array.from({ length: 27 }, (_, i) =>
  i === 0 ? "" : String.fromCharCode(96 + i),
);

/** The sounds of the dictionary (ARPAbet without stress) by their numbers; the first three are padding, beginning and end. */
export const sounds: readonly string[] = [
  ..."_ < >".split(" "),
  ..."aa ae ah ao aw ay b ch d dh eh er ey f g hh ih iy jh k l m n ng ow oy p r s sh t th uh uw v w y z zh".split(
    " ",
  ),
];

/** Numbers of the sounds that are none. */
export const [padding, begin, end] = [0, 1, 2] as const;

/** Longest word, and longest pronunciation with its beginning or end. */
export const longest = { word: 10, sounds: 11 } as const;

/** Every word of the dictionary of this folder, in its order. */
export function readWords(): readonly Spoken[] {
  const text = readFileSync(new URL("cmudict.txt", import.meta.url), "utf8");
  return text
    .trim()
    .split("\n")
    .map((line) => {
      const [word = "", ...spoken] = line.split(" ");
      return { word, sounds: spoken };
    });
}

/** One word in twenty is never learnt from. */
export function splitWords(words: readonly Spoken[]): {
  readonly learnt: readonly Spoken[];
  readonly keptBack: readonly Spoken[];
} {
  return {
    learnt: words.filter((_, i) => i % 20 !== 0),
    keptBack: words.filter((_, i) => i % 20 === 0),
  };
}

/** The inputs of training: the word, the sounds behind their beginning, and the sounds before their end. */
export function tensorsOf(words: readonly Spoken[]): ReadonlyMap<string, HostTensor> {
  const numbers = words.map(({ sounds: said }) => said.map((s) => sounds.indexOf(s)));
  return new Map([
    ["word", wordTensor(words)],
    [
      "spoken",
      rows(
        numbers.map((said) => [begin, ...said]),
        longest.sounds,
      ),
    ],
    [
      "next",
      rows(
        numbers.map((said) => [...said, end]),
        longest.sounds,
      ),
    ],
  ]);
}

/** The letters of words. */
export const wordTensor = (words: readonly { readonly word: string }[]): HostTensor =>
  rows(
    words.map(({ word }) => [...word].map((c) => letters.indexOf(c))),
    longest.word,
  );

/** Rows of numbers, filled up with padding. */
export function rows(numbers: readonly (readonly number[])[], width: number): HostTensor {
  const data = new Int32Array(numbers.length * width);
  numbers.forEach((row, i) => {
    data.set(row, i * width);
  });
  return { dtype: "i32", shape: [numbers.length, width], data };
}
