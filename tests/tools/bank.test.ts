// `dl bank` from the command line: adapters of several ranks in the slots of one built model, and what is refused.
import { existsSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { writeAdapter } from "../../cli/adapters/file.js";
import { fingerprintOf } from "../../cli/adapters/fingerprint.js";
import { writeSafetensors } from "../../cli/files.js";
import type { Compiled } from "../../compiler/index.js";
import type { HostTensor } from "../../runtime/weights.js";
import { dl, readTensors, temporaryFolder } from "../harness/cli.js";
import { compiledText } from "../harness/compiled.js";
import { uniformTensor } from "../harness/peers.js";

const text = `import { Linear } from "std/nn"
import { dora, lora, lora_bank, rslora } from "std/adapters"

model Net(F = 8) {
  up = Linear(6, F)
  down = Linear(F, 5)
  fn forward(x: [B, 6]) -> [B, 5] = x |> up |> tanh |> down
}
model Thin = Net with { adapt up by lora(rank = 1, alpha = 3) }
model Thick = Net with { adapt {up, down} by rslora(rank = 4, alpha = 6) }
model Huge = Net with { adapt {up, down} by lora(rank = 5) }
model Turned = Net with { adapt {up, down} by dora(rank = 2) }
model Bank = Net with { adapt {up, down} by lora_bank(rank = 4, count = 3, batch = 4) }
model Upper = Net with { adapt up by lora_bank(rank = 4, count = 3, batch = 4) }
`;
const folder = temporaryFolder();
const at = (name: string): string => `${folder}/${name}`;
writeFileSync(at("net.dl"), text);

const build = (model: string, sets: Readonly<Record<string, string>> = {}): Compiled =>
  compiledText(text, { model, sets });

const random = (shape: readonly number[], seed: number): HostTensor =>
  uniformTensor(shape, seed, 1);
const drawn = (compiled: Compiled, seed: number) =>
  new Map(compiled.variables.map(({ path, shape }, i) => [path, random(shape, seed + i)] as const));

const base = drawn(build("Net"), 1);
const print = fingerprintOf(build("Net").variables, base);
writeSafetensors(at("base.safetensors"), base);
const x = random([4, 6], 77);
writeSafetensors(at("x.safetensors"), [["x", x]]);
for (const [i, model] of ["Thin", "Thick", "Huge", "Turned"].entries()) {
  const compiled = build(model);
  writeAdapter(at(`${model}.safetensors`), compiled, drawn(compiled, 20 + 10 * i), print);
}
const other = build("Thin", { F: "7" });
writeAdapter(at("Narrow.safetensors"), other, drawn(other, 60), print);
const stranger = build("Thin");
writeAdapter(at("Stranger.safetensors"), stranger, drawn(stranger, 70), "sha256:other");

const bank = (out: string, model: string, ...more: readonly string[]) =>
  dl(
    "bank",
    at("net.dl"),
    "--model",
    model,
    "--weights",
    at("base.safetensors"),
    "-o",
    at(out),
    ...more,
  );
const slot = (number: number, model: string): readonly string[] => [
  "--slot",
  `${String(number)}=${at(`${model}.safetensors`)}`,
];

/** What a model gives for the inputs with an adapter file. */
async function outOf(model: string, adapter: string): Promise<readonly number[]> {
  const place = ["--inputs", at("x.safetensors"), "--out", at("out.safetensors")];
  const given = ["--weights", at("base.safetensors"), "--adapter-weights", at(adapter)];
  const ran = await dl(
    "run",
    at("net.dl"),
    "--model",
    model,
    "--backend",
    "reference",
    ...given,
    ...place,
  );
  expect(ran.err).toContain("wrote 1 tensors");
  return readTensors(at("out.safetensors"))["out"]?.data ?? [];
}

/** A bank file with the first sample in the first slot, the second in the second, and so on; the fourth half of two. */
function mixed(from: string, to: string): void {
  const compiled = build("Bank");
  const values = new Map(
    Object.entries(readTensors(at(from))).map(([path, { shape, data }]) => [
      path,
      { dtype: "f32" as const, shape, data: Float32Array.from(data) },
    ]),
  );
  const shares = [1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 1];
  values.set("lora_bank.mix.4x3", {
    dtype: "f32",
    shape: [4, 3],
    data: Float32Array.from(shares),
  });
  writeAdapter(at(to), compiled, values, print);
}

describe("dl bank", () => {
  test("serves each slot as the adapter in it, whatever its rank and scale, and an empty one as the base", async () => {
    const made = await bank("bank.safetensors", "Bank", ...slot(0, "Thin"), ...slot(1, "Thick"));
    expect(made.err).toContain("wrote");
    mixed("bank.safetensors", "mixed.safetensors");
    const together = await outOf("Bank", "mixed.safetensors");
    const alone = [
      await outOf("Thin", "Thin.safetensors"),
      await outOf("Thick", "Thick.safetensors"),
    ];
    const plain = await dl(
      "run",
      at("net.dl"),
      "--model",
      "Net",
      "--backend",
      "reference",
      "--weights",
      at("base.safetensors"),
      "--inputs",
      at("x.safetensors"),
      "--out",
      at("plain.safetensors"),
    );
    expect(plain.status).toBe(0);
    const bare = readTensors(at("plain.safetensors"))["out"]?.data ?? [];
    const want = [...(alone[0] ?? []).slice(0, 5), ...(alone[1] ?? []).slice(5, 10)];
    expect(want.length).toBe(10);
    for (const [i, v] of want.entries()) expect(together[i]).toBeCloseTo(v, 5);
    expect(together.slice(10)).toEqual(bare.slice(10));
    // The adapters do something, each of its own.
    expect(Math.abs((want[0] ?? 0) - (bare[0] ?? 0))).toBeGreaterThan(1e-2);
    expect(Math.abs((want[5] ?? 0) - (alone[0]?.[5] ?? 0))).toBeGreaterThan(1e-2);
  });

  test("replaces one slot of a bank and leaves the others", async () => {
    const made = await bank(
      "swapped.safetensors",
      "Bank",
      "--adapter-weights",
      at("bank.safetensors"),
      ...slot(1, "Thin"),
    );
    expect(made.status).toBe(0);
    const [before, after] = [
      readTensors(at("bank.safetensors")),
      readTensors(at("swapped.safetensors")),
    ];
    const part = (all: typeof before, path: string, n: number): readonly number[] => {
      const { shape, data } = all[path] ?? { shape: [], data: [] };
      const size = (shape[1] ?? 0) * (shape[2] ?? 0);
      return data.slice(n * size, (n + 1) * size);
    };
    for (const path of ["up.lora_a", "up.lora_b", "down.lora_b"])
      expect(part(after, path, 0), path).toEqual(part(before, path, 0));
    expect(part(after, "up.lora_b", 1)).toEqual(part(before, "up.lora_b", 0));
    // What the new adapter does not know of the layers is gone, not left from the old one.
    expect(part(before, "down.lora_b", 1).some((v) => v !== 0)).toBe(true);
    expect(part(after, "down.lora_b", 1).every((v) => v === 0)).toBe(true);
  });

  test.each([
    [
      "a rank above the bank's",
      "Bank",
      slot(0, "Huge"),
      ["at `up` its rank is 5, and the bank holds ranks up to 4", "at `down` its rank is 5"],
    ],
    ["a slot too many", "Bank", slot(3, "Thin"), ["has slots 0 to 2", "was to go into 3"]],
    ["another kind", "Bank", slot(0, "Turned"), ["it has `dora` with `up.", "A and B of LoRA"]],
    [
      "a layer without slots",
      "Upper",
      slot(0, "Thick"),
      ["it adapts `down`, which `Upper` has no slots for"],
    ],
    [
      "other sizes",
      "Bank",
      slot(0, "Narrow"),
      ["`up.lora_b` is [7, 1], and the bank's layer takes [8, 1]"],
    ],
    ["another base", "Bank", slot(0, "Stranger"), ["was trained on the base sha256:other"]],
    ["a model without a bank", "Thin", slot(0, "Thin"), ["`Thin` has no bank of adapters"]],
  ])("refuses %s, and writes nothing", async (_, model, slots, words) => {
    const done = await bank("never.safetensors", model, ...slots);
    expect(done.status).toBe(1);
    for (const word of words) expect(done.err).toContain(word);
    expect(existsSync(at("never.safetensors"))).toBe(false);
  });

  test("needs a number and a file for each slot, once", async () => {
    const missing = await bank("never.safetensors", "Bank", "--slot", "a.safetensors");
    expect(missing.status).toBe(2);
    expect(missing.err).toContain("is not a number and a file");
    const twice = await bank("never.safetensors", "Bank", ...slot(1, "Thin"), ...slot(1, "Thick"));
    expect(twice.status).toBe(2);
    expect(twice.err).toContain("--slot 1 was given twice");
  });
});
