// Quantized models on the command line: files of floats and of codes, what is written, what is refused, what is reported.
import { describe, expect, it } from "vitest";
import { join } from "node:path";
import { readArtifact } from "../../cli/artifact.js";
import { readSafetensors, writeSafetensors } from "../../cli/files.js";
import { collectCoded } from "../../runtime/coded-files.js";
import { parseSafetensors } from "../../runtime/weights.js";
import {
  dl,
  floats,
  ints,
  readTensors,
  temporaryFolder,
  writeTensors,
  writeText,
} from "../harness/cli.js";
import { uniform } from "../harness/peers.js";

const source = `import { Linear } from "std/nn"
import { lora } from "std/adapters"
import { adamw } from "std/optim"

model Net(D = 65, F = 63) {
  up = Linear(D, F)
  down = Linear(F, 3)

  fn forward(x: [B, D]) -> [B, 3] = x |> up |> gelu |> down
}

model Small = Net with {
  quantize ** as nf4(block = 32, double = true)
}

model Whole = Net with {
  quantize up, down as int8
}

model Tuned = Net with {
  quantize ** as nf4(block = 32, double = true)
  adapt {up, down} by lora(rank = 2)
}

train Tune(net: Tuned, x: [B, 65], y: i32[B]) {
  loss = cross_entropy(net(x), y)
  optimizer = adamw(lr = 1e-2)
}
`;

const random = (shape: readonly number[], seed: number) => {
  const data = uniform(
    shape.reduce((a, b) => a * b, 1),
    seed,
    0.3,
  );
  return floats(shape, (i) => data[i] ?? 0);
};

const folder = temporaryFolder();
const file = writeText(folder, "net.dl", source);
const weights = writeTensors(folder, "w.safetensors", {
  "up.weight": random([63, 65], 1),
  "up.bias": random([63], 2),
  "down.weight": random([3, 63], 3),
  "down.bias": random([3], 4),
});
const inputs = writeTensors(folder, "x.safetensors", { x: random([5, 65], 5) });
const onCpu = ["--backend", "reference", "--inputs", inputs];

async function outOf(...args: readonly string[]): Promise<number[]> {
  const out = join(folder, "out.safetensors");
  const ran = await dl("run", file, ...onCpu, ...args, "--out", out);
  expect(ran.err).toContain("wrote 1 tensors");
  return readTensors(out)["out"]?.data ?? [];
}

