// `dl train` from outside: what a run leaves behind, going on from a checkpoint, signals, and what it refuses.
import { spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import {
  dl,
  floats,
  ints,
  readTensors,
  temporaryFolder,
  writeTensors,
  writeText,
  type Ran,
} from "../harness/cli.js";

const program = `import { Embedding, Linear } from "std/nn"
import { adamw, sgd } from "std/optim"
import { cross_entropy, mse } from "std/losses"

/// A straight line.
model Line(In = 3, Out = 2) {
  up = Linear(In, Out)

  fn forward(x: [B, In]) -> [B, Out] = drop(up(x), 0.1)
}

/// Guesses the next character from the last.
model Bigram(V = 4, D = 8) {
  wte = Embedding(V, D)
  head = Linear(D, V)

  fn forward(ids: i32[B, T]) -> [B, T, V] = head(wte(ids))
}

train Fit(net: Line, x: [B, 3], y: [B, 2]) {
  loss = mse(net(x), y)
  optimizer = adamw(lr = 0.05)
  clip_norm = 1.0
}

train Explode(net: Line, x: [B, 3], y: [B, 2]) {
  loss = mse(net(x), y)
  optimizer = sgd(lr = 1e30)
}

train Write(net: Bigram, ids: i32[B, T], targets: i32[B, T]) {
  loss = cross_entropy(net(ids), targets)
  optimizer = adamw(lr = 0.1)
}
`;

let folder = "";
let file = "";
const path = (...names: string[]): string => join(folder, ...names);

beforeAll(() => {
  folder = temporaryFolder();
  file = writeText(folder, "model.dl", program);
  writeTensors(folder, "data.safetensors", {
    x: floats([40, 3], (i) => Math.sin(i)),
    y: floats([40, 2], (i) => Math.cos(i)),
  });
  writeText(folder, "text.txt", "abc\n".repeat(200));
});

const train = (run: string, out: string, ...more: string[]): Promise<Ran> =>
  dl("train", file, "--run", run, "-o", path(out), "--backend", "reference", ...more);
const fit = (out: string, ...more: string[]): Promise<Ran> =>
  train("Fit", out, "--data", path("data.safetensors"), "--batch", "8", ...more);
const lines = (out: string): { step: number; loss: number; held_out_loss?: number }[] =>
  readFileSync(path(out, "metrics.jsonl"), "utf8")
    .trim()
    .split("\n")
    .map((text) => JSON.parse(text) as { step: number; loss: number });

describe("a run", () => {
  it("leaves metrics, weights, checkpoints, a plot and a report, and lowers the loss", async () => {
    const ran = await fit("whole", "--steps", "60", "--checkpoint-every", "20");
    expect(ran.err).toContain("60/60: loss");
    expect(ran.status).toBe(0);
    expect(readdirSync(path("whole")).sort()).toEqual([
      "checkpoints",
      "loss.png",
      "loss.svg",
      "metrics.jsonl",
      "report.md",
      "weights.safetensors",
    ]);
    const losses = lines("whole").map(({ loss }) => loss);
    expect(losses).toHaveLength(60);
    expect(losses.at(-1)).toBeLessThan((losses[0] ?? 0) * 0.8);
    expect(Object.keys(readTensors(path("whole", "weights.safetensors"))).sort()).toEqual([
      "up.bias",
      "up.weight",
    ]);
    expect(readdirSync(path("whole", "checkpoints"))).toEqual([
      "step-00000040.safetensors",
      "step-00000060.safetensors",
    ]);
  });

  it("goes on from a checkpoint with the same bits as an unbroken run", async () => {
    await fit("unbroken", "--steps", "20", "--seed", "5");
    await fit("broken", "--steps", "7", "--seed", "5");
    const ran = await fit("broken", "--steps", "20", "--resume");
    expect(ran.err).toContain("from step 7");
    for (const name of [["weights.safetensors"], ["checkpoints", "step-00000020.safetensors"]]) {
      expect(
        readFileSync(path("broken", ...name)).equals(readFileSync(path("unbroken", ...name))),
      ).toBe(true);
    }
    expect(lines("broken").map(({ step, loss }) => [step, loss])).toEqual(
      lines("unbroken").map(({ step, loss }) => [step, loss]),
    );
  });

  it("learns a text, measures it on held-out text, and writes", async () => {
    const args = [
      "--data",
      path("text.txt"),
      "--steps",
      "40",
      "--batch",
      "4",
      "--length",
      "8",
      "--eval-every",
      "20",
    ];
    const ran = await train(
      "Write",
      "text",
      ...args,
      "--sample",
      "8",
      "--prompt",
      "a",
      "--temperature",
      "0",
    );
    expect(ran.status).toBe(0);
    const measured = lines("text").filter((line) => line.held_out_loss !== undefined);
    expect(measured.map(({ step }) => step)).toEqual([20, 40]);
    expect(measured.at(-1)?.held_out_loss).toBeLessThan(0.5);
    expect(readFileSync(path("text", "sample.txt"), "utf8")).toBe("abc\nabc\na");
    expect(JSON.parse(readFileSync(path("text", "vocabulary.json"), "utf8"))).toEqual([
      "\n",
      "a",
      "b",
      "c",
    ]);
    expect(readFileSync(path("text", "report.md"), "utf8")).toContain("Held-out loss");
  });
});

describe("a refusal", () => {
  it("names what differs from the run that should go on", async () => {
    await fit("first", "--steps", "2");
    const cases: readonly (readonly [args: readonly string[], says: RegExp])[] = [
      [["--steps", "4"], /run-exists.*already holds a run/],
      [["--steps", "4", "--resume", "--batch", "4"], /resume-differs.*batch is `4`, it was `8`/],
    ];
    for (const [args, says] of cases) {
      const ran = await fit("first", ...args);
      expect(ran.err).toMatch(says);
      expect(ran.status).toBe(1);
    }
    expect((await fit("never", "--steps", "4", "--resume")).err).toMatch(/no-checkpoint/);
    expect((await fit("first", "--steps", "3", "--overwrite")).status).toBe(0);
  });

  it("stops at a loss that is no number, with the checkpoint before it whole", async () => {
    const ran = await train(
      "Explode",
      "explode",
      "--data",
      path("data.safetensors"),
      "--steps",
      "50",
      "--checkpoint-every",
      "1",
    );
    expect(ran.err).toMatch(/loss-not-finite[\s\S]*lower the learning rate/);
    expect(ran.status).toBe(1);
    expect(existsSync(path("explode", "weights.safetensors"))).toBe(false);
    expect(readdirSync(path("explode", "checkpoints")).length).toBeGreaterThan(0);
  });

  it("says what text needs, and what tensors lack", async () => {
    const text = ["--data", path("text.txt"), "--steps", "1"];
    expect((await train("Fit", "a", ...text)).err).toMatch(/data-inputs.*x: f32\[B, 3\]/);
    expect((await train("Write", "b", ...text, "--set", "V=3")).err).toMatch(
      /vocabulary.*4 different characters.*below 3/,
    );
    expect((await train("Write", "c", "--data", path("model.dl"), "--steps", "1")).status).toBe(2);
    writeTensors(folder, "half.safetensors", { x: floats([4, 3], () => 0) });
    expect(
      (await train("Fit", "d", "--data", path("half.safetensors"), "--steps", "1")).err,
    ).toMatch(/data-inputs.*`y`/);
    writeTensors(folder, "odd.safetensors", {
      x: floats([4, 3], () => 0),
      y: ints([4, 2], [0, 0, 0, 0, 0, 0, 0, 0]),
    });
    expect(
      (await train("Fit", "e", "--data", path("odd.safetensors"), "--steps", "1")).err,
    ).toMatch(/input-dtype.*`y`/);
    rmSync(path("e"), { recursive: true, force: true });
  });
});

describe("a signal", () => {
  it.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const)("%s saves a checkpoint and exits with %d", async (signal, status) => {
    const out = `signal-${signal}`;
    const args = [
      "train",
      file,
      "--run",
      "Fit",
      "--data",
      path("data.safetensors"),
      "--steps",
      "20000",
      "-o",
      path(out),
    ];
    const main = join(import.meta.dirname, "..", "..", "cli", "main.ts");
    const child = spawn(
      process.execPath,
      ["--import", "tsx", main, ...args, "--backend", "reference"],
      { stdio: ["ignore", "ignore", "pipe"] },
    );
    let said = "";
    let isAsked = false;
    child.stderr.on("data", (chunk: Buffer) => {
      said += chunk.toString();
      if (!isAsked && said.includes("step 1/")) isAsked = child.kill(signal);
    });
    const ended = await new Promise<number | null>((resolve) => child.on("exit", resolve));
    expect(said).toMatch(/stopped after step \d+; --resume goes on from there/);
    expect(ended).toBe(status);
    expect(readdirSync(path(out, "checkpoints"))).toHaveLength(1);
  });
});
