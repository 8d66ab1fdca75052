// How a row of work is timed: chained iterations, one element read back, medians over rounds, and what the machine did meanwhile.
import { readFileSync } from "node:fs";

/** One row as measured; times in milliseconds of one iteration. */
export interface Timed {
  /** Wall time: the median and the best of the rounds. */
  readonly ms: number;
  readonly ms_min: number;
  /** Wall time of the first call, kernels compiled. */
  readonly first_ms: number;
  /** Time of this process on all cores, which hardly moves when other work loads the machine. */
  readonly cpu_ms: number;
  /** Iterations of a round, and rounds. */
  readonly k: number;
  readonly rounds: number;
  /** Cores that other processes used meanwhile; above 0.2 wall times are not to be trusted. */
  readonly others: number;
}

/** How long rounds are and how many. */
export interface Budget {
  /** Rounds at most; three at least. */
  readonly rounds: number;
  /** Milliseconds that one round should take. */
  readonly target: number;
  /** Iterations of a round at most. */
  readonly mostIterations: number;
  /** Milliseconds after which no further round starts. */
  readonly limit: number;
}

const usual: Budget = { rounds: 7, target: 400, mostIterations: 64, limit: 45_000 };

/**
 * Times `step(k)`, which does `k` iterations, each fed with the result of the one before, and reads one element back. The first
 * call and one that finds out how long an iteration takes are not counted.
 */
export async function time(
  step: (iterations: number) => Promise<unknown>,
  budget: Partial<Budget> = {},
): Promise<Timed> {
  const { rounds, target, mostIterations, limit } = { ...usual, ...budget };
  const first = await wall(() => step(1));
  const one = await wall(() => step(1));
  const k = Math.max(1, Math.min(mostIterations, Math.round(target / one)));
  const times: number[] = [];
  const cpu: number[] = [];
  const start = performance.now();
  const [machine, own] = [machineTime(), ownTime()];
  while (times.length < rounds && (times.length < 3 || performance.now() - start < limit)) {
    const before = ownTime();
    times.push((await wall(() => step(k))) / k);
    cpu.push((ownTime() - before) / k);
  }
  const spent = machineTime() - machine - (ownTime() - own);
  return {
    ms: medianOf(times),
    ms_min: Math.min(...times),
    first_ms: first,
    cpu_ms: medianOf(cpu),
    k,
    rounds: times.length,
    others: Math.max(0, spent / (performance.now() - start)),
  };
}

/** Wall time of a task in milliseconds. */
export async function wall(task: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await task();
  return performance.now() - start;
}

/** The median; of an even number of values the mean of the two in the middle. */
export function medianOf(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const [low, high] = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]];
  return low === undefined || high === undefined ? NaN : (low + high) / 2;
}

const ownTime = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

/** Milliseconds that all cores of the machine have worked so far, on Linux; else NaN. */
function machineTime(): number {
  try {
    const [line = ""] = readFileSync("/proc/stat", "utf8").split("\n");
    const ticks = line.trim().split(/\s+/).slice(1).map(Number);
    const [user = 0, nice = 0, system = 0, , , irq = 0, softIrq = 0, stolen = 0] = ticks;
    return (user + nice + system + irq + softIrq + stolen) * 10;
  } catch {
    return NaN;
  }
}
