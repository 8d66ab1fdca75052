// `dl merge` where the base is stored as codes: into floats, into codes again, what each certificate says, and the way back.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { writeAdapter } from "../../cli/adapters/file.js";
import { fingerprintOf } from "../../cli/adapters/fingerprint.js";
import type { Tensors } from "../../cli/backend.js";
import { readSafetensors, writeSafetensors } from "../../cli/files.js";
import type { Compiled } from "../../compiler/index.js";
import { decode, encode } from "../../runtime/coded.js";
import { toFile } from "../../runtime/coded-files.js";
import { dl, readTensors, temporaryFolder, writeText } from "../harness/cli.js";
import { compiledText } from "../harness/compiled.js";
import { uniformTensor } from "../harness/peers.js";

const text = `import { Linear } from "std/nn"
import { lora } from "std/adapters"

model Net {
  up = Linear(40, 32)
  down = Linear(32, 5)
  fn forward(x: [B, 40]) -> [B, 5] = x |> up |> tanh |> down
}
model Small = Net with { quantize ** as nf4(block = 32, double = true) }
model Tuned = Small with { adapt up by lora(rank = 2, alpha = 4) }
model Loose = Net with { adapt up by lora(rank = 2, alpha = 4) }
`;
const folder = temporaryFolder();
const at = (name: string): string => join(folder, name);
const file = writeText(folder, "net.dl", text);

const build = (model: string): Compiled => compiledText(text, { model });

const floats: Tensors = new Map([
  ["up.weight", uniformTensor([32, 40], 1, 0.3)],
  ["up.bias", uniformTensor([32], 2, 0.3)],
  ["down.weight", uniformTensor([5, 32], 3, 0.3)],
  ["down.bias", uniformTensor([5], 4, 0.3)],
]);
const added: Tensors = new Map([
  ["up.lora_a", uniformTensor([2, 40], 5, 0.2)],
  ["up.lora_b", uniformTensor([32, 2], 6, 0.2)],
]);
const [tuned, small] = [build("Tuned"), build("Small")];
writeSafetensors(at("floats.safetensors"), floats);
writeSafetensors(at("codes.safetensors"), toFile(floats, small.variables));
writeSafetensors(at("probe.safetensors"), [["x", uniformTensor([6, 40], 7, 1)]]);
writeAdapter(at("adapter.safetensors"), tuned, added, fingerprintOf(small.variables, floats));

const merge = (out: string, ...more: readonly string[]) =>
  dl(
    "merge",
    file,
    "--model",
    "Tuned",
    "--backend",
    "reference",
    "--adapter-weights",
    at("adapter.safetensors"),
    "-o",
    at(out),
    ...more,
  );
const ofCodes = ["--weights", at("codes.safetensors"), "--probe", at("probe.safetensors")];

async function outOf(model: string, ...more: readonly string[]): Promise<readonly number[]> {
  const place = ["--inputs", at("probe.safetensors"), "--out", at("out.safetensors")];
  const ran = await dl("run", file, "--model", model, "--backend", "reference", ...place, ...more);
  expect(ran.err).toContain("wrote 1 tensors");
  return readTensors(at("out.safetensors"))["out"]?.data ?? [];
}
const adapted = (): Promise<readonly number[]> =>
  outOf(
    "Tuned",
    "--weights",
    at("codes.safetensors"),
    "--adapter-weights",
    at("adapter.safetensors"),
  );

const largest = (x: readonly number[]): number => Math.max(...x.map(Math.abs));
const apart = (a: readonly number[], b: readonly number[]): number =>
  largest(a.map((x, i) => x - (b[i] ?? NaN)));

interface Certificate {
  readonly drift: number;
  readonly tensors: readonly {
    readonly path: string;
    readonly format: string;
    readonly update: number;
    readonly norm: number;
    readonly error: number;
  }[];
}

/** The tensor that merging should give, from the published formulas. */
const stored = (path: string): Float32Array => {
  const { data, shape } = floats.get(path) ?? { data: [], shape: [] };
  const storage = small.variables.find((v) => v.path === path)?.storage;
  if (!storage) throw new Error(`${path} ${shape.join()} is not coded`);
  return decode(encode(data, storage), storage, data.length);
};
function goal(): readonly number[] {
  const [a, b] = [added.get("up.lora_a")?.data ?? [], added.get("up.lora_b")?.data ?? []];
  return Array.from(stored("up.weight"), (w, i) => {
    const [row, column] = [Math.floor(i / 40), i % 40];
    const product = [0, 1].map((r) => (b[2 * row + r] ?? NaN) * (a[40 * r + column] ?? NaN));
    return w + 2 * ((product[0] ?? NaN) + (product[1] ?? NaN));
  });
}

