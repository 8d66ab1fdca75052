// `dl spectrum` on matrices whose singular values are known, and on an update of known rank.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { energyAt, errorAt, spectrumOf, suggestions } from "../../cli/adapters/spectrum.js";
import { writeSafetensors } from "../../cli/files.js";
import type { HostTensor } from "../../runtime/weights.js";
import { dl, floats, temporaryFolder } from "../harness/cli.js";

/** Column `k` of an orthogonal matrix of cosines (DCT-II). */
const cosine = (n: number, i: number, k: number): number =>
  Math.sqrt((k === 0 ? 1 : 2) / n) * Math.cos((Math.PI * (i + 0.5) * k) / n);

/** A matrix with these singular values. */
const matrixOf = (rows: number, columns: number, values: readonly number[]): HostTensor => {
  const tensor = floats([rows, columns], () => 0);
  const data = Float64Array.from(tensor.data, (_, at) => {
    const [i, j] = [Math.floor(at / columns), at % columns];
    return values.reduce((sum, s, k) => sum + s * cosine(rows, i, k) * cosine(columns, j, k), 0);
  });
  return { ...tensor, data };
};

describe("a spectrum", () => {
  test("has the singular values of its matrix, their energy and their errors", () => {
    const spectrum = spectrumOf("w", matrixOf(12, 7, [4, 2, 1, 0.5]));
    expect(spectrum?.values.slice(0, 4).map((s) => Number(s.toFixed(9)))).toEqual([4, 2, 1, 0.5]);
    if (!spectrum) throw new Error("no spectrum");
    expect(energyAt(spectrum, 2)).toBeCloseTo(20 / 21.25, 9);
    expect(errorAt(spectrum, 2)).toBeCloseTo(Math.sqrt(1.25 / 21.25), 9);
    expect([spectrum.rank90, spectrum.rank99]).toEqual([2, 4]);
  });

  test("counts a convolution as output channels by the rest, and no vector", () => {
    const { data } = matrixOf(6, 12, [3, 1]);
    expect(spectrumOf("w", { dtype: "f32", shape: [6, 3, 2, 2], data })?.columns).toBe(12);
    expect(
      spectrumOf(
        "b",
        floats([5], () => 1),
      ),
    ).toBeUndefined();
  });

  test("of a large matrix is that of a random range", { timeout: 60_000 }, () => {
    const spectrum = spectrumOf("w", matrixOf(520, 530, [9, 5, 3, 0.1]));
    expect(spectrum?.isSketched).toBe(true);
    const found = spectrum?.values ?? [];
    [9, 5, 3, 0.1].forEach((s, i) => {
      expect(Math.abs((found[i] ?? NaN) - s)).toBeLessThan(1e-8);
    });
    expect(spectrum?.rank90).toBe(2);
  });

  test("suggests what is of low rank, and its rank", () => {
    const low = spectrumOf("low", matrixOf(40, 40, [4, 2, 0.1]));
    const full = spectrumOf("full", matrixOf(40, 40, Array<number>(40).fill(1)));
    const found = suggestions([low, full].flatMap((s) => s ?? []));
    expect(found.map(({ path, rank }) => [path, rank])).toEqual([["low", 2]]);
  });
});

describe("dl spectrum", () => {
  const folder = temporaryFolder();
  const at = (name: string): string => join(folder, name);
  const before = floats([16, 16], (i) => Math.sin(i * i));
  const update = matrixOf(16, 16, [2, 1]);
  const after = {
    ...before,
    data: Float64Array.from(before.data, (x, i) => x + (update.data[i] ?? 0)),
  };
  const bias = floats([16], () => 1);
  writeSafetensors(at("base.safetensors"), [
    ["w", before],
    ["still", before],
    ["b", bias],
  ]);
  writeSafetensors(at("tuned.safetensors"), [
    ["w", after],
    ["still", before],
    ["b", bias],
  ]);

  test("sees the rank of an update, and leaves out what did not change", async () => {
    const options = ["--base", at("base.safetensors"), "--json"];
    const { out, status } = await dl("spectrum", at("tuned.safetensors"), ...options);
    expect(status).toBe(0);
    const { matrices } = JSON.parse(out) as {
      readonly matrices: readonly {
        readonly path: string;
        readonly values: readonly number[];
        readonly rank99: number;
      }[];
    };
    expect(matrices.map(({ path }) => path)).toEqual(["w"]);
    expect(matrices[0]?.rank99).toBe(2);
    expect(matrices[0]?.values[0]).toBeCloseTo(2, 5);
    expect(matrices[0]?.values[2]).toBeLessThan(1e-5);
  });

  test("prints a table and draws a picture", async () => {
    const { out } = await dl("spectrum", at("tuned.safetensors"), "--rank", "2", "-o", at("s.svg"));
    expect(out).toContain("energy at 2");
    expect(out).toMatch(/^w +16 x 16/m);
    expect(readFileSync(at("s.svg"), "utf8")).toContain("share of squares kept");
  });

  test("refuses weights of other sizes with both named", async () => {
    writeSafetensors(at("other.safetensors"), [["w", floats([8, 16], () => 1)]]);
    const { status, err } = await dl(
      "spectrum",
      at("tuned.safetensors"),
      "--base",
      at("other.safetensors"),
    );
    expect(status).toBe(1);
    expect(err).toContain("[16, 16]");
    expect(err).toContain("[8, 16]");
  });
});
