// Codes, scales and numbers equal, bit for bit, those that bitsandbytes' algorithm gives in PyTorch.
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { storageOf } from "../../compiler/types/storage.js";
import { decode, encode } from "../../runtime/coded.js";
import { codedLayout, type CodedStorage } from "../../runtime/format.js";

interface Case {
  readonly format: string;
  readonly block: number;
  readonly double: boolean;
  readonly x: string;
  readonly codes: string;
  readonly scales?: string;
  readonly scaleCodes?: string;
  readonly groups?: string;
  readonly mean?: number;
  readonly numbers: string;
}

const { dynamicMap, cases } = JSON.parse(readFileSync("tests/quantize/vectors.json", "utf8")) as {
  readonly dynamicMap: string;
  readonly cases: readonly Case[];
};

const bytesOf = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, "base64"));
const floatsOf = (text: string): Float32Array => new Float32Array(bytesOf(text).buffer);
/** Floats by their bits, so that nothing rounds in a comparison. */
const bits = (x: Float32Array): number[] => [...new Uint32Array(x.buffer, x.byteOffset, x.length)];

const named = (c: Case): CodedStorage => {
  const storage = storageOf(c.format, c);
  if (!storage) throw new Error(`no format ${c.format}`);
  return storage;
};

describe("quantized numbers against bitsandbytes' algorithm in PyTorch", () => {
  it.each(
    cases.map(
      (c) =>
        [
          `${c.format}, ${String(floatsOf(c.x).length)} numbers in blocks of ${String(c.block)}${c.double ? ", double" : ""}`,
          c,
        ] as const,
    ),
  )("%s", (_, c) => {
    const storage = named(c);
    const x = floatsOf(c.x);
    const words = encode(x, storage);
    const at = codedLayout(storage, x.length);
    const bytes = new Uint8Array(words.buffer);
    const floats = new Float32Array(words.buffer);
    expect([...bytes.subarray(0, Math.ceil(x.length / 2))]).toEqual([...bytesOf(c.codes)]);
    if (c.scales !== undefined)
      expect(bits(floats.slice(at.scales, at.scales + at.blocks))).toEqual(
        bits(floatsOf(c.scales)),
      );
    if (c.scaleCodes !== undefined) {
      const codes = bytes.subarray(4 * at.scales, 4 * at.scales + at.blocks);
      expect([...codes]).toEqual([...bytesOf(c.scaleCodes)]);
      expect(bits(floats.slice(at.groups, at.mean))).toEqual(bits(floatsOf(c.groups ?? "")));
      expect(floats[at.mean]).toBe(c.mean);
    }
    expect(bits(decode(words, storage, x.length))).toEqual(bits(floatsOf(c.numbers)));
  });

  it("codes scales by the dynamic map", () => {
    const levels = storageOf("nf4", { block: 64, double: true })?.scales?.levels ?? [];
    expect(bits(Float32Array.from(levels))).toEqual(bits(floatsOf(dynamicMap)));
  });

  it.each(["int4", "int8"])(
    "%s gives the smaller code to what lies between two levels",
    (format) => {
      const storage = storageOf(format, { block: 64, double: false });
      if (!storage) throw new Error(`no format ${format}`);
      // The first number makes the scale 1, so that a half lies between two levels.
      const top = 2 ** (storage.bits - 1) - 1;
      const words = encode([top, 0.5, 2.5, -0.5, -2.5], storage);
      // -2 and -1 have the codes behind those of all positive numbers, and -3 the one before that of -2.
      expect([...decode(words, storage, 5)]).toEqual([top, 0, 2, 0, -3]);
    },
  );
});
