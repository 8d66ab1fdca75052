// Searches the fastest of several schedules: rejects those with other results, drops the slow early, and confirms what wins.
import type { ScheduleRecord } from "../../compiler/codegen/record.js";

/** A schedule that is ready to run. */
export interface Trial {
  /** What it computes, each result by itself. */
  outputs(): Promise<readonly ArrayLike<number>[]>;
  /** Nanoseconds of one run, over a sample that is long enough to be trusted. */
  time(): Promise<number>;
  dispose(): void;
}

/** What a search needs of the world. */
export interface Bench {
  /** Makes a schedule ready; undefined where the device refuses it. */
  open(record: ScheduleRecord): Promise<Trial | undefined>;
  /** Whether results are those of the schedule that would be chosen, up to rounding. */
  agrees(wanted: readonly ArrayLike<number>[], found: readonly ArrayLike<number>[]): boolean;
  /** Whether there is time for more. */
  hasTime(): boolean;
}

/** What came of a search. */
export interface Outcome {
  /** The schedule to use: the chosen one unless another won twice. */
  readonly best: ScheduleRecord;
  /** Nanoseconds with the chosen schedule and with the best, medians of one and the same interleaved run. */
  readonly before: number;
  readonly after: number;
  readonly tried: number;
  /** Candidates whose results were others, and those that the device refused. */
  readonly rejected: number;
  readonly refused: number;
  /** Why the chosen schedule stays; undefined where another won. */
  readonly kept?: "the chosen schedule is the fastest" | "no other schedule" | "out of time";
}

/** How much faster than the chosen schedule a candidate must be, twice. */
export const margin = 1.05;
/** How much slower than the fastest a candidate may be while it is still measured. */
const hopeless = 1.5;
/** Interleaved samples of a round of selection, and of its confirmation. */
const [samples, confirmations] = [3, 5];
/** Candidates that are open at the same time. */
const atOnce = 8;

interface Running {
  readonly record: ScheduleRecord;
  readonly trial: Trial;
}

/** Searches among candidates; the chosen schedule must be one that the device accepts. */
export async function search(
  chosen: ScheduleRecord,
  candidates: readonly ScheduleRecord[],
  bench: Bench,
): Promise<Outcome> {
  const trial = await bench.open(chosen);
  if (!trial) throw new RangeError("the device refuses the chosen schedule");
  const reference: Running = { record: chosen, trial };
  try {
    return await new Search(reference, bench).run(candidates);
  } finally {
    trial.dispose();
  }
}

class Search {
  readonly #reference: Running;
  readonly #bench: Bench;
  #tried = 0;
  #rejected = 0;
  #refused = 0;

  constructor(reference: Running, bench: Bench) {
    this.#reference = reference;
    this.#bench = bench;
  }

  async run(candidates: readonly ScheduleRecord[]): Promise<Outcome> {
    const wanted = await this.#reference.trial.outputs();
    let winner: Running | undefined;
    let wasCut = false;
    for (let at = 0; at < candidates.length; at += atOnce) {
      if (!this.#bench.hasTime()) {
        wasCut = true;
        break;
      }
      const held = winner ? [winner] : [];
      const found = await this.#best(candidates.slice(at, at + atOnce), wanted, held);
      if (winner && found !== winner) winner.trial.dispose();
      winner = found;
    }
    try {
      return await this.#outcome(winner, wasCut, candidates.length);
    } finally {
      winner?.trial.dispose();
    }
  }

  /** The fastest of some candidates and of those held, which beats the chosen schedule; all others are disposed of. */
  async #best(
    records: readonly ScheduleRecord[],
    wanted: readonly ArrayLike<number>[],
    held: readonly Running[],
  ): Promise<Running | undefined> {
    const opened: Running[] = [];
    for (const record of records) {
      if (!this.#bench.hasTime()) break;
      const running = await this.#open(record, wanted);
      if (running) opened.push(running);
    }
    const times = await this.#interleaved([this.#reference, ...held, ...opened], samples, hopeless);
    const own = times.get(this.#reference) ?? Infinity;
    const [fastest] = [...held, ...opened].sort(
      (a, b) => (times.get(a) ?? Infinity) - (times.get(b) ?? Infinity),
    );
    const wins = fastest !== undefined && (times.get(fastest) ?? Infinity) * margin <= own;
    for (const running of opened) if (!wins || running !== fastest) running.trial.dispose();
    return wins ? fastest : undefined;
  }

  async #open(
    record: ScheduleRecord,
    wanted: readonly ArrayLike<number>[],
  ): Promise<Running | undefined> {
    this.#tried += 1;
    const trial = await this.#bench.open(record);
    if (!trial) {
      this.#refused += 1;
      return undefined;
    }
    if (this.#bench.agrees(wanted, await trial.outputs())) return { record, trial };
    this.#rejected += 1;
    trial.dispose();
    return undefined;
  }

  async #outcome(winner: Running | undefined, wasCut: boolean, count: number): Promise<Outcome> {
    const counts = { tried: this.#tried, rejected: this.#rejected, refused: this.#refused };
    const all = winner ? [this.#reference, winner] : [this.#reference];
    const times = await this.#interleaved(all, confirmations, Infinity);
    const before = times.get(this.#reference) ?? NaN;
    const after = (winner && times.get(winner)) ?? Infinity;
    if (winner && after * margin <= before)
      return { best: winner.record, before, after, ...counts };
    const kept = wasCut
      ? "out of time"
      : count === 0
        ? "no other schedule"
        : "the chosen schedule is the fastest";
    return { best: this.#reference.record, before, after: before, ...counts, kept };
  }

  /** Medians of samples that are taken in turns; who falls behind the fastest by a factor is measured no more. */
  async #interleaved(
    all: readonly Running[],
    count: number,
    factor: number,
  ): Promise<ReadonlyMap<Running, number>> {
    const taken = new Map<Running, number[]>(all.map((running) => [running, []]));
    let racing = [...all];
    for (let round = 0; round < count; round++) {
      for (const running of racing) taken.get(running)?.push(await running.trial.time());
      const best = Math.min(...racing.map((r) => median(taken.get(r) ?? [])));
      racing = racing.filter(
        (r) => r === this.#reference || median(taken.get(r) ?? []) <= factor * best,
      );
    }
    return new Map(racing.map((running) => [running, median(taken.get(running) ?? [])]));
  }
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? Infinity;
}
