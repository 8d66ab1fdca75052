// Progress of a run: a bar on a terminal, a line now and then in a pipe.
import { SingleBar } from "cli-progress";
import type { Io } from "../io.js";

/** What is shown of a step. */
export interface Progress {
  readonly step: number;
  readonly loss: number;
  /** Tokens or samples per second. */
  readonly rate: number;
}

/** Shows the steps of a run as they are done. */
export interface ProgressDisplay {
  update(progress: Progress): void;
  /** Takes the bar away, so that what is printed next starts on a line of its own. */
  stop(): void;
}

/** Opens the display that fits the output. */
export function showProgress(io: Io, first: number, total: number, unit: string): ProgressDisplay {
  return io.isTerminal ? bar(first, total, unit) : lines(io, total, unit);
}

function bar(first: number, total: number, unit: string): ProgressDisplay {
  const format = `{bar} {percentage}% | step {value}/{total} | loss {loss} | {rate} ${unit}/s | {left} left`;
  const single = new SingleBar({
    format,
    stream: process.stderr,
    hideCursor: true,
    barsize: 24,
    fps: 5,
  });
  const clock = new Clock();
  single.start(total, first, { loss: "–", rate: "–", left: "–" });
  return {
    update({ step, loss, rate }) {
      single.update(step, {
        loss: loss.toFixed(4),
        rate: thousands(rate),
        left: clock.left(step, total) ?? "–",
      });
    },
    stop() {
      single.stop();
    },
  };
}

const secondsBetweenLines = 5;

function lines(io: Io, total: number, unit: string): ProgressDisplay {
  const clock = new Clock();
  let next = 0;
  return {
    update({ step, loss, rate }) {
      const now = performance.now();
      const left = clock.left(step, total);
      if (now < next && step < total) return;
      next = now + secondsBetweenLines * 1000;
      const ending = step < total && left !== undefined ? `, ${left} left` : "";
      io.err(
        `step ${String(step)}/${String(total)}: loss ${loss.toFixed(4)}, ${thousands(rate)} ${unit}/s${ending}\n`,
      );
    },
    stop() {
      // Lines need no end.
    },
  };
}

/** Time left, from the mean time of the steps after the first, which also compiles the kernels. */
class Clock {
  #warm: { readonly step: number; readonly at: number } | undefined;

  /** Undefined until a second step has been timed. */
  left(step: number, total: number): string | undefined {
    const now = performance.now();
    this.#warm ??= { step, at: now };
    const done = step - this.#warm.step;
    if (done === 0) return undefined;
    return duration(((total - step) * (now - this.#warm.at)) / done / 1000);
  }
}

/** `42 s`, `3 min 05 s`, `2 h 10 min`. */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${String(whole)} s`;
  const two = (n: number): string => String(n).padStart(2, "0");
  if (whole < 3600) return `${String(Math.floor(whole / 60))} min ${two(whole % 60)} s`;
  return `${String(Math.floor(whole / 3600))} h ${two(Math.floor(whole / 60) % 60)} min`;
}

/** `12,345`; small rates keep a decimal. */
export const thousands = (rate: number): string =>
  rate.toLocaleString("en-US", { maximumFractionDigits: rate < 10 ? 1 : 0 });
