// Cold starts: from the start of a process to its first result without a shader cache, ours and the rivals' in turn.
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { runCommandLine } from "../cli/program.js";
import { packageRoot, type Driver } from "../runtime/node.js";
import { run } from "./rivals.js";
import { markdown } from "./table.js";
import { medianOf } from "./timing.js";

/** Processes that a median is taken of. */
const rounds = 5;

/** Someone who starts from nothing, once a process. */
interface Starter {
  readonly name: string;
  readonly command: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** What the processes of one starter said, round by round. */
interface Starts {
  readonly name: string;
  readonly times: number[];
  readonly cpu: number[];
  /** The first number of the result, by which one sees that all computed the same. */
  first?: number | undefined;
  fault?: string;
}

/** Milliseconds from the start of a process to the first result, as tables in Markdown. */
export async function coldTables(driver: Driver, folder: string): Promise<string> {
  if (!existsSync(join(packageRoot(), "dist"))) return "\nCold starts need `npm run build`.\n";
  mkdirSync(".cache", { recursive: true });
  const scratch = mkdtempSync(join(".cache", "cold-"));
  const ours = (name: string, ...words: readonly string[]): Starter => ({
    name,
    command: [process.execPath, join(import.meta.dirname, "cold.mjs"), ...words],
  });
  const spec = existsSync(join(folder, "spec.mjs")) ? join(folder, "spec.mjs") : "";
  const block: readonly Starter[] = [
    ours("Adjoint", "block", driver.name, spec),
    ours("Adjoint, built ahead", "block", driver.name, spec, await builtBlock(scratch)),
    ...(folder === "none" ? [] : blocksOf(folder, join(scratch, "rivals"))),
  ];
  const others = ["product", "gpt"].map((work) => ours(`Adjoint, ${work}`, work, driver.name));
  const variables = {
    MESA_SHADER_CACHE_DISABLE: "true",
    DRIVER: driver.name,
    ...(driver.manifest === null ? {} : { VK_DRIVER_FILES: driver.manifest }),
  };
  const ofBlock = await inTurn(block, variables);
  const ofOthers = await inTurn(others, variables);
  return `
${driver.name}, transformer block forward, cold: from the start of a process to the first result without a shader cache, each in a fresh process, in turn

${tableOf(ofBlock)}

${driver.name}, other works, cold

${tableOf(ofOthers)}
${await productsOf(folder, variables)}`;
}

/** The block as `dl build` writes it, for the kind of device that software drivers are. */
async function builtBlock(scratch: string): Promise<string> {
  const path = join(scratch, "block");
  const io = { out: () => undefined, err: () => undefined, isTerminal: false };
  const words = ["build", "examples/peers/block.dl", "--model", "One", "--for", "software"];
  await runCommandLine([...words, "-o", path], io);
  return path;
}

/**
 * The rivals' own scripts, which end where they would begin to time: they ask `common.mjs` to time an iteration once they have read
 * their first result as a whole. So the work is what they wrote themselves, and nothing is added to their start. ONNX Runtime is not
 * among them: its script first holds its result against another provider.
 */
function blocksOf(folder: string, staged: string): readonly Starter[] {
  mkdirSync(staged, { recursive: true });
  for (const name of readdirSync(folder).filter((file) => file.endsWith(".mjs")))
    copyFileSync(join(folder, name), join(staged, name));
  const common = JSON.stringify(pathToFileURL(join(folder, "common.mjs")).href);
  writeFileSync(
    join(staged, "common.mjs"),
    `export * from ${common};
/** Whatever is to be timed from here on, the first result is there. */
export async function time() {
  const { user, system } = process.cpuUsage();
  return { process_start_ms: performance.now(), cpu_ms: (user + system) / 1000 };
}
export const ms = (measured) => measured;
`,
  );
  return [
    { name: "jax-js", script: "jax.mjs" },
    { name: "TensorFlow.js", script: "tfjs.mjs" },
  ].map(({ name, script }) => ({
    name,
    command: [process.execPath, join(staged, script)],
    env: { DEV: "webgpu", ONLY: "c", OUT: "" },
  }));
}

/** Starts each in turn, so often; one that fails is not started again. */
async function inTurn(
  starters: readonly Starter[],
  variables: Readonly<Record<string, string>>,
): Promise<readonly Starts[]> {
  const starts = new Map(
    starters.map((starter): [Starter, Starts] => [
      starter,
      { name: starter.name, times: [], cpu: [] },
    ]),
  );
  for (let round = 0; round < rounds; round++) {
    for (const [{ command, env }, told] of starts) {
      if (told.fault !== undefined) continue;
      const { lines, end } = await run(command, { ...variables, ...env });
      const line = lines.find((found) => typeof found["process_start_ms"] === "number");
      if (!line) told.fault = end;
      told.times.push(Number(line?.["process_start_ms"]));
      told.cpu.push(Number(line?.["cpu_ms"]));
      told.first = line?.["y0"] === undefined ? undefined : Number(line["y0"]);
    }
  }
  return [...starts.values()];
}

function tableOf(starts: readonly Starts[]): string {
  const rows = starts.map(({ name, times, cpu, first, fault }) => {
    if (fault !== undefined) return [name, fault];
    const [median, least, most] = [medianOf(times), Math.min(...times), Math.max(...times)];
    const shown = [median, least, most, medianOf(cpu)].map((ms) =>
      Math.round(ms).toLocaleString("en"),
    );
    return [name, ...shown, String(times.length), first === undefined ? "" : first.toFixed(6)];
  });
  const head = ["who", "median, ms", "least", "most", "processor, ms", "processes", "first number"];
  return markdown([head, ...rows]);
}

/** The rivals' product of 128 rows, by their script of cold starts, from import on. */
async function productsOf(
  folder: string,
  variables: Readonly<Record<string, string>>,
): Promise<string> {
  const script = join(folder, "cold.mjs");
  if (folder === "none" || !existsSync(script)) return "";
  const lines: string[][] = [];
  for (const peer of ["dawn alone", "jax-js webgpu", "tfjs webgpu", "onnxruntime-node webgpu"]) {
    const { lines: found, end } = await run([process.execPath, script, peer], variables);
    const time = found[0]?.["process_start_ms"];
    lines.push([peer, typeof time === "number" ? String(time) : end]);
  }
  return `\nThe rivals' product of 128 rows, cold\n\n${markdown([["who", "median, ms"], ...lines])}\n`;
}