describe("quantized models on the command line", () => {
  it.each([
    ["Small", 5.5],
    ["Whole", 9],
  ])("%s: codes that were saved give what the floats gave", async (model, bits) => {
    const saved = join(folder, `${model}.safetensors`);
    const first = await outOf("--model", model, "--weights", weights, "--save-weights", saved);
    expect(await outOf("--model", model, "--weights", saved)).toEqual(first);
    const { tensors } = readSafetensors(saved);
    expect(tensors.get("up.weight")?.dtype).toBe("U8");
    expect(tensors.get("up.weight")?.bytes.length).toBeLessThan((bits * 63 * 65) / 8);
    // A model of floats takes the numbers that the codes stand for.
    const decoded = await outOf("--model", "Net", "--weights", saved);
    for (const [i, x] of decoded.entries()) expect(x).toBeCloseTo(first[i] ?? NaN, 5);
  });

  it("writes the state of bitsandbytes", async () => {
    const saved = join(folder, "state.safetensors");
    await outOf("--model", "Small", "--weights", weights, "--save-weights", saved);
    const { tensors } = readSafetensors(saved);
    const names = [...tensors.keys()].filter((name) => name.startsWith("up.weight")).sort();
    expect(names).toEqual([
      "up.weight",
      "up.weight.absmax",
      "up.weight.nested_absmax",
      "up.weight.nested_quant_map",
      "up.weight.quant_map",
      "up.weight.quant_state.bitsandbytes__nf4",
    ]);
    const state = tensors.get("up.weight.quant_state.bitsandbytes__nf4")?.bytes;
    expect(JSON.parse(new TextDecoder().decode(state))).toMatchObject({
      quant_type: "nf4",
      blocksize: 32,
      shape: [63, 65],
      nested_blocksize: 256,
    });
  });

  it("refuses codes of another format, and a tensor whose parts do not fit", async () => {
    const saved = join(folder, "nf4.safetensors");
    await outOf("--model", "Small", "--weights", weights, "--save-weights", saved);
    const other = await dl("run", file, ...onCpu, "--model", "Whole", "--weights", saved);
    expect(other.status).toBe(1);
    expect(other.err).toContain(
      "`up.weight` is `nf4(block = 32, double = true)` in the file and `int8(block = 64)` in the model",
    );
    const { tensors } = readSafetensors(saved);
    const kept = [...tensors].filter(([name]) => name !== "up.weight.absmax");
    const damaged = join(folder, "damaged.safetensors");
    writeSafetensors(damaged, kept);
    const ran = await dl("run", file, ...onCpu, "--model", "Small", "--weights", damaged);
    expect(ran.status).toBe(1);
    expect(ran.err).toContain("`up.weight.absmax` is missing");
  });

  it("trains adapters on a quantized base, which stays as it was, and goes on from a checkpoint", async () => {
    const data = writeTensors(folder, "d.safetensors", {
      x: random([32, 65], 6),
      y: ints(
        [32],
        Array.from({ length: 32 }, (_, i) => i % 3),
      ),
    });
    const run = async (out: string, steps: number, ...more: readonly string[]) => {
      const args = ["--run", "Tune", "--data", data, "--batch", "8", "--steps", String(steps)];
      const place = ["--backend", "reference", "-o", join(folder, out)];
      const ran = await dl("train", file, ...args, "--weights", weights, ...place, ...more);
      expect(ran.status).toBe(0);
      return readTensors(join(folder, out, "weights.safetensors"));
    };
    const whole = await run("whole", 6);
    await run("parts", 3);
    const resumed = await run("parts", 6, "--resume");
    expect(resumed).toEqual(whole);
    const saved = join(folder, "base.safetensors");
    await outOf("--model", "Small", "--weights", weights, "--save-weights", saved);
    expect(whole["up.weight"]).toEqual(readTensors(saved)["up.weight"]);
    expect(whole["up.lora_b"]?.data.some((x) => x !== 0)).toBe(true);
  });

  it("`dl build` keeps codes beside the artifact, which computes the same", async () => {
    const artifact = join(folder, "built");
    const built = await dl("build", file, "--model", "Small", "--weights", weights, "-o", artifact);
    expect(built.status).toBe(0);
    const { tensors } = readSafetensors(join(artifact, "weights.safetensors"));
    expect(tensors.get("up.weight")?.dtype).toBe("U8");
    const kept = await readArtifact(artifact);
    const bytes = await kept.weights?.();
    const found = parseSafetensors(Buffer.from(bytes ?? []), "w").tensors;
    expect([...collectCoded(found, "w").coded.keys()].sort()).toEqual(["down.weight", "up.weight"]);
  });

  it("`dl info` counts stored bytes, and says what storing costs in accuracy", async () => {
    const plain = await dl("info", file, "--model", "Small");
    expect(plain.out).toContain("stored as nf4(block = 32, double = true)");
    const { out } = await dl("info", file, "--model", "Small", "--weights", weights, "--json");
    const info = JSON.parse(out) as {
      readonly parameterBytes: number;
      readonly quantized: readonly {
        readonly path: string;
        readonly bytes: number;
        readonly error: { readonly relative: number };
      }[];
    };
    const [up, down] = info.quantized;
    expect([up?.path, down?.path]).toEqual(["up.weight", "down.weight"]);
    expect(up?.error.relative).toBeGreaterThan(0.05);
    expect(up?.error.relative).toBeLessThan(0.15);
    const bytes = info.quantized.reduce((sum, q) => sum + q.bytes, 0);
    expect(info.parameterBytes).toBe(bytes + 4 * (63 + 3));
  });
});
