// What adapters cost a GPT forward, what a step of LoRA costs against a full one, in time and in memory.
import { openPackage, readSource } from "../cli/host.js";
import { buildArtifact } from "../compiler/artifact/index.js";
import { compile, type CompileOptions } from "../compiler/index.js";
import type { Device } from "../runtime/device.js";
import type { Session } from "../runtime/index.js";
import { needsOf, totalBytes } from "../runtime/needs.js";
import { type Benchmark, type Measured } from "./question.js";
import { medianOf, wall } from "./timing.js";
import { sessionOf } from "./work.js";

const path = "bench/adapters.dl";
const rounds = 5;

/** Ids and targets of a batch, `[rows, length]`; what they say does not change what is computed. */
function batch(rows: number, length: number) {
  const ids = (shift: number) => ({
    shape: [rows, length],
    data: Int32Array.from({ length: rows * length }, (_, i) => ((i + shift) * 97) % 512),
  });
  return { ids: ids(0), targets: ids(1) };
}

/** Medians of a task in milliseconds: wall time, and time of this process on all cores, which other work hardly moves. */
interface Times {
  readonly wall: number;
  readonly cpu: number;
}

/** Times of tasks, each once to warm up and then in turns, so that what else the machine does meets all alike. */
async function inTurns(tasks: readonly (() => Promise<unknown>)[]): Promise<readonly Times[]> {
  for (const task of tasks) await task();
  const times = tasks.map(() => ({ wall: [] as number[], cpu: [] as number[] }));
  for (let round = 0; round < rounds; round++)
    for (const [i, task] of tasks.entries()) {
      const before = process.cpuUsage();
      times[i]?.wall.push(await wall(task));
      const { user, system } = process.cpuUsage(before);
      times[i]?.cpu.push((user + system) / 1000);
    }
  return times.map((t) => ({ wall: medianOf(t.wall), cpu: medianOf(t.cpu) }));
}

/** Times by name, and how those after the first compare with it: as shares of its speed, or of its time. */
function compared(
  names: readonly string[],
  times: readonly Times[],
  isSpeed: boolean,
): readonly Measured[] {
  const [first] = times;
  return names.flatMap((what, i): readonly Measured[] => {
    const own = times[i];
    if (!own || !first) return [];
    const share = (key: keyof Times): Measured => {
      const ratio = own[key] / first[key];
      const on = key === "wall" ? "" : " of processors";
      return isSpeed
        ? { what, value: 1 / ratio, unit: `of the first's speed${on}` }
        : { what, value: ratio, unit: `of the first's time${on}` };
    };
    return [
      { what, value: own.wall, unit: "ms" },
      { what, value: own.cpu, unit: "ms of processors" },
      ...(i > 0 ? [share("wall"), share("cpu")] : []),
    ];
  });
}

async function forward(device: Device): Promise<readonly Measured[]> {
  const { ids } = batch(2, 128);
  const models = ["Base", "Attending", "Everywhere"];
  const sessions: Session[] = [];
  for (const model of models)
    sessions.push(await sessionOf(device, path, { model, entries: ["forward"] }));
  const times = await inTurns(sessions.map((s) => () => s.run("forward", { ids })));
  for (const session of sessions) session.dispose();
  const names = ["forward, base", "forward, LoRA on q and v", "forward, LoRA on all maps"];
  return compared(names, times, true);
}

async function step(device: Device): Promise<readonly Measured[]> {
  const runs = ["Full", "LoraAttending", "LoraEverywhere"];
  const sessions: Session[] = [];
  for (const run of runs)
    sessions.push(await sessionOf(device, path, { runs: [run], entries: [] }));
  const inputs = batch(2, 128);
  const times = await inTurns(
    sessions.map((s, i) => {
      let at = 0;
      return () => s.trainStep(runs[i] ?? "", inputs, { seed: 0, step: ++at });
    }),
  );
  for (const session of sessions) session.dispose();
  const names = ["step, full", "step, LoRA on q and v", "step, LoRA on all maps"];
  return compared(names, times, false);
}

const wide = { D: "1024", H: "16" };

/** Planned bytes at the full depth, and at a depth that a software driver holds both planned and as counted by the device. */
async function memory(device: Device): Promise<readonly Measured[]> {
  const runs = ["Full", "LoraAttending"];
  const planned = (L: string, rows: number): readonly number[] =>
    runs.map((run) =>
      plannedBytes(device, run, { runs: [run], entries: [], sets: { ...wide, L } }, rows),
    );
  const measured: number[] = [];
  for (const run of runs) {
    // Buffers of earlier sessions are gone by now, so what lives is this session's.
    const before = device.counts.liveBytes;
    const sets = { ...wide, L: "2" };
    const session = await sessionOf(device, path, { runs: [run], entries: [], sets });
    for (const at of [1, 2]) await session.trainStep(run, batch(1, 128), { seed: 0, step: at });
    measured.push(device.counts.liveBytes - before);
    session.dispose();
  }
  const ratio = ([full = NaN, few = NaN]: readonly number[]): number => few / full;
  const mega = (what: string, bytes: readonly number[]): readonly Measured[] => [
    ...runs.map((run, i) => ({
      what: `${what}, ${run}`,
      value: (bytes[i] ?? NaN) / 2 ** 20,
      unit: "MiB",
    })),
    { what: `${what}, share`, value: ratio(bytes), unit: "x" },
  ];
  return [
    ...mega("12 layers of 1024, planned", planned("12", 1)),
    ...mega("2 layers of 1024, planned", planned("2", 1)),
    ...mega("2 layers of 1024, measured", measured),
  ];
}

function plannedBytes(device: Device, run: string, options: CompileOptions, rows: number): number {
  const compiled = compile(readSource(path), openPackage(path).host, options);
  if (!compiled.ok) throw new Error(compiled.diagnostics.map(({ title }) => title).join("\n"));
  const artifact = buildArtifact(compiled.value, { target: device.target });
  return totalBytes(needsOf(artifact, run, [rows, 128]));
}

const parts = { forward, step, memory };

/** Times in milliseconds with shares of the first, bytes in MiB; `rows` names parts. */
export const benchmark: Benchmark = {
  question: "What do adapters cost, and what do they save?",
  async measure(open, rows) {
    const device = await open();
    const measured: Measured[] = [];
    for (const [name, part] of Object.entries(parts))
      if (!rows || rows.includes(name)) measured.push(...(await part(device)));
    return measured;
  },
};
