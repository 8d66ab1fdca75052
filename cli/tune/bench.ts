// Runs one kernel of a model by itself on a device, under any schedule, on drawn numbers.
import { buildArtifact } from "../../compiler/artifact/index.js";
import { kernelEntry, type Site } from "../../compiler/artifact/sites.js";
import type { ScheduleRecord } from "../../compiler/codegen/record.js";
import type { Compiled } from "../../compiler/ir/program.js";
import type { DeviceTensor } from "../../runtime/device-tensor.js";
import type { Device } from "../../runtime/device.js";
import { RuntimeFault } from "../../runtime/errors.js";
import type { EntryPlan } from "../../runtime/format.js";
import type { InputValue } from "../../runtime/inputs.js";
import { randomUnit } from "../../runtime/random.js";
import { load, type Session } from "../../runtime/session.js";
import { inputsFor, type MadeUp } from "../profile/inputs.js";
import type { Sizes } from "../sizes.js";
import { agree, toleranceOf } from "./agree.js";
import type { Bench, Trial } from "./search.js";

/** Nanoseconds of one sample at least, where that does not take too many runs. */
const sampleNanoseconds = 20e6;
const mostRuns = 64;

/** Inputs as they are drawn, the same for every schedule. */
type Host = Readonly<Record<string, MadeUp>>;

/** What a bench is made for. */
export interface BenchOptions {
  readonly device: Device;
  readonly sizes: Sizes;
  readonly hasTime: () => boolean;
}

/** Why a kernel cannot be measured by itself; undefined where it can. */
export function obstacle({ alone }: Site): string | undefined {
  if (!alone) return "by itself it is scheduled in another way";
  const inputs = alone.entries[0]?.signature.inputs ?? [];
  return inputs.some(({ dtype }) => dtype === "u32")
    ? "it reads words that are no numbers"
    : undefined;
}

/** A bench for a site that has no obstacle. */
export function benchOf(alone: Compiled, terms: number, options: BenchOptions): Bench {
  const { device, sizes, hasTime } = options;
  const dtypes = (alone.entries[0]?.program.outputs ?? []).map((o) => o.value.type.dtype);
  let host: Host | undefined;
  const hostFor = (plan: EntryPlan): Host => (host ??= inputsFor(plan, sizes, between));
  const tolerances = dtypes.map((dtype) => toleranceOf(dtype, terms));
  return {
    hasTime,
    agrees: (wanted, found) =>
      wanted.every((one, i) => agree(one, found[i] ?? [], tolerances[i] ?? 0)),
    async open(record) {
      try {
        return await openTrial(alone, record, device, hostFor);
      } catch (thrown) {
        // A shader that the driver refuses is no schedule of this device.
        if (thrown instanceof RuntimeFault) return undefined;
        throw thrown;
      }
    },
  };
}

async function openTrial(
  alone: Compiled,
  record: ScheduleRecord,
  device: Device,
  hostFor: (plan: EntryPlan) => Host,
): Promise<Trial> {
  const artifact = buildArtifact(alone, { target: device.target, tuned: () => record });
  const session = await load(artifact, { device });
  const held: DeviceTensor[] = [];
  const dispose = (): void => {
    for (const tensor of held) tensor.dispose();
    session.dispose();
  };
  try {
    await session.warmUp([kernelEntry]);
    const [plan] = artifact.entries;
    const inputs = plan ? put(hostFor(plan), session, held) : {};
    return trialOf(session, inputs, dispose);
  } catch (thrown) {
    dispose();
    throw thrown;
  }
}

type Given = Readonly<Record<string, InputValue | DeviceTensor>>;

function trialOf(session: Session, inputs: Given, dispose: () => void): Trial {
  let runs = 1;
  return {
    async outputs() {
      const results = await session.run(kernelEntry, inputs);
      return Object.values(results).map(({ data }) => data);
    },
    async time() {
      const measure = session.device.features.has("timestamp-query") ? byTimestamps : byClock;
      const taken = await measure(session, inputs, runs);
      runs = Math.min(mostRuns, Math.max(1, Math.ceil(sampleNanoseconds / Math.max(1, taken))));
      return taken;
    },
    dispose,
  };
}

/** Nanoseconds of one run, by the device's own clock. */
async function byTimestamps(session: Session, inputs: Given, runs: number): Promise<number> {
  let total = 0;
  for (let run = 0; run < runs; run++)
    for (const { nanoseconds } of await session.profile(kernelEntry, inputs)) total += nanoseconds;
  return total / runs;
}

/** Nanoseconds of one run, by the clock of the host around many. */
async function byClock(session: Session, inputs: Given, runs: number): Promise<number> {
  await session.device.idle();
  const start = performance.now();
  for (let run = 0; run < runs; run++) {
    const results = await session.evaluate(kernelEntry, inputs);
    for (const tensor of Object.values(results)) tensor.dispose();
  }
  await session.device.idle();
  return ((performance.now() - start) * 1e6) / runs;
}

/** Inputs of a kernel on the device: floats between -1 and 1, integers that are legal indices. */
function put(host: Host, session: Session, held: DeviceTensor[]): Given {
  const dtypes = new Map(session.artifact.entries[0]?.inputs.map((i) => [i.name, i.dtype]));
  return Object.fromEntries(
    Object.entries(host).map(([name, value]): [string, InputValue | DeviceTensor] => {
      const dtype = dtypes.get(name);
      if (typeof value === "number" || (dtype !== "f32" && dtype !== "i32")) return [name, value];
      const tensor = session.put({ dtype, ...value });
      held.push(tensor);
      return [name, tensor];
    }),
  );
}

const between = (input: number, place: number): number => 2 * randomUnit(0, input, place) - 1;
