// The training driver's own parts: files that are whole or absent, checkpoints, data, text writing, the plot and the report.
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { writeWhole } from "../../cli/files.js";
import { loadCheckpoint, saveCheckpoint, type Checkpoint } from "../../cli/training/checkpoint.js";
import { MetricsLog, type StepMetrics } from "../../cli/training/metrics.js";
import { drawLoss, plotLoss } from "../../cli/training/plot.js";
import { duration } from "../../cli/training/progress.js";
import { permutation, randomBelow } from "../../cli/training/random.js";
import { randomUnit } from "../../runtime/random.js";
import { renderReport } from "../../cli/training/report.js";
import { TensorBatches } from "../../cli/training/tensor-batches.js";
import { TextBatches } from "../../cli/training/text-batches.js";
import type { InputSpec } from "../../compiler/ir/program.js";
import { freshSym, int, symbol } from "../../compiler/types/dim.js";
import { serializeSafetensors } from "../../runtime/weights.js";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "adjoint-test-"));
});

describe("writing a file", () => {
  it("leaves the old one whole when the new one cannot be finished", () => {
    const path = join(folder, "sub", "a.txt");
    writeWhole(path, "old");
    expect(() => {
      writeWhole(join(path, "below-a-file"), "new");
    }).toThrow();
    expect(readFileSync(path, "utf8")).toBe("old");
    expect(readdirSync(join(folder, "sub"))).toEqual(["a.txt"]);
  });
});

const checkpointOf = (step: number): Checkpoint => ({
  step,
  facts: { run: "Fit", seed: 3, batch: 4, length: undefined, data: "d", backend: "b" },
  variables: new Map([
    ["w", { dtype: "f32", shape: [2], data: Float64Array.of(1 / 3, step) }],
    ["n", { dtype: "i32", shape: [], data: Int32Array.of(7) }],
  ]),
});

describe("checkpoints", () => {
  const damage: string[] = [];
  const load = (): Checkpoint | undefined => loadCheckpoint(folder, (text) => damage.push(text));
  const files = (): string[] => readdirSync(join(folder, "checkpoints")).sort();
  const newest = (): string => join(folder, "checkpoints", files().at(-1) ?? "");

  it("give back every bit, and only the newest two stay", () => {
    for (const step of [1, 2, 3]) saveCheckpoint(folder, checkpointOf(step));
    expect(files()).toHaveLength(2);
    expect(load()).toEqual(checkpointOf(3));
  });

  it("fall back to the one before when the newest is cut off or changed", () => {
    for (const step of [1, 2]) saveCheckpoint(folder, checkpointOf(step));
    const bytes = readFileSync(newest());
    truncateSync(newest(), bytes.byteLength - 1);
    expect(load()?.step).toBe(1);
    for (let at = 0; at < bytes.byteLength; at += 7) {
      const changed = Uint8Array.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ 1;
      writeFileSync(newest(), changed);
      expect(load()?.step, `byte ${String(at)}`).toBe(1);
    }
    expect(damage.at(-1)).toMatch(/^warning: .*trying the one before it\n$/);
  });

  it("sweep away what a killed process left half-written", () => {
    saveCheckpoint(folder, checkpointOf(1));
    writeFileSync(join(folder, "checkpoints", ".step-2.safetensors.99.adjoint-tmp"), "half");
    expect(load()?.step).toBe(1);
    expect(files()).toHaveLength(1);
  });

  it("are absent in a new folder", () => {
    expect(load()).toBeUndefined();
  });
});

describe("metrics", () => {
  it("drop what came after the checkpoint that a run goes on from, half lines included", () => {
    const log = new MetricsLog(folder, 0);
    for (const step of [1, 2, 3]) log.add({ step, loss: step });
    writeFileSync(join(folder, "metrics.jsonl"), '{"step":4,"lo', { flag: "a" });
    expect(new MetricsLog(folder, 2).steps.map(({ step }) => step)).toEqual([1, 2]);
    expect(readFileSync(join(folder, "metrics.jsonl"), "utf8")).toBe(
      '{"step":1,"loss":1}\n{"step":2,"loss":2}\n',
    );
  });
});

describe("randomness", () => {
  it("fills its range evenly and depends on each of its keys", () => {
    const counts = new Array<number>(10).fill(0);
    for (let i = 0; i < 10_000; i++) {
      const place = randomBelow(10, 1, 2, i);
      counts[place] = (counts[place] ?? 0) + 1;
    }
    for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(150);
    expect(
      new Set([randomUnit(1, 2, 3), randomUnit(2, 2, 3), randomUnit(1, 3, 3), randomUnit(1, 2, 4)])
        .size,
    ).toBe(4);
  });

  it("permutes", () => {
    const order = permutation(100, 5, 0);
    expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, i) => i));
    expect(permutation(100, 5, 1)).not.toEqual(order);
  });
});

