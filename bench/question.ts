// What a benchmark is: a question, and numbers that answer it.
import type { Device } from "../runtime/device.js";

/** One number of an answer. */
export interface Measured {
  readonly what: string;
  readonly value: number;
  readonly unit: string;
}

/** A question and how it is answered. */
export interface Benchmark {
  readonly question: string;
  /** Measures; what needs a device asks for one. */
  measure(open: () => Promise<Device>): Promise<readonly Measured[]>;
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
