// Times each dispatch with a query set: what only those who measure load. It imports types only, so that what every page loads stays in one
// piece.
import type { RuntimeFault } from "./errors.js";

/** What a device gives for measuring commands of type `C`. */
export interface Bench<C extends { readonly kind: string }> {
  readonly raw: GPUDevice;
  readonly adapter: string;
  /** The class of faults. */
  readonly Fault: typeof RuntimeFault;
  /** Makes a WebGPU call by name, so that its faults are those of the device. */
  readonly call: <T>(name: string, action: () => T) => T;
  readonly dispatch: (
    pass: GPUComputePassEncoder,
    command: C & { readonly kind: "dispatch" },
  ) => void;
  readonly transfer: (
    encoder: GPUCommandEncoder,
    command: Exclude<C, { kind: "dispatch" }>,
  ) => void;
  readonly submit: (encoder: GPUCommandEncoder) => void;
  /** A buffer for so many numbers of 8 bytes. */
  readonly createTicks: (count: number) => GPUBuffer;
  readonly read: (buffer: GPUBuffer, offset: number, size: number) => Promise<ArrayBuffer>;
  readonly destroy: (buffer: GPUBuffer) => void;
}

/** Dispatches that one query set times: WebGPU allows 4096 queries, two a dispatch. */
const mostTimed = 2048;

/** Runs commands with a pass for each dispatch; the nanoseconds of each, in order. Rejects where the adapter has no timestamps. */
export async function timesOf<C extends { readonly kind: string }>(
  commands: readonly C[],
  bench: Bench<C>,
): Promise<readonly number[]> {
  if (!bench.raw.features.has("timestamp-query")) {
    throw new bench.Fault(
      `the adapter \`${bench.adapter}\` does not tell when kernels begin and end`,
      {
        code: "no-timestamps",
        exit: 75,
        remedy:
          "`dl doctor` lists adapters and features; `--adapter` picks one with timestamp-query",
      },
    );
  }
  const times: number[] = [];
  for (let at = 0; at < commands.length; at += mostTimed)
    times.push(...(await timeChunk(commands.slice(at, at + mostTimed), bench)));
  return times;
}

async function timeChunk<C extends { readonly kind: string }>(
  commands: readonly C[],
  { raw, call, dispatch, transfer, submit, createTicks, read, destroy }: Bench<C>,
): Promise<readonly number[]> {
  const count = 2 * commands.filter(isDispatch).length;
  // A query set has at least one query.
  const room = Math.max(count, 1);
  const querySet = call("createQuerySet", () =>
    raw.createQuerySet({ type: "timestamp", count: room }),
  );
  const ticks = createTicks(room);
  try {
    const encoder = raw.createCommandEncoder();
    let written = 0;
    for (const command of commands) {
      if (isDispatch(command)) {
        const pass = encoder.beginComputePass({
          timestampWrites: {
            querySet,
            beginningOfPassWriteIndex: written,
            endOfPassWriteIndex: written + 1,
          },
        });
        dispatch(pass, command);
        pass.end();
        written += 2;
      } else transfer(encoder, command as Exclude<C, { kind: "dispatch" }>);
    }
    encoder.resolveQuerySet(querySet, 0, count, ticks, 0);
    submit(encoder);
    const times = new BigUint64Array(await read(ticks, 0, 8 * room));
    return Array.from({ length: count / 2 }, (_, i) =>
      Number((times[2 * i + 1] ?? 0n) - (times[2 * i] ?? 0n)),
    );
  } finally {
    querySet.destroy();
    destroy(ticks);
  }
}

const isDispatch = <C extends { readonly kind: string }>(
  command: C,
): command is C & { readonly kind: "dispatch" } => command.kind === "dispatch";
