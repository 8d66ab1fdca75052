// The command line on a device: the same numbers as the reference, artifacts that run without their source, bits that repeat.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, it } from "vitest";
import {
  dl,
  floats,
  readTensors,
  temporaryFolder,
  writeTensors,
  writeText,
  type Ran,
} from "../harness/cli.js";
import { adapterName, describeGpu } from "../harness/gpu.js";

const program = `import { Linear, LayerNorm } from "std/nn"
import { adamw } from "std/optim"
import { mse } from "std/losses"

/// A small network.
model Net(In = 5, F = 7, Out = 3) {
  norm = LayerNorm(In)
  up = Linear(In, F)
  down = Linear(F, Out)

  fn forward(x: [B, In]) -> [B, Out] = x |> norm |> up |> gelu |> down
}

fn squares(x: [...]) -> [...] = x * x

train Fit(net: Net, x: [B, 5], y: [B, 3]) {
  loss = mse(net(x), y)
  optimizer = adamw(lr = 0.05)
  clip_norm = 0.5
}
`;

/**
 * States that training moves, dropout, metrics, and a model whose base is frozen. No bias before the centring: its gradient
 * would be rounding noise, which Adam blows up to whole steps.
 */
const stateful = `import { Linear, Dropout } from "std/nn"
import { adamw } from "std/optim"
import { lora } from "std/adapters"

/// Subtracts a mean that training keeps.
layer Centre(C) {
  state running_mean: [C] = zeros

  fn forward(x: [B, C]) -> [B, C] {
    if training {
      let m = mean(x, axis = 0)
      running_mean <- 0.9 * running_mean + 0.1 * m
      x - m
    } else { x - running_mean }
  }
}

/// A small network.
model Net(In = 5, Out = 3) {
  up = Linear(In, 8, with_bias = false)
  centre = Centre(8)
  drop = Dropout(0.2)
  down = Linear(8, Out)

  fn forward(x: [B, In]) -> [B, Out] = x |> up |> centre |> relu |> drop |> down
}

/// The same with its base frozen.
model Adapted = Net with { adapt up by lora(rank = 2) }

train Fit(net: Net, x: [B, 5], y: [B, 3]) {
  loss = mse(net(x), y)
  optimizer = adamw(lr = 0.05)
  metrics { error = mean(abs(net(x) - y)) }
}

train Adapt(net: Adapted, x: [B, 5], y: [B, 3]) {
  loss = mse(net(x), y)
  optimizer = adamw(lr = 0.05)
}
`;

/** A software adapter compiles shaders slowly, above all on a busy machine. */
const patience = 180_000;

