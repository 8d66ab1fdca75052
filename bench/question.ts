// What a benchmark is: a question, and numbers that answer it.
import type { Device } from "../runtime/device.js";

/** One number of an answer. */
export interface Measured {
  readonly what: string;
  readonly value: number;
  readonly unit: string;
}

/** A question and how it is answered on a device. */
export interface Benchmark {
  readonly question: string;
  measure(device: Device): Promise<readonly Measured[]>;
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
