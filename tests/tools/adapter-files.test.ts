// Adapter files: what goes in comes out, and what does not fit is refused with both sides named, the base untouched.
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { differences, matchAdapter, writeAdapter } from "../../cli/adapters/file.js";
import { fingerprintOf } from "../../cli/adapters/fingerprint.js";
import type { Tensors } from "../../cli/backend.js";
import { parseSafetensors, serializeSafetensors, type HostTensor } from "../../runtime/weights.js";
import { dl } from "../harness/cli.js";
import { at, base, baseOf, build, drawn, tuned, values } from "../harness/tuned.js";

const bytes = readFileSync(at("tuned.safetensors"));
const file = parseSafetensors(bytes, "tuned");

/** The file with something changed. */
function changed({
  tensors = (all) => all,
  notes = {},
}: {
  readonly tensors?: (all: Map<string, HostTensor>) => Map<string, HostTensor>;
  readonly notes?: Readonly<Record<string, string>>;
}): Uint8Array {
  const added = new Map([...values].filter(([path]) => path.includes("lora_")));
  const metadata = { ...Object.fromEntries(file.metadata), ...notes };
  return serializeSafetensors(tensors(added), metadata);
}

const replaced =
  (path: string, tensor: HostTensor) =>
  (all: Map<string, HostTensor>): Map<string, HostTensor> =>
    new Map(all).set(path, tensor);
const without =
  (path: string) =>
  (all: Map<string, HostTensor>): Map<string, HostTensor> =>
    new Map([...all].filter(([name]) => name !== path));
const floats = (shape: readonly number[], value = 1): HostTensor => ({
  dtype: "f32",
  shape,
  data: new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(value),
});

const read = (given: Uint8Array, compiled = tuned, print = base): Tensors =>
  matchAdapter(parseSafetensors(given, "a.safetensors"), "a.safetensors", compiled, print);

const truncated = (length: number): Uint8Array => bytes.subarray(0, length);
function withBytes(place: number, value: number): Uint8Array {
  const copy = Uint8Array.from(bytes);
  copy[place] = value;
  return copy;
}

/** What is wrong, a reading that must fail, and words that the message must hold: both sides. */
const mismatches: readonly (readonly [string, () => unknown, readonly string[]])[] = [
  ["rank", () => read(bytes, build("Wider")), ["`rank` is 2", "model's is 3"]],
  ["alpha", () => read(bytes, build("Other")), ["`alpha` is 6", "model's is 8"]],
  [
    "a target too many",
    () => read(bytes, build("Half")),
    ["adapts `down` by `lora`", "the model does not adapt"],
  ],
  [
    "a target too few",
    () => {
      const half = build("Half");
      writeAdapter(at("half.safetensors"), half, drawn(half), base);
      return read(readFileSync(at("half.safetensors")));
    },
    ["the model adapts `down` by `lora`", "the file does not"],
  ],
  [
    "the kind of adapter",
    () => read(bytes, build("Turned")),
    ["it has `lora`", "the model `dora`"],
  ],
  [
    "the base",
    () => read(bytes, tuned, fingerprintOf(tuned.variables, drawn(tuned, 99))),
    ["was trained on the base sha256:", "weights given are sha256:"],
  ],
  [
    "one bit of the base",
    () => {
      const other = new Map(baseOf(values));
      const weight = other.get("up.weight");
      const data = Float32Array.from(weight?.data ?? []);
      data[3] = (data[3] ?? 0) * (1 + 2 ** -22);
      other.set("up.weight", { ...floats([8, 6]), data });
      return read(bytes, tuned, fingerprintOf(tuned.variables, other));
    },
    ["was trained on the base sha256:"],
  ],
  ["no base", () => read(changed({ notes: { base: "" } })), ["weights given are sha256:"]],
  [
    "a size of the base",
    () => read(bytes, build("Tuned", { F: "7" })),
    ["`up.lora_b` is F32[8, 2]", "f32[7, 2] in the model"],
  ],
  [
    "a shape",
    () => read(changed({ tensors: replaced("up.lora_a", floats([2, 7])) })),
    ["F32[2, 7]", "f32[2, 6] in the model"],
  ],
  [
    "a rank of a tensor",
    () => read(changed({ tensors: replaced("up.lora_a", floats([12])) })),
    ["F32[12]", "f32[2, 6]"],
  ],
  [
    "a dtype",
    () =>
      read(
        changed({
          tensors: replaced("up.lora_a", { dtype: "i32", shape: [2, 6], data: new Int32Array(12) }),
        }),
      ),
    ["I32[2, 6]", "f32[2, 6]"],
  ],
  [
    "a tensor missing",
    () => read(changed({ tensors: without("down.lora_b") })),
    ["lacks `down.lora_b`", "f32[5, 2] in the model"],
  ],
  [
    "a tensor too many",
    () => read(changed({ tensors: replaced("side.lora_a", floats([2])) })),
    ["holds `side.lora_a`", "no adapter of the model has"],
  ],
  [
    "not a number",
    () => read(changed({ tensors: replaced("up.lora_a", floats([2, 6], NaN)) })),
    ["`up.lora_a` has NaN at element 0", "needs numbers"],
  ],
  [
    "infinity",
    () => read(changed({ tensors: replaced("up.lora_b", floats([8, 2], Infinity)) })),
    ["`up.lora_b` has Infinity", "needs numbers"],
  ],
  [
    "another format",
    () => read(changed({ notes: { format: "adjoint-adapter/9" } })),
    ["adjoint-adapter/9", "adjoint-adapter/1"],
  ],
  [
    "a file of weights",
    () => read(readFileSync(at("base.safetensors"))),
    ["no adapter file", "adjoint-adapter/1"],
  ],
  [
    "a file of PEFT",
    () => read(serializeSafetensors([["base_model.model.up.lora_A.weight", floats([2, 6])]])),
    ["no adapter file"],
  ],
  [
    "a wrong config",
    () => read(changed({ notes: { adapters: "{not json" } })),
    ["says of its adapters cannot be read"],
  ],
  [
    "a config of another kind",
    () => read(changed({ notes: { adapters: '[{"path": 3}]' } })),
    ["says of its adapters cannot be read"],
  ],
  ["a truncated header", () => read(truncated(20)), ["a.safetensors"]],
  ["truncated tensors", () => read(truncated(bytes.length - 9)), ["a.safetensors"]],
  ["a header that is no JSON", () => read(withBytes(8, 0x21)), ["a.safetensors"]],
  ["a length beyond the file", () => read(withBytes(6, 0x7f)), ["a.safetensors"]],
];

