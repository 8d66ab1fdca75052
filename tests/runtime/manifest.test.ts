// Manifests as they were written are read fast, and any other text by the strict reader: the same values, and nothing that only one refuses.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { buildArtifact } from "../../compiler/artifact/index.js";
import { partNames } from "../../runtime/source.js";
import { partsOf } from "../../cli/artifact.js";
import { portable } from "../../runtime/format.js";
import { readManifest } from "../../runtime/manifest.js";
import {
  readJson,
  readOwnJson,
  type JsonValue,
  type Parsed,
} from "../../runtime/safetensors/json.js";
import { compileCase } from "../harness/programs.js";

const limits = { depth: 20, keys: 64 };
const own = (value: unknown): string => `${JSON.stringify(value, null, 1)}\n`;

/** A value of the strict reader with plain objects. */
const plain = (value: JsonValue): unknown => {
  if (value instanceof Map)
    return Object.fromEntries(
      [...(value as ReadonlyMap<string, JsonValue>)].map(([key, item]) => [key, plain(item)]),
    );
  return Array.isArray(value) ? (value as readonly JsonValue[]).map(plain) : value;
};

const strictly = (text: string): unknown => {
  try {
    return plain(readJson(text, limits));
  } catch {
    return undefined;
  }
};

describe("the fast reader", () => {
  test("gives what the strict one gives, or leaves it to that", () => {
    const values = fc.jsonValue({ maxDepth: 5, stringUnit: "binary" });
    fc.assert(
      fc.property(values, (value) => {
        const text = own(value);
        const fast: Parsed | undefined = readOwnJson(text, limits.depth);
        if (fast !== undefined) expect(fast).toEqual(strictly(text));
      }),
      { seed: 7, numRuns: 2000 },
    );
    expect(readOwnJson(own({ a: [1, "x", null, { b: -2.5 }] }), limits.depth)).toBeDefined();
  });

  test("takes nothing of a text with one character changed that the strict one refuses", () => {
    const written = own({ a: [1, 20, "x\\y", null], b: { __proto__: 3, c: [true, [[-1.5]]] } });
    const characters = '{}[]",:\\ \n0159.-eEtu_a';
    for (let at = 0; at < written.length; at++)
      for (const character of characters) {
        const text = written.slice(0, at) + character + written.slice(at + 1);
        const fast = readOwnJson(text, limits.depth);
        if (fast !== undefined) expect(fast).toEqual(strictly(text));
      }
  });

  test.each([
    ["a key twice", '{\n "a": 1,\n "a": 1\n}\n'],
    ["an integer that is rounded", "9007199254740993\n"],
    ["a number that is infinite", "1e999\n"],
    ["half a character", '"\\ud800"\n'],
    ["no line feed at the end", "{}"],
    ["something behind the end", "{}\n\n"],
    ["what nests too deeply", own(JSON.parse(`${"[".repeat(22)}1${"]".repeat(22)}`))],
    ["what nests far too deeply", `${"[".repeat(1e5)}${"]".repeat(1e5)}\n`],
  ])("leaves %s to the strict one", (_, text) => {
    expect(readOwnJson(text, limits.depth)).toBeUndefined();
  });
});

test("a manifest says the same however it is laid out", async () => {
  const compiled = compileCase({
    title: "",
    path: "examples/shakespeare/model.dl",
    options: { model: "Gpt" },
  });
  const target = portable("software");
  const built = { target, artifact: buildArtifact(compiled, { target }) };
  const bytes = (await partsOf([built], undefined)).get(partNames.manifest) ?? new Uint8Array(0);
  const text = new TextDecoder().decode(bytes);
  // What was written is read fast.
  expect(readOwnJson(text, 96)).toBeDefined();
  const compact = JSON.stringify(JSON.parse(text));
  expect(readOwnJson(compact, 96)).toBeUndefined();
  const read = readManifest(bytes, "fast");
  expect(readManifest(new TextEncoder().encode(compact), "strict")).toEqual(read);
  const strange = text.replace('"format"', '"__proto__": 1,\n "format"');
  for (const wrong of [strange, JSON.stringify(JSON.parse(strange))])
    expect(() => readManifest(new TextEncoder().encode(wrong), "x")).toThrow("unknown field");
});
