// `dl merge` on a device: what a merged base gives is what the adapted model gives, up to what the certificate says.
import { writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { writeAdapter } from "../../cli/adapters/file.js";
import { fingerprintOf } from "../../cli/adapters/fingerprint.js";
import type { Tensors } from "../../cli/backend.js";
import { writeSafetensors } from "../../cli/files.js";
import type { Compiled } from "../../compiler/index.js";
import { toFile } from "../../runtime/coded-files.js";
import { dl, readTensors, temporaryFolder } from "../harness/cli.js";
import { compiledText } from "../harness/compiled.js";
import { adapterName, describeGpu } from "../harness/gpu.js";
import { uniformTensor } from "../harness/peers.js";

const text = `import { Linear } from "std/nn"
import { dora, lora } from "std/adapters"

model Net {
  up = Linear(65, 33)
  down = Linear(33, 17)
  fn forward(x: [B, 65]) -> [B, 17] = x |> up |> tanh |> down
}
model Coded = Net with { quantize ** as nf4(block = 64, double = true) }
model Lora = Net with { adapt {up, down} by lora(rank = 3, alpha = 6) }
model Dora = Net with { adapt {up, down} by dora(rank = 3, alpha = 6) }
model Qlora = Coded with { adapt {up, down} by lora(rank = 3, alpha = 6) }
`;
const folder = temporaryFolder();
const at = (name: string): string => `${folder}/${name}`;
writeFileSync(at("net.dl"), text);

const build = (model: string): Compiled => compiledText(text, { model });

/** Writes a base, an adapter for it and a probe. */
function prepare(model: string, base: string): void {
  const compiled = build(model);
  const bare = build(base);
  const values: Tensors = new Map(
    compiled.variables.map(
      ({ path, shape }, i) => [path, uniformTensor(shape, i + 1, 0.4)] as const,
    ),
  );
  const own = new Map([...values].filter(([path]) => bare.variables.some((v) => v.path === path)));
  writeSafetensors(at("base.safetensors"), toFile(own, bare.variables));
  writeAdapter(at("a.safetensors"), compiled, values, fingerprintOf(bare.variables, own));
  writeSafetensors(at("x.safetensors"), [["x", uniformTensor([7, 65], 99, 1)]]);
}

const place = adapterName === undefined ? [] : ["--adapter", adapterName];

async function outOf(model: string, ...given: readonly string[]): Promise<readonly number[]> {
  const files = ["--inputs", at("x.safetensors"), "--out", at("out.safetensors")];
  const ran = await dl("run", at("net.dl"), "--model", model, ...given, ...files, ...place);
  expect(ran.err).toContain("wrote 1 tensors");
  return readTensors(at("out.safetensors"))["out"]?.data ?? [];
}

const largest = (x: readonly number[]): number => Math.max(...x.map(Math.abs));

describeGpu("dl merge", () => {
  test.each([
    ["Lora", "Net", "Net", "f32", "1e-5"],
    ["Dora", "Net", "Net", "f32", "1e-5"],
    ["Qlora", "Coded", "Net", "f32", "1e-5"],
    ["Qlora", "Coded", "Coded", "base", "0.5"],
  ])(
    "%s on %s: %s with what was merged as %s",
    async (model, base, merged, store, tolerance) => {
      prepare(model, base);
      const weights = ["--weights", at("base.safetensors")];
      const adapter = ["--adapter-weights", at("a.safetensors")];
      const done = await dl(
        "merge",
        at("net.dl"),
        "--model",
        model,
        ...weights,
        ...adapter,
        ...["--probe", at("x.safetensors"), "--store", store, "--tolerance", tolerance],
        ...["-o", at("merged.safetensors"), "--json"],
        ...place,
      );
      expect(done.status, done.err).toBe(0);
      const { drift } = JSON.parse(done.out) as { readonly drift: number };
      const one = await outOf(model, ...weights, ...adapter);
      const other = await outOf(merged, "--weights", at("merged.safetensors"));
      const apart = largest(one.map((v, i) => v - (other[i] ?? NaN))) / largest(one);
      // The same programs on the same device: what the certificate measured is what a user gets, to the last digits.
      expect(Math.abs(apart - drift)).toBeLessThanOrEqual(1e-7);
      expect(apart).toBeLessThanOrEqual(Number(tolerance));
      // The adapter is not nothing.
      const plain = await outOf(base, ...weights);
      expect(largest(one.map((v, i) => v - (plain[i] ?? NaN))) / largest(one)).toBeGreaterThan(
        0.05,
      );
    },
    240_000,
  );
});