describeGpu("dl on a device", () => {
  let folder = "";
  let file = "";
  const path = (...names: string[]): string => join(folder, ...names);
  const on = (backend: string): string[] => [
    "--backend",
    backend,
    ...(backend === "webgpu" ? ["--adapter", adapterName ?? ""] : []),
  ];

  beforeAll(() => {
    folder = temporaryFolder();
    file = writeText(folder, "net.dl", program);
    writeTensors(folder, "x.safetensors", { x: floats([4, 5], (i) => Math.sin(i)) });
    writeTensors(folder, "ct.safetensors", { out: floats([4, 3], (i) => Math.cos(i)) });
    writeTensors(folder, "data.safetensors", {
      x: floats([32, 5], (i) => Math.sin(i)),
      y: floats([32, 3], (i) => Math.cos(i)),
    });
  });

  async function compare(command: string, tolerance: number, ...more: string[]): Promise<void> {
    const files = ["webgpu", "reference"].map((backend) =>
      path(`${command}-${backend}.safetensors`),
    );
    for (const [i, backend] of ["webgpu", "reference"].entries()) {
      const ran = await dl(command, file, ...more, ...on(backend), "--out", files[i] ?? "");
      expect(ran.err).toContain("wrote");
      expect(ran.status).toBe(0);
    }
    const [device, reference] = files.map(readTensors);
    expect(Object.keys(device ?? {}).sort()).toEqual(Object.keys(reference ?? {}).sort());
    for (const [name, { shape, data }] of Object.entries(reference ?? {})) {
      const largest = Math.max(...data.map(Math.abs));
      expect(device?.[name]?.shape).toEqual(shape);
      data.forEach((x, i) => {
        expect(Math.abs((device?.[name]?.data[i] ?? NaN) - x), name).toBeLessThanOrEqual(
          tolerance * largest,
        );
      });
    }
  }

  it(
    "computes entries, gradients and functions as the reference does",
    { timeout: patience },
    async () => {
      await dl(
        "run",
        file,
        ...on("reference"),
        "--inputs",
        path("x.safetensors"),
        "--save-weights",
        path("w.safetensors"),
      );
      const inputs = ["--inputs", path("x.safetensors")];
      await compare("run", 1e-4, "--weights", path("w.safetensors"), ...inputs);
      await compare(
        "grad",
        1e-3,
        "--weights",
        path("w.safetensors"),
        ...inputs,
        "--cotangents",
        path("ct.safetensors"),
      );
      await compare("run", 1e-6, "--fn", "squares", ...inputs);
    },
  );

  it("runs an artifact as it runs the source", { timeout: patience }, async () => {
    const weights = ["--weights", path("w.safetensors")];
    await dl("build", file, ...weights, "--for", "software", "-o", path("built"));
    const inputs = ["--inputs", path("x.safetensors"), "--json", "--adapter", adapterName ?? ""];
    const built = await dl("run", path("built"), ...inputs);
    expect(built.status).toBe(0);
    expect(built.out).toBe((await dl("run", file, ...weights, ...inputs)).out);
    const again = temporaryFolder();
    await dl("build", file, ...weights, "--for", "software", "-o", again);
    for (const name of ["manifest.json", "weights.safetensors", join("kernels", "000.wgsl")]) {
      expect(readFileSync(join(again, name)).equals(readFileSync(path("built", name)))).toBe(true);
    }
  });

  it(
    "trains as the reference does, and goes on from a checkpoint with the same bits",
    { timeout: patience },
    async () => {
      const fit = (
        out: string,
        steps: number,
        backend: string,
        ...more: string[]
      ): Promise<Ran> => {
        const data = ["--data", path("data.safetensors"), "--batch", "8", "--seed", "3"];
        return dl(
          "train",
          file,
          ...data,
          "--steps",
          String(steps),
          "-o",
          path(out),
          ...on(backend),
          ...more,
        );
      };
      const lastLoss = (out: string): number =>
        (
          JSON.parse(
            readFileSync(path(out, "metrics.jsonl"), "utf8").trim().split("\n").at(-1) ?? "{}",
          ) as { loss: number }
        ).loss;
      expect((await fit("reference", 12, "reference")).status).toBe(0);
      expect((await fit("whole", 12, "webgpu")).status).toBe(0);
      await fit("broken", 5, "webgpu");
      await fit("broken", 12, "webgpu", "--resume");
      expect(Math.abs(lastLoss("whole") - lastLoss("reference"))).toBeLessThan(1e-4);
      const bytes = (out: string): Buffer =>
        readFileSync(path(out, "checkpoints", "step-00000012.safetensors"));
      expect(bytes("broken").equals(bytes("whole"))).toBe(true);
    },
  );

  it(
    "moves states, drops the same elements and adapts as the reference does",
    { timeout: patience },
    async () => {
      const source = writeText(folder, "stateful.dl", stateful);
      for (const run of ["Fit", "Adapt"]) {
        const [device, reference] = await Promise.all(
          ["webgpu", "reference"].map(async (backend) => {
            const out = path(`${run}-${backend}`);
            const args = ["--data", path("data.safetensors"), "--batch", "8", "--steps", "10"];
            const ran = await dl("train", source, "--run", run, ...args, "-o", out, ...on(backend));
            expect(ran.status).toBe(0);
            return readTensors(join(out, "weights.safetensors"));
          }),
        );
        expect(Object.keys(device ?? {})).toContain("centre.running_mean");
        for (const [name, { data }] of Object.entries(reference ?? {})) {
          data.forEach((x, i) => {
            expect(Math.abs((device?.[name]?.data[i] ?? NaN) - x), `${run} ${name}`).toBeLessThan(
              1e-3,
            );
          });
        }
      }
    },
  );
});
