// How close the kernels that matter come to what a device can do: the rows that have a floor, a goal and a stretch, in one command.
import { measureCeilings } from "../cli/profile/ceilings.js";
import type { Device } from "../runtime/device.js";
import type { Session } from "../runtime/index.js";
import { uniform } from "../tests/harness/peers.js";
import { benchmark as dispatches } from "./dispatch.bench.js";
import type { Benchmark, Measured } from "./question.js";
import { medianOf } from "./timing.js";
import { sessionOf } from "./work.js";

/** Sizes of the matrices, heads and positions of attention, and rows and columns of what goes through memory. */
interface Sizes {
  readonly N: number;
  readonly H: number;
  readonly T: number;
  readonly R: number;
  readonly Rows: number;
}

/** Large enough to fill a GPU and leave its caches; a software driver gets what it does in seconds. */
const sizes: Readonly<Record<"gpu" | "software", Sizes>> = {
  gpu: { N: 4096, H: 16, T: 2048, R: 16384, Rows: 1024 },
  software: { N: 512, H: 2, T: 256, R: 1024, Rows: 512 },
};

/** Entries of the program, with the shapes of their inputs, and the work of one call where the plan does not know it. */
interface Row {
  readonly what: string;
  readonly entry: string;
  readonly inputs: Readonly<Record<string, readonly number[]>>;
  readonly unit: "TFLOP/s" | "GB/s";
  /** Scalar operations or bytes of a call. */
  readonly work: number;
  /** What a discrete GPU of the class of an H100 should reach, in the unit. */
  readonly targets?: readonly [floor: number, goal: number, stretch: number];
  /** The part of the dispatches that counts: those from the last so many on. */
  readonly last?: number;
}

const rowsFor = ({ N, H, T, R, Rows }: Sizes): readonly Row[] => {
  const heads = [H, T, 64];
  const attention = { q: heads, k: heads, v: heads };
  const forward = (4 * H * T * T * 64) / 2;
  const large = { x: [R, Rows] };
  const tensor = 4 * R * Rows;
  return [
    {
      what: `product of ${String(N)} x ${String(N)}, f32`,
      entry: "product",
      inputs: { a: [N, N], b: [N, N] },
      unit: "TFLOP/s",
      work: 2 * N ** 3,
      targets: [13, 25, 33],
    },
    {
      what: `causal attention, ${String(T)} positions, f32`,
      entry: "attend",
      inputs: attention,
      unit: "TFLOP/s",
      work: forward,
      targets: [6, 12, 18],
    },
    {
      what: "the same with its gradients",
      entry: "attend.grad",
      inputs: { ...attention, "cotangents.out": heads },
      unit: "TFLOP/s",
      work: 3.5 * forward,
    },
    { what: "map", entry: "map", inputs: large, unit: "GB/s", work: 2 * tensor },
    { what: "layer norm", entry: "norm", inputs: large, unit: "GB/s", work: 2 * tensor },
    {
      what: "AdamW",
      entry: "Update",
      inputs: { factor: [] },
      unit: "GB/s",
      // It reads weights, gradients and two moments, and writes all but the gradients.
      work: 7 * tensor,
      last: 1,
    },
    {
      what: `row times matrix of ${String(N)} x ${String(N)}, f32`,
      entry: "decode",
      inputs: { x: [1, N], b: [N, N] },
      unit: "GB/s",
      work: 4 * N * N,
    },
  ];
};

const rounds = 9;

export const benchmark: Benchmark = {
  question: "How close do the kernels come to what the device can do?",
  async measure(open: () => Promise<Device>): Promise<readonly Measured[]> {
    const device = await open();
    const chosen = sizes[device.adapter.isSoftware ? "software" : "gpu"];
    const sets = Object.fromEntries(Object.entries(chosen).map(([k, v]) => [k, String(v)]));
    const options = { model: "Kernels", runs: ["Update"], sets, withGradients: true };
    const session = await sessionOf(device, "bench/gpu.dl", options);
    const ceilings = await measureCeilings(device);
    const figures: Measured[] = [
      { what: "ceiling: registers", value: ceilings.flops / 1e12, unit: "TFLOP/s" },
      { what: "ceiling: memory", value: ceilings.bytes / 1e9, unit: "GB/s" },
    ];
    for (const row of rowsFor(chosen)) {
      const seconds = await secondsOf(session, row);
      const value = row.work / seconds / (row.unit === "GB/s" ? 1e9 : 1e12);
      const ceiling = row.unit === "GB/s" ? ceilings.bytes / 1e9 : ceilings.flops / 1e12;
      figures.push({ what: row.what, value, unit: `${row.unit}${beside(row, value / ceiling)}` });
    }
    session.dispose();
    return [...figures, ...(await dispatches.measure(open))];
  },
};

const beside = ({ targets }: Row, share: number): string => {
  const known = targets ? `; floor, goal, stretch of an H100: ${targets.join(", ")}` : "";
  return `, ${(100 * share).toFixed(0)} % of the ceiling${known}`;
};

/** Seconds of the dispatches of a call that count, by timestamps: the median over some rounds. */
async function secondsOf(
  session: Session,
  { entry, inputs, last = Infinity }: Row,
): Promise<number> {
  const given = Object.fromEntries(
    Object.entries(inputs).map(([name, shape], i) => {
      const data = uniform(
        shape.reduce((a, b) => a * b, 1),
        i + 1,
        1,
      );
      return [name, { data, shape }];
    }),
  );
  const times: number[] = [];
  for (let round = 0; round <= rounds; round++) {
    const done = await session.profile(entry, given, { seed: 0, step: 1 });
    const counted = done.slice(-last);
    // The first round compiles.
    if (round > 0) times.push(counted.reduce((sum, d) => sum + d.nanoseconds, 0) / 1e9);
  }
  return medianOf(times);
}
