// Progress of tests: a bar on a terminal, nothing in a pipe, whose reader waits for the results.
import { SingleBar } from "cli-progress";
import type { Io } from "../io.js";

/** Shows which test runs. */
export interface TestDisplay {
  readonly test: (name: string, done: number, all: number) => void;
  /** Takes the bar away. */
  stop(): void;
}

/** Opens the display that fits the output. */
export function showTests(io: Io, isForPeople: boolean): TestDisplay {
  if (!io.isTerminal || !isForPeople) return { test: () => undefined, stop: () => undefined };
  const format = "{bar} {value}/{total} | {duration_formatted} | {name}";
  const bar = new SingleBar({
    format,
    stream: process.stderr,
    hideCursor: true,
    barsize: 24,
    clearOnComplete: true,
    fps: 5,
  });
  let isStarted = false;
  return {
    test(name, done, all) {
      if (!isStarted) bar.start(all, done, { name });
      isStarted = true;
      bar.setTotal(all);
      bar.update(done, { name: name.slice(0, 60) });
    },
    stop() {
      if (isStarted) bar.stop();
    },
  };
}
