// safetensors: what is written reads back, and every breach of the format is refused as what it is.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { RuntimeFault } from "../../runtime/errors.js";
import {
  hostDtypeOf,
  numbersOf,
  parseSafetensors,
  serializeSafetensors,
  type HostTensor,
} from "../../runtime/weights.js";

/** A file with this header text and this many zero bytes of data. */
function fileOf(header: string | Uint8Array, dataBytes = 0, declared?: bigint): Uint8Array {
  const text = typeof header === "string" ? new TextEncoder().encode(header) : header;
  const out = new Uint8Array(8 + text.byteLength + dataBytes);
  new DataView(out.buffer).setBigUint64(0, declared ?? BigInt(text.byteLength), true);
  out.set(text, 8);
  return out;
}

const info = (dtype: string, shape: unknown, offsets: unknown): string =>
  JSON.stringify({ dtype, shape, data_offsets: offsets });
const one = (body: string, name = "a"): string => `{${JSON.stringify(name)}:${body}}`;

function codeOf(bytes: Uint8Array): string {
  try {
    parseSafetensors(bytes, "w.safetensors");
    return "accepted";
  } catch (thrown) {
    if (!(thrown instanceof RuntimeFault)) throw thrown;
    expect(thrown.message).toContain("w.safetensors");
    expect(thrown.exit).toBe(1);
    expect(thrown.remedy).toBeTruthy();
    expect(thrown.code).toBe("weights-corrupt");
    return thrown.detail ?? "";
  }
}

const f32 = (shape: unknown, offsets: unknown): string => info("F32", shape, offsets);