const [b, t] = ["B", "T"].map((name) => symbol(freshSym(name, "size")));
const spec = (
  name: string,
  dtype: "i32" | "f32",
  shape = [b ?? int(1), t ?? int(1)],
): InputSpec => ({
  name,
  role: "input",
  dtype,
  shape,
});

describe("text as data", () => {
  const text = Array.from({ length: 400 }, (_, i) => "abc\n"[(i * i) % 4] ?? "").join("");
  const open = (inputs = [spec("ids", "i32"), spec("targets", "i32")]): TextBatches => {
    const path = join(folder, "text.txt");
    writeFileSync(path, `é${text}`);
    return new TextBatches(path, inputs, { batch: 3, length: 8 }, 1);
  };

  it("gives windows and the characters after them, the same for the same step", () => {
    const batches = open();
    expect(batches.vocabulary).toEqual(["\n", "a", "b", "é"].filter((c) => `é${text}`.includes(c)));
    const [ids, targets] = [...batches.batch(1).values()].map(({ data }) => [...data]);
    expect(targets?.slice(0, 7)).toEqual(ids?.slice(1, 8));
    expect(batches.batch(1)).toEqual(open().batch(1));
    expect(batches.batch(2)).not.toEqual(batches.batch(1));
    expect(batches.heldOut.length).toBeGreaterThan(0);
  });

  it("refuses inputs that are no tokens, and a vocabulary that is too small", () => {
    expect(() => open([spec("x", "f32"), spec("y", "i32")])).toThrow(/x: f32\[B, T\]/);
    expect(() => open([{ ...spec("ids", "i32"), below: int(2) }, spec("targets", "i32")])).toThrow(
      /must lie below 2/,
    );
  });
});

describe("tensors as data", () => {
  const open = (batch: number | undefined): TensorBatches => {
    const path = join(folder, "data.safetensors");
    const data = Float32Array.from({ length: 10 }, (_, i) => i);
    writeFileSync(path, serializeSafetensors([["x", { dtype: "f32", shape: [5, 2], data }]]));
    return new TensorBatches(path, [spec("x", "f32")], { batch, length: undefined }, 1);
  };
  const rows = (batches: TensorBatches, step: number): number[] =>
    [...(batches.batch(step).get("x")?.data ?? [])].filter((_, i) => i % 2 === 0).map((x) => x / 2);

  it("sees every sample once an epoch, each epoch in another order", () => {
    const batches = open(1);
    const epoch = (n: number): number[] => [1, 2, 3, 4, 5].flatMap((i) => rows(batches, n * 5 + i));
    expect([...epoch(0)].sort()).toEqual([0, 1, 2, 3, 4]);
    expect([...epoch(1)].sort()).toEqual([0, 1, 2, 3, 4]);
    expect(epoch(0)).toEqual(epoch(0));
    expect(new Set([0, 1, 2].map((n) => epoch(n).join())).size).toBeGreaterThan(1);
  });

  it("takes whole tensors as the batch of every step where no size is given", () => {
    expect(rows(open(undefined), 7)).toEqual([0, 1, 2, 3, 4]);
  });

  it("refuses batches larger than the data", () => {
    expect(() => open(6)).toThrow(/5 samples, too few/);
  });
});

describe("what a run leaves", () => {
  const steps: readonly StepMetrics[] = [1, 2, 3].map((step) => ({
    step,
    loss: 3 / step,
    ...(step === 3 ? { held_out_loss: 1.1 } : {}),
  }));

  it("draws the loss curve", async () => {
    const svg = await drawLoss("Fit", steps);
    expect(svg).toContain("<svg");
    expect(svg).toContain("held out");
    await plotLoss(folder, "Fit", steps);
    expect(readFileSync(join(folder, "loss.png")).subarray(1, 4).toString()).toBe("PNG");
    expect(existsSync(join(folder, "loss.svg"))).toBe(true);
  });

  it("reports, with any sample fenced safely", () => {
    const report = renderReport({
      run: "Fit",
      model: "Line",
      backend: "reference",
      data: "d.txt",
      parameters: 1234,
      seed: 0,
      seconds: 75,
      perStep: 8,
      unit: "samples",
      steps,
      sample: "a ``` b",
    });
    expect(report).toContain("| Model | Line, 1,234 parameters |");
    expect(report).toContain("| Held-out loss | 1.1000 |");
    expect(report).toContain("````text\na ``` b\n````");
    expect([0.4, 59.6, 75, 7800].map(duration)).toEqual([
      "0 s",
      "1 min 00 s",
      "1 min 15 s",
      "2 h 10 min",
    ]);
  });
});