describe("files that do not fit are refused with both sides named", () => {
  test.each(mismatches)("%s", (_, reading, words) => {
    const before = new Map([...values].map(([path, { data }]) => [path, data.slice()]));
    let message = "nothing";
    try {
      reading();
    } catch (thrown) {
      message = thrown instanceof Error ? thrown.message : String(thrown);
    }
    for (const word of words) expect(message).toContain(word);
    for (const [path, { data }] of values) expect(data, path).toEqual(before.get(path));
  });
});

test("a file gives back what was written", () => {
  const back = read(bytes);
  expect([...back.keys()].sort()).toEqual(["down.lora_a", "down.lora_b", "up.lora_a", "up.lora_b"]);
  for (const [path, { data }] of back) expect(values.get(path)?.data).toEqual(data);
});

test("whether one adapter can take another's place is decided from declarations", () => {
  expect(differences(tuned.adapters ?? [], build("Calm").adapters ?? [])).toEqual([]);
  expect(differences(tuned.adapters ?? [], build("Wider").adapters ?? []).length).toBe(2);
  expect(differences(tuned.adapters ?? [], build("Half").adapters ?? []).length).toBe(1);
});

describe("dl info says whether a file replaces the adapters of a model without compiling anew", () => {
  const info = async (model: string, ...more: readonly string[]): ReturnType<typeof dl> =>
    dl(
      ...["info", at("net.dl"), "--model", model, "--adapter-weights", at("tuned.safetensors")],
      ...more,
    );

  test.each([
    ["Tuned", []],
    // What acts while training only is free to differ.
    ["Calm", []],
    ["Wider", ["`rank` is 2, and the model's is 3"]],
    ["Half", ["it adapts `down` by `lora`, which the model does not adapt"]],
    ["Turned", ["at `up` it has `lora`, and the model `dora`"]],
  ])("%s", async (model, obstacles) => {
    const { out } = await info(model);
    for (const obstacle of obstacles) expect(out).toContain(obstacle);
    const told = (await info(model, "--json")).out;
    expect(JSON.parse(told)).toMatchObject({ replacement: { fits: obstacles.length === 0 } });
    expect(out).toContain(
      obstacles.length === 0 ? "without compiling anew" : "needs a model that is compiled for it",
    );
  });

  test("and refuses what is no adapter file", async () => {
    const { status, err } = await dl(
      ...["info", at("net.dl"), "--model", "Tuned", "--adapter-weights", at("base.safetensors")],
    );
    expect([status, err.includes("adapter-format")]).toEqual([1, true]);
  });
});
