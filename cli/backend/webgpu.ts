// The WebGPU backend: builds kernels for the adapter at hand and runs them through a session.
import { buildArtifact } from "../../compiler/artifact/index.js";
import type { Compiled } from "../../compiler/ir/program.js";
import type { Device } from "../../runtime/device.js";
import type { Artifact, EntryPlan } from "../../runtime/format.js";
import type { InputValue } from "../../runtime/inputs.js";
import { openNodeDevice } from "../../runtime/node.js";
import { load, type Session } from "../../runtime/session.js";
import type { HostTensor } from "../../runtime/weights.js";
import { readArtifact } from "../artifact.js";
import type { Backend, BackendChoice, CallScalars, StepReport, Tensors } from "../backend.js";
import { fitted } from "../fit.js";
import { tunedOn } from "../tune/apply.js";

/** Opens a device, builds the model for it and for the memory it may take, and loads it. */
export async function openWebgpuBackend(
  compiled: Compiled,
  choice: BackendChoice,
): Promise<Backend> {
  const device = await openNodeDevice({ adapter: choice.adapter });
  const { target } = device;
  const { tuned, note } = await tunedOn(device, choice.tuned);
  const artifact = buildArtifact(fitted(compiled, target, choice).compiled, { target, tuned });
  return loadOn(device, artifact, note);
}

/** Opens a device and loads what fits it of an artifact that was built before. */
export async function openArtifactBackend(
  path: string,
  adapter: string | undefined,
): Promise<Backend> {
  const device = await openNodeDevice({ adapter });
  return loadOn(device, (await readArtifact(path, device)).artifact);
}

async function loadOn(device: Device, artifact: Artifact, note?: string): Promise<Backend> {
  const close = (): void => {
    device.close();
  };
  return new WebgpuBackend(await load(artifact, { device }), close, note);
}

/** A device on which many models are run, one after the other. */
export interface SharedDevice {
  readonly description: string;
  /** Whether it computes on the CPU. */
  readonly isSoftware: boolean;
  /** Builds a model for the device; what is disposed of is the model, not the device. */
  open(compiled: Compiled): Promise<Backend>;
  close(): void;
}

/** Opens a device for many models; rejects where there is none. */
export async function openSharedDevice(adapter: string | undefined): Promise<SharedDevice> {
  const device = await openNodeDevice({ adapter });
  const { target } = device;
  return {
    description: device.adapter.description,
    isSoftware: device.adapter.isSoftware,
    async open(compiled) {
      const artifact = buildArtifact(fitted(compiled, target, {}).compiled, { target });
      return new WebgpuBackend(await load(artifact, { device }), () => undefined);
    },
    close() {
      device.close();
    },
  };
}

class WebgpuBackend implements Backend {
  readonly description: string;
  readonly #session: Session;
  readonly #close: () => void;

  constructor(session: Session, close: () => void, note?: string) {
    this.#session = session;
    this.#close = close;
    const { description } = session.device.adapter;
    this.description = note === undefined ? description : `${description}, ${note}`;
  }

  init(seed: number, given: Tensors = new Map()): Promise<void> {
    return this.#session.init(seed, dataOf(given));
  }

  async run(entry: string, inputs: Tensors, scalars: CallScalars): Promise<Tensors> {
    const plan = this.#session.artifact.entries.find(({ name }) => name === entry);
    return new Map(
      Object.entries(
        await this.#session.run(entry, {
          ...implicit(plan, scalars),
          ...Object.fromEntries(inputs),
        }),
      ),
    );
  }

  async trainStep(
    name: string,
    inputs: Tensors | readonly Tensors[],
    { seed, step }: CallScalars,
  ): Promise<StepReport> {
    const given = isList(inputs)
      ? inputs.map((part) => Object.fromEntries(part))
      : Object.fromEntries(inputs);
    const { loss, metrics } = await this.#session.trainStep(name, given, { seed, step });
    return { loss, metrics: new Map(Object.entries(metrics)) };
  }

  async readVariables(isComplete: boolean): Promise<Tensors> {
    const all = new Map(Object.entries(await this.#session.readVariables()));
    if (isComplete) return all;
    const paths = this.#session.artifact.variables.map(({ path }) => path);
    return new Map(
      paths.flatMap((path) => (all.has(path) ? [[path, all.get(path)] as const] : [])),
    ) as Tensors;
  }

  writeVariables(values: Tensors): Promise<void> {
    this.#session.writeVariables(dataOf(values));
    return Promise.resolve();
  }

  dispose(): void {
    this.#session.dispose();
    this.#close();
  }
}

const isList = (inputs: Tensors | readonly Tensors[]): inputs is readonly Tensors[] =>
  Array.isArray(inputs);

const dataOf = (values: Tensors): Readonly<Record<string, HostTensor["data"]>> =>
  Object.fromEntries([...values].map(([name, { data }]) => [name, data]));

/** Seed and step for an entry that asks for them. */
function implicit(
  plan: EntryPlan | undefined,
  { seed, step }: CallScalars,
): Readonly<Record<string, InputValue>> {
  const asked = new Set(plan?.inputs.map(({ name }) => name));
  return { ...(asked.has("seed") ? { seed } : {}), ...(asked.has("step") ? { step } : {}) };
}
