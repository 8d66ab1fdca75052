// A profile as data: medians for each dispatch over several rounds, with rates and their shares of what the adapter can do.
import type { DispatchTime } from "../../runtime/profile.js";
import type { Ceilings } from "./ceilings.js";

/** One dispatch of a call. */
export interface ProfiledDispatch extends Omit<DispatchTime, "nanoseconds"> {
  /** Median over the rounds. */
  readonly microseconds: number;
  /** Part of the whole call, from 0 to 1. */
  readonly share: number;
  /** Part of the ceiling that limits it, from 0 to 1: of operations or of bytes, whichever it is closer to. */
  readonly ofCeiling?: number;
  readonly limit?: "operations" | "memory";
}

/** A profiled call. */
export interface Profile {
  readonly entry: string;
  readonly adapter: string;
  readonly rounds: number;
  readonly ceilings: Ceilings;
  readonly microseconds: number;
  readonly dispatches: readonly ProfiledDispatch[];
}

/** Puts rounds of the same call together. */
export function profileOf(
  about: { readonly entry: string; readonly adapter: string; readonly ceilings: Ceilings },
  rounds: readonly (readonly DispatchTime[])[],
): Profile {
  const [first = []] = rounds;
  const times = first.map((_, i) => median(rounds.map((r) => r[i]?.nanoseconds ?? NaN)) / 1000);
  const total = times.reduce((a, b) => a + b, 0);
  const dispatches = first.map(({ nanoseconds: _, ...rest }, i): ProfiledDispatch => {
    const microseconds = times[i] ?? NaN;
    const share = total > 0 ? microseconds / total : 0;
    return { ...rest, microseconds, share, ...limitOf(rest, microseconds / 1e6, about.ceilings) };
  });
  return { ...about, rounds: rounds.length, microseconds: total, dispatches };
}

function limitOf(
  { flops = 0, bytes }: Pick<DispatchTime, "flops" | "bytes">,
  seconds: number,
  ceilings: Ceilings,
): Pick<ProfiledDispatch, "ofCeiling" | "limit"> {
  if (!(seconds > 0)) return {};
  const [compute, memory] = [flops / seconds / ceilings.flops, bytes / seconds / ceilings.bytes];
  return compute > memory
    ? { ofCeiling: compute, limit: "operations" }
    : { ofCeiling: memory, limit: "memory" };
}

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;

/** The profile in the trace format of Chrome and Perfetto: dispatches one after the other, as if nothing lay between them. */
export function chromeTrace({ entry, adapter, dispatches }: Profile): object {
  let at = 0;
  const events = dispatches.map((d) => {
    const event = {
      name: d.kernel,
      cat: d.lines.join(" "),
      ph: "X",
      ts: at,
      dur: d.microseconds,
      pid: 1,
      tid: 1,
      args: { lines: d.lines, calls: d.calls, flops: d.flops, bytes: d.bytes, of: d.ofCeiling },
    };
    at += d.microseconds;
    return event;
  });
  const process = {
    name: "process_name",
    ph: "M",
    pid: 1,
    args: { name: `${entry} on ${adapter}` },
  };
  return { displayTimeUnit: "ms", traceEvents: [process, ...events] };
}