describe("the rules of the format", () => {
  const cases: readonly (readonly [name: string, file: Uint8Array, code: string])[] = [
    ["an empty file", new Uint8Array(0), "too-short"],
    ["seven bytes", new Uint8Array(7), "too-short"],
    ["a header longer than the file", fileOf("{}", 0, 3n), "header-length"],
    ["a header of 2^63 bytes", fileOf("{}", 0, 2n ** 63n), "header-length"],
    ["a header of no bytes", fileOf("", 0), "json"],
    [
      "a header above 16 MiB",
      fileOf(new Uint8Array(16 * 2 ** 20 + 1).fill(32)),
      "header-too-large",
    ],
    ["broken UTF-8", fileOf(Uint8Array.of(0x7b, 0xff, 0x7d)), "utf8"],
    ["an overlong UTF-8 form", fileOf(Uint8Array.of(0x7b, 0xc0, 0xaf, 0x7d)), "utf8"],
    ["a byte order mark", fileOf("\ufeff{}"), "json"],
    ["a space in front", fileOf(" {}"), "json"],
    ["no object", fileOf("[]"), "json"],
    ["an unfinished object", fileOf('{"a":'), "json"],
    ["text after the object", fileOf("{} x"), "json"],
    ["a trailing comma", fileOf(`{"a":${f32([], [0, 4])},}`, 4), "json"],
    ["deep nesting", fileOf(one(`${"[".repeat(100)}${"]".repeat(100)}`)), "json"],
    ["half a character in a name", fileOf('{"\\ud800":1}'), "json"],
    ["a raw line break in a name", fileOf('{"a\n":1}'), "json"],
    [
      "the same tensor twice",
      fileOf(`{"a":${f32([], [0, 4])},"a":${f32([], [0, 4])}}`, 4),
      "duplicate-key",
    ],
    [
      "the same tensor twice, once escaped",
      fileOf(`{"a":${f32([], [0, 4])},"\\u0061":${f32([], [0, 4])}}`, 4),
      "duplicate-key",
    ],
    [
      "the same field twice",
      fileOf('{"a":{"dtype":"F32","dtype":"F32","shape":[],"data_offsets":[0,4]}}', 4),
      "duplicate-key",
    ],
    ["two metadata blocks", fileOf('{"__metadata__":{},"__metadata__":{}}'), "duplicate-key"],
    [
      "a size beyond 2^53",
      fileOf(one('{"dtype":"F32","shape":[9007199254740993],"data_offsets":[0,4]}'), 4),
      "number",
    ],
    [
      "a number too large for a float",
      fileOf(one('{"dtype":"F32","shape":[1e999],"data_offsets":[0,4]}'), 4),
      "number",
    ],
    ["a product beyond 2^53", fileOf(one(f32([2 ** 30, 2 ** 30], [0, 4])), 4), "size"],
    [
      "a product that wraps round to the right size",
      fileOf(one(f32([2 ** 32, 2 ** 32], [0, 0]))),
      "size",
    ],
    [
      "a product that overflows before a zero",
      fileOf(one(f32([2 ** 40, 2 ** 40, 0], [0, 0]))),
      "size",
    ],
    ["an unknown dtype", fileOf(one(info("F33", [], [0, 4])), 4), "dtype"],
    ["a dtype called toString", fileOf(one(info("toString", [], [0, 4])), 4), "dtype"],
    ["no dtype", fileOf(one('{"shape":[],"data_offsets":[0,4]}'), 4), "field"],
    ["a tensor that is a number", fileOf('{"a":1}'), "field"],
    ["no shape", fileOf(one('{"dtype":"F32","data_offsets":[0,4]}'), 4), "shape"],
    ["a negative size", fileOf(one(f32([-1], [0, 4])), 4), "shape"],
    ["a fractional size", fileOf(one(f32([1.5], [0, 4])), 4), "shape"],
    ["a size as text", fileOf(one(f32(["1"], [0, 4])), 4), "shape"],
    ["one offset", fileOf(one(f32([], [0])), 4), "offsets"],
    ["three offsets", fileOf(one(f32([], [0, 4, 8])), 4), "offsets"],
    ["a negative offset", fileOf(one(f32([], [-4, 0])), 4), "offsets"],
    ["an end before the beginning", fileOf(one(f32([], [4, 0])), 4), "offsets"],
    ["fewer bytes than the shape needs", fileOf(one(f32([2], [0, 4])), 4), "size"],
    ["more bytes than the shape needs", fileOf(one(f32([], [0, 8])), 8), "size"],
    ["data cut off", fileOf(one(f32([2], [0, 8])), 4), "truncated"],
    [
      "overlapping tensors",
      fileOf(`{"a":${f32([2], [0, 8])},"b":${f32([2], [4, 12])}}`, 12),
      "overlap",
    ],
    [
      "two tensors at one place",
      fileOf(`{"a":${f32([], [0, 4])},"b":${f32([], [0, 4])}}`, 4),
      "overlap",
    ],
    [
      "a hole between tensors",
      fileOf(`{"a":${f32([], [0, 4])},"b":${f32([], [8, 12])}}`, 12),
      "hole",
    ],
    ["a hole at the start", fileOf(one(f32([], [4, 8])), 8), "hole"],
    ["bytes after the last tensor", fileOf(one(f32([], [0, 4])), 5), "trailing-bytes"],
    ["data without tensors", fileOf("{}", 1), "trailing-bytes"],
    ["metadata that is a list", fileOf('{"__metadata__":[]}'), "metadata"],
    ["metadata that is a number", fileOf('{"__metadata__":{"a":1}}'), "metadata"],
    ["no tensors", fileOf("{}"), "accepted"],
    ["padding after the header", fileOf(`${one(f32([], [0, 4]))}    `, 4), "accepted"],
    ["a tensor called __proto__", fileOf(one(f32([], [0, 4]), "__proto__"), 4), "accepted"],
    ["an empty tensor", fileOf(one(f32([0, 3], [0, 0]))), "accepted"],
    [
      "a field nobody knows",
      fileOf(one('{"dtype":"F32","shape":[],"data_offsets":[0,4],"x":[true,null]}'), 4),
      "accepted",
    ],
  ];

  it.each(cases)("%s", (_, file, code) => {
    expect(codeOf(file)).toBe(code);
  });

  it("refuses more than 100,000 tensors", () => {
    const entries = Array.from(
      { length: 100_002 },
      (_, i) => `"t${String(i)}":${f32([0], [0, 0])}`,
    );
    expect(codeOf(fileOf(`{${entries.join(",")}}`))).toBe("too-many-tensors");
  });

  it("keeps a tensor called __proto__ apart from every object", () => {
    const { tensors } = parseSafetensors(fileOf(one(f32([], [0, 4]), "__proto__"), 4), "w");
    expect([...tensors.keys()]).toEqual(["__proto__"]);
    expect(Object.hasOwn(Object.prototype, "dtype")).toBe(false);
  });
});

