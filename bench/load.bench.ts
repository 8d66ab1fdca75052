// How long a model that was built ahead of time takes from its bytes to its first result, in fresh processes, part by part.
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, statSync } from "node:fs";
import { loadavg } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { build } from "esbuild";
import { writeSafetensors } from "../cli/files.js";
import { runCommandLine } from "../cli/program.js";
import type { Device } from "../runtime/device.js";
import { findDrivers } from "../runtime/node.js";
import { load } from "../runtime/node-index.js";
import type { Benchmark, Measured } from "./question.js";
import { medianOf } from "./timing.js";

const rounds = 9;
const model = ["build", "examples/shakespeare/model.dl", "--model", "Gpt"];
const software = /lavapipe|swiftshader/;

/** The parts between the bytes and the first result, besides the device, which a program opens while they are on their way. */
const afterDownload = ["check", "upload", "pipelines", "first result"];

/** Each part on each software driver; the first process of each warms its shader cache and is told apart. */
export const benchmark: Benchmark = {
  question: "How long does the GPT on Shakespeare take from its bytes to its first result?",
  async measure(open: () => Promise<Device>): Promise<readonly Measured[]> {
    mkdirSync(".cache", { recursive: true });
    const folder = mkdtempSync(join(".cache", "load-"));
    const script = join(folder, "once.mjs");
    await build({
      entryPoints: ["bench/load-once.ts"],
      bundle: true,
      minify: true,
      platform: "node",
      format: "esm",
      external: ["webgpu"],
      outfile: script,
      logLevel: "silent",
    });
    const path = await withWeights(folder, await open());
    const answers: Measured[] = [
      { what: "size of the artifact", value: statSync(path).size / 1024, unit: "KiB" },
      { what: "load of the machine", value: loadavg()[0] ?? NaN, unit: "" },
    ];
    for (const { name } of findDrivers().filter((driver) => software.test(driver.name)))
      answers.push(...(await measureOn(name, script, path)));
    return answers;
  },
};

async function measureOn(driver: string, script: string, path: string): Promise<Measured[]> {
  const once = async (): Promise<Readonly<Record<string, number>>> => {
    const { stdout } = await promisify(execFile)(process.execPath, [
      script,
      path,
      "forward",
      driver,
    ]);
    return JSON.parse(stdout) as Readonly<Record<string, number>>;
  };
  const cold = await once();
  const warm: Readonly<Record<string, number>>[] = [];
  for (let round = 0; round < rounds; round++) warm.push(await once());
  const sum = (of: Readonly<Record<string, number>>): number =>
    afterDownload.reduce((all, part) => all + (of[part] ?? NaN), 0);
  const row = (what: string, value: number): Measured => ({
    what: `${driver}: ${what}`,
    value,
    unit: "ms",
  });
  return [
    ...Object.keys(cold).map((part) => row(part, medianOf(warm.map((w) => w[part] ?? NaN)))),
    row("bytes to first result", medianOf(warm.map(sum))),
    row("the same at best", Math.min(...warm.map(sum))),
    row("the same in the first process", sum(cold)),
  ];
}

/** The artifact with the weights of its initialisers in it, as one that was trained has weights. */
async function withWeights(folder: string, device: Device): Promise<string> {
  const io = { out: () => undefined, err: () => undefined, isTerminal: false };
  const [bare, weights, whole] = ["bare.dla", "weights.safetensors", "gpt.dla"].map((name) =>
    join(folder, name),
  ) as [string, string, string];
  await runCommandLine([...model, "--for", "discrete,software", "-o", bare], io);
  const session = await load(bare, { device, seed: 1 });
  writeSafetensors(weights, Object.entries(await session.readVariables()));
  session.dispose();
  const rest = ["--weights", weights, "--for", "discrete,software", "-o", whole];
  await runCommandLine([...model, ...rest], io);
  return whole;
}
