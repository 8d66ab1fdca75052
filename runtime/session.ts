// A loaded model: runs entries and training steps of an artifact on a device.
import type { Device } from "./device.js";
import {
  type DeviceTensor,
  Holders,
  type Placement,
  placeTensors,
  putTensor,
} from "./device-tensor.js";
import { unknownEntry } from "./errors.js";
import {
  isReadable,
  gradientSums,
  type Artifact,
  type EntryPlan,
  type ProgramPlan,
  type StepPlan,
} from "./format.js";
import { evaluate } from "./formula.js";
import { requireDevice } from "./lacking.js";
import { otherFormat } from "./manifest.js";
import { Model, type Inputs, type StepResult } from "./model.js";
import { bindInputs, type BoundInputs, type TensorData, type TensorValue } from "./inputs.js";
import { aligned } from "./layout.js";
import { needsOf, programsAfter, totalBytes } from "./needs.js";
import type { Pipeline } from "./pipeline.js";
import type { DispatchTime } from "./profile.js";
import { Pool } from "./pool.js";
import { isHandedBack, lastRowOf, readBack } from "./results.js";
import { checkRoom } from "./room.js";
import { fillWords, prepare, type Prepared } from "./program.js";
import {
  checkScale,
  meanOf,
  microBatches,
  prepareUpdates,
  scalarsOf,
  type StepCall,
  type StepScalars,
} from "./train.js";
import { Turns } from "./turns.js";
import {
  encoderOf,
  isNamedIn,
  readArenas,
  startNumbers,
  writeArenas,
  type Encode,
  type Variables,
} from "./variables.js";

/** What `load` needs besides the artifact. */
export interface LoadOptions {
  readonly device: Device;
  /** Whether the device is closed when the session is disposed of; not where left out. */
  readonly ownsDevice?: boolean;
  /** Parameters and states by path; all others start at zero until `init`. */
  readonly weights?: Readonly<Record<string, TensorData>>;
}

/** Programs prepared for different sizes and buffers that a session keeps. */
const mostPrepared = 64;

/** Makes a session of an artifact in memory; shaders are compiled when what needs them first runs. */
export async function load(
  artifact: Artifact,
  { device, ownsDevice, weights }: LoadOptions,
): Promise<Session> {
  if (!isReadable(artifact.format)) throw otherFormat(artifact.format, artifact.name);
  requireDevice(artifact, device, device.adapter.description);
  const session = await openSession(artifact, device, ownsDevice);
  if (weights) session.writeVariables(weights);
  return session;
}

/** A session with nothing written into it yet. One that owns its device closes it when it is disposed of. */
export const openSession = async (
  artifact: Artifact,
  device: Device,
  ownsDevice = false,
): Promise<Session> => new Session(artifact, device, ownsDevice, await encoderOf(artifact));

/**
 * A model on a device. Calls run one after another; their order is the order in which they are made, whether or not the one before was
 * awaited.
 */
export class Session extends Model {
  readonly artifact: Artifact;
  readonly device: Device;
  readonly #pool: Pool;
  readonly #holders: Holders;
  readonly #pipelines: (Pipeline | undefined)[];
  readonly #prepared = new Map<string, Prepared>();
  readonly #steps = new Map<string, StepCall>();
  readonly #turns = new Turns();
  readonly #admitted = new Set<string>();
  readonly #ownsDevice: boolean;
  readonly #encode: Encode | undefined;

  /** Made by `openSession`. */
  constructor(artifact: Artifact, device: Device, ownsDevice: boolean, encode: Encode | undefined) {
    super();
    this.#encode = encode;
    this.#ownsDevice = ownsDevice;
    this.artifact = artifact;
    this.device = device;
    this.#pool = new Pool(device);
    this.#holders = new Holders(device);
    this.#pipelines = Array<Pipeline | undefined>(artifact.kernels.length).fill(undefined);
    const { parameters, states } = artifact.arenas;
    if (parameters > 0) this.#pool.take("parameters", parameters);
    if (states > 0) this.#pool.take("states", states);
  }