describe("reading and writing", () => {
  it("gives back what was written, whatever it is called", () => {
    const tensor = fc
      .array(fc.float({ noNaN: true }), { maxLength: 12 })
      .map((xs): HostTensor => ({ dtype: "f32", shape: [xs.length], data: Float32Array.from(xs) }));
    const named = fc.array(fc.tuple(fc.string({ unit: "grapheme" }), tensor), { maxLength: 6 });
    fc.assert(
      fc.property(named, (pairs) => {
        const unique = new Map(pairs.filter(([name]) => name !== "__metadata__"));
        const read = parseSafetensors(serializeSafetensors(unique), "w");
        expect([...read.tensors.keys()].sort()).toEqual([...unique.keys()].sort());
        for (const [name, { data }] of unique) {
          const stored = read.tensors.get(name);
          expect(stored && Float32Array.from(numbersOf(stored, "w"))).toEqual(data);
        }
      }),
      { seed: 7, numRuns: 200 },
    );
  });

  it("writes the same bytes whatever the order, with data on a multiple of 8", () => {
    const a: HostTensor = { dtype: "f32", shape: [2], data: Float32Array.of(1, 2) };
    const b: HostTensor = { dtype: "bool", shape: [1], data: Uint8Array.of(1) };
    const bytes = serializeSafetensors(
      [
        ["x", a],
        ["b", b],
      ],
      { step: "3" },
    );
    expect(
      serializeSafetensors(
        [
          ["b", b],
          ["x", a],
        ],
        { step: "3" },
      ),
    ).toEqual(bytes);
    expect(new DataView(bytes.buffer).getBigUint64(0, true) % 8n).toBe(0n);
    expect(parseSafetensors(bytes, "w").metadata.get("step")).toBe("3");
  });

  it.each([
    ["F16", [0x00, 0x3c, 0x01, 0x00, 0x00, 0xfc], [1, 2 ** -24, -Infinity], "f32"],
    ["BF16", [0x80, 0x3f, 0x00, 0xc0], [1, -2], "f32"],
    ["I64", [255, 255, 255, 255, 255, 255, 255, 255], [-1], "i32"],
    ["U8", [200], [200], "i32"],
    ["I8", [200], [-56], "i32"],
    ["BOOL", [2, 0], [1, 0], "bool"],
    ["F64", [0, 0, 0, 0, 0, 0, 0xf8, 0x3f], [1.5], "f32"],
  ] as const)("reads %s", (dtype, bytes, values, host) => {
    const file = fileOf(one(info(dtype, [values.length], [0, bytes.length])), bytes.length);
    file.set(bytes, file.byteLength - bytes.length);
    const stored = parseSafetensors(file, "w").tensors.get("a");
    expect(stored && [...numbersOf(stored, "w")]).toEqual([...values]);
    expect(hostDtypeOf(dtype)).toBe(host);
  });

  it("refuses a 64-bit integer that no number can hold", () => {
    const file = fileOf(one(info("I64", [1], [0, 8])), 8);
    file.fill(0x7f, file.byteLength - 8);
    const stored = parseSafetensors(file, "w").tensors.get("a");
    expect(() => stored && numbersOf(stored, "w")).toThrow(/beyond 2\^53/);
  });
});

it("never fails otherwise than by a coded refusal, however a file is damaged", () => {
  const tensor: HostTensor = { dtype: "f32", shape: [2, 3], data: new Float32Array(6) };
  const good = serializeSafetensors(
    [
      ["h.0.weight", tensor],
      ["b", tensor],
    ],
    { note: "x" },
  );
  const damage = fc.array(fc.tuple(fc.nat(good.byteLength - 1), fc.nat(255)), {
    minLength: 1,
    maxLength: 4,
  });
  fc.assert(
    fc.property(damage, fc.nat(good.byteLength), (edits, length) => {
      const bad = good.slice(0, length % 3 === 0 ? length : good.byteLength);
      for (const [at, value] of edits) if (at < bad.byteLength) bad[at] = value;
      expect(codeOf(bad)).toMatch(/^(accepted|[a-z0-9-]+)$/);
    }),
    { seed: 11, numRuns: 3000 },
  );
});
