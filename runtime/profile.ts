// What a profile says of each dispatch: how long it took, what it computes, and how much it moves. As `timing.ts`, it imports types only.
import type { Command } from "./device.js";
import type { evaluate } from "./formula.js";

/** One dispatch as measured. */
export interface DispatchTime {
  /** Label of its kernel. */
  readonly kernel: string;
  readonly workgroups: readonly number[];
  readonly nanoseconds: number;
  /** Bytes of all that is bound to it, each once. A kernel that reads only some of it moves less. */
  readonly bytes: number;
  /** Scalar operations; undefined where the artifact does not say. */
  readonly flops?: number;
  /** Lines of the source that it covers. */
  readonly lines: readonly string[];
  /** Where its first result comes from, the outermost call first. */
  readonly calls: readonly string[];
}

/** Puts the times of dispatches beside what is known of them; `nanoseconds` has one number for each dispatch, in order. `valueOf` evaluates formulas. */
export function timesOf(
  commands: readonly Command[],
  nanoseconds: readonly number[],
  valueOf: typeof evaluate,
): readonly DispatchTime[] {
  const dispatches = commands.flatMap((c) => (c.kind === "dispatch" ? [c] : []));
  return dispatches.map(({ pipeline, workgroups, launched }, i) => {
    const flops = launched?.dispatch.flops;
    return {
      kernel: pipeline.label,
      workgroups,
      nanoseconds: nanoseconds[i] ?? NaN,
      bytes: launched?.bytes ?? 0,
      ...(flops === undefined ? {} : { flops: valueOf(flops, launched?.symbols ?? []) }),
      lines: launched?.dispatch.lines ?? [],
      calls: launched?.dispatch.calls ?? [],
    };
  });
}