describe("dl merge onto codes", () => {
  test("codes anew what it merged, and certifies what that loses", async () => {
    const done = await merge(
      "codes-again.safetensors",
      ...ofCodes,
      "--store",
      "base",
      "--tolerance",
      "0.3",
      "--json",
    );
    expect(done.status).toBe(0);
    const certificate = JSON.parse(done.out) as Certificate;
    const [up, ...others] = certificate.tensors;
    expect(others).toEqual([]);
    expect(up?.format).toBe("nf4(block = 32, double = true)");
    const written = readSafetensors(at("codes-again.safetensors")).tensors;
    const before = readSafetensors(at("codes.safetensors")).tensors;
    expect(written.get("up.weight")?.dtype).toBe("U8");
    expect(written.get("down.weight")?.bytes).toEqual(before.get("down.weight")?.bytes);
    // What a model reads of the file is as far from the exact sum as the certificate says.
    await outOf("Net", "--weights", at("codes-again.safetensors"), "--save-weights", at("f"));
    const [have, want] = [readTensors(at("f"))["up.weight"]?.data ?? [], goal()];
    expect(apart(have, want) / largest(want)).toBeCloseTo(up?.error ?? NaN, 5);
    const norm = (x: readonly number[]): number => Math.sqrt(x.reduce((s, v) => s + v * v, 0));
    const difference = have.map((x, i) => x - (want[i] ?? NaN));
    expect(norm(difference) / norm(want)).toBeCloseTo(up?.norm ?? NaN, 5);
    const [one, other] = [
      await adapted(),
      await outOf("Small", "--weights", at("codes-again.safetensors")),
    ];
    expect(apart(one, other) / largest(one)).toBeCloseTo(certificate.drift, 5);
    expect(certificate.drift).toBeGreaterThan(1e-3);
  });

  test("refuses codes beyond the tolerance, with what floats would cost, and writes nothing", async () => {
    const done = await merge("never.safetensors", ...ofCodes, "--store", "base");
    expect(done.status).toBe(1);
    expect(done.out).toMatch(
      /up\.weight {2}update \d+\.\d+ % {2}lost \d+\.\d+ % as nf4\(block = 32, double = true\) {2}error \d/,
    );
    expect(done.err).toContain("more than the tolerance of 0.00001");
    expect(done.err).toMatch(
      /keep them apart: no error, .* more; merge into f32: error \S+, drift \S+, .* more; merge into f16: error [^0]/,
    );
    expect(existsSync(at("never.safetensors"))).toBe(false);
  });

  test("gives floats that a model of floats runs as the adapted one runs on codes", async () => {
    const done = await merge("whole.safetensors", ...ofCodes, "--json");
    expect(done.status).toBe(0);
    const certificate = JSON.parse(done.out) as Certificate;
    expect(certificate.tensors[0]).toMatchObject({ path: "up.weight", format: "f32" });
    expect(certificate.drift).toBeLessThan(1e-5);
    const data = readTensors(at("whole.safetensors"))["up.weight"]?.data ?? [];
    expect(apart(data, goal())).toBeLessThan(1e-6);
    // What was not merged keeps its codes.
    expect(readSafetensors(at("whole.safetensors")).tensors.get("down.weight")?.dtype).toBe("U8");
    const [one, other] = [
      await adapted(),
      await outOf("Net", "--weights", at("whole.safetensors")),
    ];
    expect(apart(one, other) / largest(one)).toBeLessThan(1e-5);
  });

  test("takes the adapter out of floats again", async () => {
    const done = await merge("back.safetensors", "--weights", at("whole.safetensors"), "--undo");
    expect(done.status).toBe(0);
    const back = readTensors(at("back.safetensors"))["up.weight"]?.data ?? [];
    expect(apart(back, [...stored("up.weight")])).toBeLessThan(1e-6);
  });

  test("knows a base by its codes, whether a file holds these or the floats that they were made from", async () => {
    const done = await merge("same.safetensors", "--weights", at("floats.safetensors"));
    expect(done.status).toBe(0);
    const [one, other] = [
      readTensors(at("same.safetensors")),
      readTensors(at("whole.safetensors")),
    ];
    expect(one["up.weight"]).toEqual(other["up.weight"]);
    // For a model of floats they are another base.
    const loose = await dl(
      "merge",
      file,
      "--model",
      "Loose",
      "--backend",
      "reference",
      "--weights",
      at("floats.safetensors"),
      "--adapter-weights",
      at("adapter.safetensors"),
      "-o",
      at("loose.safetensors"),
    );
    expect(loose.status).toBe(1);
    expect(loose.err).toContain("was trained on the base");
  });
});
