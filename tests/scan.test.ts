// A scan is its rounds written out: values and gradients agree in float64, at every length.
import { describe, expect, test } from "vitest";
import { compiled, drawnFor, evaluated, recurrences } from "./harness/scans.js";

/** One round, two, an odd number and a prime; many, written out, are slow to compile. */
const lengths = [1, 2, 9, 13];

test("each round draws numbers of its own, and each round within a round", () => {
  const { entries } = compiled(`fn rounds(h: [], xs: [T, S]) -> [T, S] {
    let (last, all) = scan((h, row) => scan((g, x) => (g, random_uniform([])), h, row), h, xs)
    all
  }`);
  const [entry] = entries;
  const drawn = entry && evaluated(entry, drawnFor(entry, { T: 3, S: 5 }, 7)).get("out");
  expect(new Set(drawn?.data).size).toBe(15);
});

describe.each(recurrences)("$title", ({ title, shared, scan, unrolled }) => {
  const rounds = compiled(`${shared}\n${scan}`);
  test.each(title === "a weight and a bias" ? [...lengths, 64] : lengths)(
    "%i rounds",
    { timeout: 60_000 },
    (length) => {
      const written = compiled(`${shared}\n${unrolled(length)}`);
      expect(rounds.entries.map((e) => e.name)).toEqual(written.entries.map((e) => e.name));
      for (const [i, entry] of rounds.entries.entries()) {
        const other = written.entries[i] ?? entry;
        const sizes = { T: length, B: length === 9 ? 17 : 3, D: 4 };
        const found = evaluated(entry, drawnFor(entry, sizes, 11));
        const wanted = evaluated(other, drawnFor(other, sizes, 11));
        expect([...found.keys()]).toEqual([...wanted.keys()]);
        for (const [name, { shape, data }] of wanted) {
          expect(found.get(name)?.shape).toEqual(shape);
          const scale = Math.max(1, ...data.map(Math.abs));
          const worst = Math.max(
            ...data.map((x, j) => Math.abs(x - (found.get(name)?.data[j] ?? NaN))),
          );
          expect(worst / scale, `${entry.name} ${name}`).toBeLessThan(1e-12);
        }
      }
    },
  );
});