  /** Compiles the shaders of some entries and steps now rather than at their first call. */
  warmUp(names: readonly string[]): Promise<void> {
    const { entries, steps } = this.artifact;
    const wanted = [...entries, ...steps]
      .filter((e) => names.includes(e.name))
      .map((e) => e.program);
    const after = steps.filter((s) => names.includes(s.name)).flatMap(programsAfter);
    return this.#turns.take(() => this.#compile([...wanted, ...after]));
  }

  run(name: string, inputs: Inputs): Promise<Record<string, TensorValue>> {
    return this.#turns.take(async () => {
      const { prepared } = await this.#ready(this.#entry(name), inputs);
      return readBack(this.device, prepared.commands, prepared.results.filter(isHandedBack));
    });
  }

  lastRow(name: string, inputs: Inputs): Promise<ArrayLike<number>> {
    return this.#turns.take(async () => {
      const { prepared } = await this.#ready(this.#entry(name), inputs);
      const [first] = prepared.results.filter(isHandedBack);
      if (!first) throw unknownEntry(this.artifact.name, name, this.artifact.entries);
      const row = await readBack(this.device, prepared.commands, [lastRowOf(first)]);
      return row[first.plan.name]?.data.slice(-(first.shape.at(-1) ?? 1)) ?? [];
    });
  }

  /** Writes a tensor to the device, to be an input of any number of calls; it is the caller's to dispose of. */
  put({ dtype, shape, data }: TensorValue): DeviceTensor {
    return putTensor(this.#holders, { dtype, shape, data });
  }

  /**
   * Evaluates an entry and leaves its results on the device, where they can be inputs of later calls. Inputs are checked
   * first; results are the caller's to dispose of. States change as the entry says.
   */
  evaluate(name: string, inputs: Inputs): Promise<Record<string, DeviceTensor>> {
    return this.#turns.take(async () => {
      const { prepared, placement } = await this.#ready(this.#entry(name), inputs, this.#holders);
      this.device.submit(prepared.commands);
      return Object.fromEntries(placement.results);
    });
  }

  trainStep(
    name: string,
    inputs: Inputs | readonly Inputs[],
    scalars: Readonly<Record<string, number>> = {},
  ): Promise<StepResult> {
    return this.#turns.take(async () => {
      const step = this.artifact.steps.find((s) => s.name === name);
      if (!step) throw unknownEntry(this.artifact.name, name, this.artifact.steps);
      const parts = microBatches(name, step.accumulation?.count ?? 1, inputs);
      const reports: Record<string, TensorValue>[] = [];
      for (const [i, part] of parts.entries()) {
        const call = await this.#readyStep(step, part, scalarsOf(step, scalars, i));
        const commands = i + 1 < parts.length ? call.gradients : call.commands;
        reports.push(await readBack(this.device, commands, call.results));
      }
      const { loss, ...metrics } = meanOf(reports);
      checkScale(name, metrics["loss_scale"]);
      return { loss: loss ?? NaN, metrics };
    });
  }

  /**
   * Runs an entry or a training step once, each dispatch in a pass of its own, and says how long each took. Parameters, states and
   * moments change as in any call. Rejects with a `RuntimeFault` (exit 75) where the adapter has no timestamps.
   */
  profile(
    name: string,
    inputs: Inputs,
    scalars: Readonly<Record<string, number>> = {},
  ): Promise<readonly DispatchTime[]> {
    return this.#turns.take(async () => {
      const step = this.artifact.steps.find((s) => s.name === name);
      const { commands } = step
        ? await this.#readyStep(step, inputs, scalarsOf(step, scalars, 0))
        : (await this.#ready(this.#entry(name), inputs)).prepared;
      const { timesOf } = await import("./profile.js");
      return timesOf(commands, await this.device.time(commands), evaluate);
    });
  }

  init(seed: number, given: Readonly<Record<string, TensorData>> = {}): Promise<void> {
    return this.#turns.take(() => this.#init(seed, given));
  }

  readVariables(): Promise<Record<string, TensorValue>> {
    return this.#turns.take(() => readArenas(this.#variables()));
  }

  /** Replaces variables by path, at once: before calls that still wait. Paths not mentioned stay. Throws a `RuntimeFault` for unknown paths and wrong sizes. */
  writeVariables(values: Readonly<Record<string, TensorData>>): void {
    const names = Object.keys(values);
    for (const step of this.artifact.steps) if (isNamedIn(step, names)) this.#takeTrained(step);
    writeArenas(this.#variables(), values);
  }

  /**
   * Bytes of all buffers that a call with these sizes needs, known before it is made. Staging buffers for reading results
   * come on top.
   */
  peakBytes(name: string, symbols: readonly number[]): number {
    return totalBytes(needsOf(this.artifact, this.#entry(name).name, symbols));
  }

  dispose(): void {
    this.#turns.end();
    this.#prepared.clear();
    this.#steps.clear();
    this.#pool.dispose();
    this.#holders.dispose();
    if (this.#ownsDevice) this.device.close();
  }

  async #init(seed: number, given: Readonly<Record<string, TensorData>>): Promise<void> {
    const { init, variables } = this.artifact;
    const isGiven = ({ name }: { readonly name: string }): boolean => Object.hasOwn(given, name);
    // Nothing is drawn to be overwritten.
    const phases = [...init.entries()].filter(([, { results }]) => !results.every(isGiven));
    const coded = new Set(variables.flatMap(({ path, storage }) => (storage ? [path] : [])));
    await this.#compile(phases.map(([, phase]) => phase));
    this.writeVariables(given);
    for (const [i, phase] of phases) {
      const prepared = this.#prepare(`init ${String(i)}`, phase, []);
      const words = fillWords(phase, [], new Map([["seed", Uint32Array.of(seed)]]));
      this.device.write(this.#pool.take("words", 0), words);
      const drawn = await readBack(
        this.device,
        prepared.commands,
        prepared.results.filter(({ plan }) => coded.has(plan.name)),
      );
      const kept = phase.results.flatMap(({ name }) => {
        const data = given[name] ?? drawn[name]?.data;
        return data ? [[name, data] as const] : [];
      });
      this.writeVariables(Object.fromEntries(kept));
    }
    await this.device.idle();
  }

  #entry(name: string): EntryPlan {
    const entry = [...this.artifact.entries, ...this.artifact.steps].find((e) => e.name === name);
    if (!entry) throw unknownEntry(this.artifact.name, name, this.artifact.entries);
    return entry;
  }

  #site() {
    const { artifact, device } = this;
    return { artifact, device, pool: this.#pool, pipelines: this.#pipelines, wordsAt: 0 };
  }

  #variables(): Variables {
    const { artifact, device } = this;
    return { artifact, device, pool: this.#pool, encode: this.#encode };
  }

  /** Refuses sizes that the device cannot hold; once for each. */
  #admit(entry: EntryPlan, symbols: readonly number[]): void {
    const key = `${entry.name} ${symbols.join(",")}`;
    if (this.#admitted.has(key)) return;
    checkRoom(this.artifact, entry.name, symbols, this.device.limits);
    this.#admitted.add(key);
  }

  /** Checks the inputs of a call, compiles and prepares it, and writes what it reads: all but the submit. */
  async #ready(
    entry: EntryPlan,
    inputs: Inputs,
    holders?: Holders,
  ): Promise<{ readonly prepared: Prepared; readonly placement: Placement }> {
    const { program } = entry;
    const bound = bindInputs(entry, inputs);
    this.#admit(entry, bound.symbols);
    await this.#compile([program]);
    const placement = placeTensors(program, bound.symbols, inputs, holders);
    const prepared = this.#prepare(entry.name, program, bound.symbols, placement);
    this.#writeInputs(prepared, bound);
    this.device.write(this.#pool.take("words", 0), fillWords(program, bound.symbols, bound.words));
    return { prepared, placement };
  }

  /** As `#ready`, for a step. */
  async #readyStep(step: StepPlan, inputs: Inputs, scalars: StepScalars): Promise<StepCall> {
    const own = Object.fromEntries(
      Object.entries(scalars.own).filter(([key]) => step.inputs.some((i) => i.name === key)),
    );
    const bound = bindInputs(step, { ...inputs, ...own });
    this.#admit(step, bound.symbols);
    await this.#compile([step.program, ...programsAfter(step)]);
    this.#takeTrained(step);
    const placement = placeTensors(step.program, bound.symbols, inputs);
    const key = `${step.name} ${bound.symbols.join(",")} ${placement.key}`;
    let call = this.#steps.get(key);
    if (call?.version !== this.#pool.version) {
      const again = (): StepCall => {
        const prepared = this.#prepare(step.name, step.program, bound.symbols, placement);
        return prepareUpdates(step, this.#site(), prepared);
      };
      const { version } = this.#pool;
      call = again();
      // A buffer that grew meanwhile outdates what was bound before.
      if (this.#pool.version !== version) call = again();
      if (this.#steps.size >= mostPrepared) this.#steps.clear();
      this.#steps.set(key, call);
    }
    this.#writeInputs(call.step, bound);
    this.device.write(this.#pool.take("words", 0), call.words(bound, scalars));
    return call;
  }

  #prepare(
    key: string,
    plan: ProgramPlan,
    symbols: readonly number[],
    placement?: Placement,
  ): Prepared {
    const full = `${key} ${symbols.join(",")} ${placement?.key ?? ""}`;
    const known = this.#prepared.get(full);
    if (known?.version === this.#pool.version) return known;
    if (this.#prepared.size >= mostPrepared) this.#prepared.clear();
    const site = { ...this.#site(), ...(placement ? { placement } : {}) };
    const { version } = this.#pool;
    const first = prepare(plan, symbols, site);
    // A buffer that grew meanwhile outdates what was bound before.
    const prepared = this.#pool.version === version ? first : prepare(plan, symbols, site);
    this.#prepared.set(full, prepared);
    return prepared;
  }

  /** Buffers of gradients and moments; moments start as the optimizer says. */
  #takeTrained(step: StepPlan): void {
    const { trained } = this.artifact.arenas;
    this.#pool.take("gradients", trained);
    if (step.accumulation) this.#pool.take(`moment ${gradientSums}`, trained);
    for (const { name, start } of step.moments) {
      if (this.#pool.find(`moment ${name}`)) continue;
      const buffer = this.#pool.take(`moment ${name}`, trained);
      if (start !== 0) this.device.write(buffer, new Float32Array(trained / 4).fill(start));
    }
    startNumbers(step, this.#variables());
  }

  #writeInputs(prepared: Prepared, bound: BoundInputs): void {
    const inputs = [...prepared.inputs].flatMap(([name, offset]) => {
      const words = bound.words.get(name);
      return words ? [{ offset, words }] : [];
    });
    const end = Math.max(0, ...inputs.map(({ offset, words }) => offset / 4 + words.length));
    if (end === 0) return;
    const all = new Uint32Array(end);
    for (const { offset, words } of inputs) all.set(words, offset / 4);
    this.device.write(this.#pool.take("inputs", aligned(end * 4)), all);
  }

  async #compile(plans: readonly ProgramPlan[]): Promise<void> {
    const missing = [...new Set(plans.flatMap((p) => p.dispatches.map((d) => d.kernel)))].filter(
      (k) => !this.#pipelines[k],
    );
    const sources = missing.flatMap((k) => {
      const kernel = this.artifact.kernels[k];
      if (!kernel) return [];
      const bindings = kernel.bindings.map((b) =>
        b === "read" ? ("read-only-storage" as const) : ("storage" as const),
      );
      const { label, wgsl, origin } = kernel;
      return [
        {
          label,
          wgsl,
          origin,
          bindings: kernel.hasWords ? [...bindings, "uniform" as const] : bindings,
        },
      ];
    });
    if (sources.length === 0) return;
    const pipelines = await this.device.createPipelines(sources);
    for (const [i, kernel] of missing.entries()) this.#pipelines[kernel] = pipelines[i];
  }
}
