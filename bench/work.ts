// The rows of work that rivals are measured on: programs of examples/peers, the same data, the same first weights.
import { openPackage, readSource } from "../cli/host.js";
import { buildArtifact } from "../compiler/artifact/index.js";
import { compile, type CompileOptions } from "../compiler/index.js";
import type { Device } from "../runtime/device.js";
import { load, type DeviceTensor, type Session } from "../runtime/index.js";
import { blockParameters, gpt, mlp, uniform, type StartTensor } from "../tests/harness/peers.js";

/** A row ready to run. */
export interface Running {
  /** Does so many iterations, each fed with the result of the one before, and reads one element of the last. */
  readonly step: (iterations: number) => Promise<unknown>;
  /** What was computed, to be compared with others: losses, single elements, errors. */
  readonly facts: Readonly<Record<string, unknown>>;
}

/** What a row counts besides milliseconds. */
export interface Rate {
  readonly unit: "GFLOP/s" | "GB/s" | "tokens/s" | "ms";
  /** Units times seconds that one iteration is worth; undefined where milliseconds are the measure. */
  readonly amount?: number;
}

/** One row of the table. */
export interface Row extends Rate {
  readonly name: string;
  readonly what: string;
  readonly start: (device: Device) => Promise<Running>;
}

/** Bound of a uniform distribution with a standard deviation. */
const boundOf = (deviation: number): number => deviation * Math.sqrt(3);

/** A session of one program, built for the device. */
export async function sessionOf(
  device: Device,
  path: string,
  options: CompileOptions,
): Promise<Session> {
  const compiled = compile(readSource(path), openPackage(path).host, options);
  if (!compiled.ok) throw new Error(compiled.diagnostics.map(({ title }) => title).join("\n"));
  const artifact = buildArtifact(compiled.value, { target: device.target });
  const session = await load(artifact, { device });
  await session.init(0);
  return session;
}

const floats = (session: Session, data: Float32Array, shape: readonly number[]): DeviceTensor =>
  session.put({ dtype: "f32", shape, data });

/** Feeds an entry with its own result again and again. */
function chain(
  session: Session,
  entry: string,
  start: DeviceTensor,
  others: Readonly<Record<string, DeviceTensor>>,
): (iterations: number) => Promise<unknown> {
  let x = start;
  return async (iterations) => {
    for (let i = 0; i < iterations; i++) {
      const { out } = await session.evaluate(entry, { ...others, x });
      if (!out) throw new Error(`\`${entry}\` has no result`);
      x.dispose();
      x = out;
    }
    return x.read(1);
  };
}

function product(n: number): Row {
  return {
    name: `a${String(n)}`,
    what: `matrix product ${String(n)}`,
    unit: "GFLOP/s",
    amount: (2 * n ** 3) / 1e9,
    async start(device) {
      const session = await sessionOf(device, "examples/peers/matmul.dl", {
        model: "Product",
        sets: { N: String(n) },
      });
      const [a, b] = [uniform(n * n, 11, boundOf(1)), uniform(n * n, 12, boundOf(n ** -0.5))];
      const [x, w] = [floats(session, a, [n, n]), floats(session, b, [n, n])];
      const { out } = await session.evaluate("forward", { x, w });
      const [first = NaN] = (await out?.read(1))?.data ?? [];
      out?.dispose();
      let wanted = 0;
      for (let k = 0; k < n; k++) wanted += (a[k] ?? NaN) * (b[k * n] ?? NaN);
      return {
        step: chain(session, "forward", x, { w }),
        facts: { err: Math.abs(first - wanted) },
      };
    },
  };
}

function training(
  name: string,
  what: string,
  rate: Rate,
  work: {
    readonly file: string;
    readonly start: readonly StartTensor[];
    readonly inputs: Parameters<Session["trainStep"]>[1];
    readonly steps: number;
  },
): Row {
  return {
    name,
    what,
    ...rate,
    async start(device) {
      const session = await sessionOf(device, work.file, { runs: ["Train"] });
      session.writeVariables(Object.fromEntries(work.start.map((t) => [t.name, t.data])));
      let step = 0;
      const one = async (): Promise<number> =>
        (await session.trainStep("Train", work.inputs, { seed: 0, step: ++step })).loss;
      const losses: number[] = [];
      const begin = performance.now();
      let first = NaN;
      for (let i = 0; i < work.steps; i++) {
        losses.push(Number((await one()).toFixed(5)));
        if (i === 0) first = performance.now() - begin;
      }
      return {
        step: async (iterations) => {
          for (let i = 0; i < iterations; i++) await one();
        },
        facts: { losses, first_ms: first },
      };
    },
  };
}

const block: Row = {
  name: "c",
  what: "transformer block forward",
  unit: "ms",
  async start(device) {
    const session = await sessionOf(device, "examples/peers/block.dl", { model: "One" });
    const weights = blockParameters("block.", 400, 384);
    session.writeVariables(Object.fromEntries(weights.map((t) => [t.name, t.data])));
    const x = floats(session, uniform(128 * 384, 31, boundOf(1)), [1, 128, 384]);
    const { out } = await session.evaluate("forward", { x });
    const all = (await out?.read())?.data ?? new Float32Array(0);
    out?.dispose();
    const facts = { y0: all[0], ysum: Array.from(all).reduce((a, b) => a + b, 0) };
    return { step: chain(session, "forward", x, {}), facts };
  },
};

function rowwise(name: string, entry: string, isAffine: boolean): Row {
  const [rows, columns] = [4096, 1024];
  return {
    name: `e-${name}`,
    what: `${name} 4096 x 1024`,
    unit: "GB/s",
    // Counted as one read and one write of the array.
    amount: (2 * rows * columns * 4) / 1e9,
    async start(device) {
      const session = await sessionOf(device, "examples/peers/rows.dl", { model: "Rows" });
      const x = floats(session, uniform(rows * columns, 51, boundOf(1)), [rows, columns]);
      const filled = (value: number): DeviceTensor =>
        floats(session, new Float32Array(columns).fill(value), [columns]);
      const affine = isAffine ? { scale: filled(1), shift: filled(0) } : {};
      const { out } = await session.evaluate(entry, { x, ...affine });
      const row = (await out?.read(columns))?.data ?? new Float32Array(0);
      out?.dispose();
      const facts = { row_sum: Array.from(row).reduce((a, b) => a + b, 0) };
      return { step: chain(session, entry, x, affine), facts };
    },
  };
}

/** The rows in the order of the table. */
export const rows: readonly Row[] = [
  product(512),
  product(1024),
  training(
    "b",
    "MLP train step",
    { unit: "ms" },
    {
      file: "examples/peers/mlp.dl",
      start: mlp.parameters(),
      inputs: {
        x: { data: mlp.x(), shape: [mlp.batch, 784] },
        y: { data: mlp.y(), shape: [mlp.batch] },
      },
      steps: mlp.losses.length,
    },
  ),
  block,
  training(
    "d",
    "GPT train step",
    { unit: "tokens/s", amount: gpt.batch * gpt.length },
    {
      file: "examples/peers/gpt.dl",
      start: gpt.parameters(),
      inputs: {
        ids: { data: gpt.ids(), shape: [gpt.batch, gpt.length] },
        targets: { data: gpt.targets(), shape: [gpt.batch, gpt.length] },
      },
      steps: gpt.losses.length,
    },
  ),
  rowwise("softmax", "by_softmax", false),
  rowwise("layernorm", "by_layer_norm", true),
];
