// What a benchmark is: a question, and numbers that answer it.
import { cpus } from "node:os";
import type { Device } from "../runtime/device.js";
import { openNodeDevice } from "../runtime/node.js";

/** One number of an answer. */
export interface Measured {
  readonly what: string;
  readonly value: number;
  readonly unit: string;
}

/** A question and how it is answered. */
export interface Benchmark {
  readonly question: string;
  /** Measures; what needs a device asks for one. `rows` names the parts that are wanted, where not all are. */
  measure(open: () => Promise<Device>, rows?: readonly string[]): Promise<readonly Measured[]>;
}

/** The median duration of a task in milliseconds, over `rounds` runs after one to warm up. */
export async function median(rounds: number, task: () => Promise<unknown>): Promise<number> {
  await task();
  const times: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const start = performance.now();
    await task();
    times.push(performance.now() - start);
  }
  return times.sort((a, b) => a - b)[Math.floor(rounds / 2)] ?? NaN;
}

/** The median processor time of a task in milliseconds, for what runs on the CPU alone: other processes do not count. */
export function medianOfCpu(rounds: number, task: () => unknown): number {
  task();
  const times: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const start = process.cpuUsage();
    task();
    const { user, system } = process.cpuUsage(start);
    times.push((user + system) / 1000);
  }
  return times.sort((a, b) => a - b)[Math.floor(rounds / 2)] ?? NaN;
}

/** Answers questions by name, one file each, on a device that is opened when the first of them asks for it. */
export async function answer(
  names: readonly string[],
  adapter?: string,
  rows?: readonly string[],
): Promise<void> {
  let device: Device | undefined;
  const open = async (): Promise<Device> => {
    if (device) return device;
    device = await openNodeDevice({ adapter });
    process.stdout.write(`  on ${device.adapter.description}\n`);
    return device;
  };
  process.stdout.write(`${machine()}\n`);
  for (const name of names) {
    const { benchmark } = (await import(`./${name}.bench.ts`)) as { readonly benchmark: Benchmark };
    process.stdout.write(`\n${benchmark.question}\n`);
    for (const { what, value, unit } of await benchmark.measure(open, rows))
      process.stdout.write(`  ${what.padEnd(40)} ${value.toPrecision(3).padStart(10)} ${unit}\n`);
  }
  device?.close();
}

/** Date and machine in words. */
export function machine(): string {
  const [cpu] = cpus();
  const date = new Date().toISOString().slice(0, 10);
  return `${date}, ${String(cpus().length)} x ${cpu?.model ?? "unknown CPU"}, Node ${process.version}`;
}
