// The one facade through which every WebGPU call of the project goes.
import { type AdapterDescription, describeAdapter, readLimits, targetOf } from "./adapter.js";
import { requestAdapter, requestDevice, type Requirements } from "./adapter.js";
import { DeviceError, RuntimeFault } from "./errors.js";
import type { DispatchPlan } from "./format.js";
import { FaultLog, faultKind } from "./fault-log.js";
import type { Target } from "./format.js";
import { createPipeline, type KernelSource, type Pipeline } from "./pipeline.js";
import { bufferUsage, type ComputeLimits, inVectors, mapModeRead } from "./webgpu.js";

/** A buffer on the device; only a `Device` makes and destroys them. */
export type DeviceBuffer = GPUBuffer;

/** Buffers attached to the bindings of one pipeline. */
export type Bindings = GPUBindGroup;

/** A part of a buffer, in bytes; offset 0 and the whole rest where left out. */
export interface BufferRange {
  readonly buffer: DeviceBuffer;
  readonly offset?: number | undefined;
  readonly size?: number | undefined;
}

/** A dispatch of a plan for given sizes. */
export interface Launched {
  readonly dispatch: DispatchPlan;
  readonly symbols: readonly number[];
  /** Bytes of all that is bound to it. */
  readonly bytes: number;
}

/** One thing for the device to do. Offsets and sizes are in bytes and multiples of 4. */
export type Command =
  | {
      readonly kind: "dispatch";
      readonly pipeline: Pipeline;
      readonly bindings: Bindings;
      readonly workgroups: readonly [x: number, y: number, z: number];
      /** Where in the range of its uniform block, if it has one, the block starts. */
      readonly wordsFrom?: number | undefined;
      /** What of a plan it is, for those who measure. */
      readonly launched?: Launched | undefined;
    }
  | {
      readonly kind: "copy";
      readonly from: BufferRange;
      readonly to: BufferRange;
      readonly size: number;
    }
  | { readonly kind: "clear"; readonly range: BufferRange };

/** A command that runs a kernel. */
export type Dispatch = Extract<Command, { readonly kind: "dispatch" }>;

/** How to open a device. */
export interface DeviceOptions extends Requirements {
  /** Called before each WebGPU call with its name; what it throws is what the call fails with. For tests. */
  readonly faults?: ((call: string) => void) | undefined;
  /** Wraps the wait for a promise of a software adapter; the Node host uses it to leave the CPU to the adapter. */
  readonly whilePending?: (<T>(promise: Promise<T>) => Promise<T>) | undefined;
}

/** Counts kept by a device since it was opened. */
export interface DeviceCounts {
  readonly liveBuffers: number;
  readonly liveBytes: number;
  /** Highest value that `liveBytes` ever had. */
  readonly peakBytes: number;
  readonly submits: number;
  readonly dispatches: number;
}

/** Opens the preferred adapter of a WebGPU implementation; rejects with a `RuntimeFault` if there is none. */
export async function openDevice(gpu: GPU, options: DeviceOptions = {}): Promise<Device> {
  options.faults?.("requestAdapter");
  const adapter = await requestAdapter(gpu);
  const description = describeAdapter(adapter);
  options.faults?.("requestDevice");
  return new Device(await requestDevice(adapter, options), description, options);
}

/**
 * A logical device with its buffers and counts. Errors that WebGPU reports out of turn reject the next awaited call
 * as a `DeviceError`; after a loss every call fails. The GPU device itself is never destroyed, since that blocks for
 * ever behind a hung dispatch.
 */
export class Device {
  readonly adapter: AdapterDescription;
  readonly features: ReadonlySet<string>;
  readonly limits: ComputeLimits;
  readonly #device: GPUDevice;
  readonly #options: DeviceOptions;
  readonly #log = new FaultLog();
  readonly #buffers = new Set<DeviceBuffer>();
  readonly #staging: DeviceBuffer[] = [];
  #counts = { liveBytes: 0, peakBytes: 0, submits: 0, dispatches: 0 };

  /** Wraps an open device; use `openDevice` instead. */
  constructor(device: GPUDevice, adapter: AdapterDescription, options: DeviceOptions) {
    this.#device = device;
    this.#options = options;
    this.adapter = adapter;
    this.features = new Set(device.features as Iterable<string>);
    this.limits = readLimits(device.limits);
    device.addEventListener("uncapturederror", (event) => {
      this.#log.record(faultKind(event.error), event.error.message);
    });
    void device.lost.then(({ message }) => {
      this.#log.lose(message);
    });
  }

  /** What kernels for this device may rely on. */
  get target(): Target {
    return targetOf(this.adapter, this.features, this.limits);
  }

  /** Live buffers, bytes, submits and dispatches so far; staging buffers for reading count as live. */
  get counts(): DeviceCounts {
    return { ...this.#counts, liveBuffers: this.#buffers.size };
  }

  /** Creates a zeroed buffer of at least `size` bytes (rounded up to a multiple of 16). */
  createBuffer(label: string, size: number, usage: number): DeviceBuffer {
    const bytes = Math.max(16, inVectors(size));
    if (!(bytes <= this.limits.maxBufferSize)) {
      const most = String(this.limits.maxBufferSize);
      throw new DeviceError(
        "out-of-memory",
        `buffer \`${label}\` needs ${String(bytes)} bytes, the device allows ${most}`,
      );
    }
    const buffer = this.#call("createBuffer", () =>
      this.#device.createBuffer({ label, size: bytes, usage }),
    );
    this.#buffers.add(buffer);
    this.#counts.liveBytes += bytes;
    this.#counts.peakBytes = Math.max(this.#counts.peakBytes, this.#counts.liveBytes);
    return buffer;
  }

  /** Frees a buffer; a second time does nothing. */
  destroy(buffer: DeviceBuffer): void {
    if (!this.#buffers.delete(buffer)) return;
    this.#counts.liveBytes -= buffer.size;
    buffer.destroy();
  }

  /** Compiles kernels in parallel; rejects with a `DeviceError` naming the first one that is refused. */
  async createPipelines(sources: readonly KernelSource[]): Promise<Pipeline[]> {
    const compiling = sources.map(async (source) => {
      this.#log.name(source.label, source.origin);
      return await this.#call("createComputePipeline", () => createPipeline(this.#device, source));
    });
    return this.#settle("createComputePipeline", Promise.all(compiling));
  }

  /** Attaches buffers to the bindings of a pipeline, in their order. */
  createBindings(pipeline: Pipeline, ranges: readonly BufferRange[]): Bindings {
    const entries = ranges.map(({ buffer, offset = 0, size = Infinity }, binding) => {
      const resource = { buffer, offset, size: Math.min(inVectors(size), buffer.size - offset) };
      return { binding, resource };
    });
    const { label, layout } = pipeline;
    return this.#call("createBindGroup", () =>
      this.#device.createBindGroup({ label, layout, entries }),
    );
  }

  /** Copies data into a buffer at `offset` bytes, before any later submit. */
  write(buffer: DeviceBuffer, data: ArrayBufferView, offset = 0): void {
    const bytes = new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength);
    const padded = bytes.length % 4 === 0 ? bytes : withPadding(bytes);
    this.#call("writeBuffer", () => {
      this.#device.queue.writeBuffer(buffer, offset, padded);
    });
  }

  /** Encodes commands in order into one command buffer and submits it; neighbouring dispatches share a pass. */
  submit(commands: readonly Command[]): void {
    this.#submit(commands, []);
  }

  /** Submits commands and then reads ranges, all in one submit; resolves to their bytes. */
  async run(commands: readonly Command[], reads: readonly BufferRange[]): Promise<ArrayBuffer[]> {
    const sizes = reads.map(({ buffer, offset = 0, size }) => size ?? buffer.size - offset);
    const targets = sizes.map((size) => this.#takeStaging(size));
    try {
      const copies = reads.map((from, i): Command => ({
        kind: "copy",
        from,
        to: { buffer: at(targets, i) },
        size: roundUp(at(sizes, i)),
      }));
      this.#submit(commands, copies);
      const mapping = targets.map(async (target, i) => {
        await this.#call("mapAsync", () => target.mapAsync(mapModeRead, 0, roundUp(at(sizes, i))));
      });
      await this.#settle("mapAsync", Promise.all(mapping));
      return targets.map((target, i) =>
        target.getMappedRange(0, roundUp(at(sizes, i))).slice(0, at(sizes, i)),
      );
    } finally {
      for (const target of targets) this.#giveBackStaging(target);
    }
  }

  /** Reads a part of a buffer after all that was submitted before. */
  async read(buffer: DeviceBuffer, offset = 0, size = buffer.size - offset): Promise<ArrayBuffer> {
    return at(await this.run([], [{ buffer, offset, size }]), 0);
  }

  /**
   * Runs commands with a pass for each dispatch and resolves to the nanoseconds that each of them took, in order. Much slower than
   * `submit`, as nothing overlaps. Rejects with a `RuntimeFault` (exit 75) where the adapter has no timestamps.
   */
  async time(commands: readonly Command[]): Promise<readonly number[]> {
    // Few measure; a page that does not is spared the code.
    const { timesOf } = await import("./timing.js");
    return timesOf(commands, {
      raw: this.#device,
      adapter: this.adapter.description,
      Fault: RuntimeFault,
      call: (name, action) => this.#call(name, action),
      dispatch: (pass, command) => {
        this.#dispatch(pass, command);
      },
      transfer,
      submit: (encoder) => {
        this.#finish(encoder);
      },
      createTicks: (count) => this.createBuffer("ticks", 8 * count, ticksUsage),
      read: (buffer, offset, size) => this.read(buffer, offset, size),
      destroy: (buffer) => {
        this.destroy(buffer);
      },
    });
  }

  /** Resolves when everything submitted has finished. */
  async idle(): Promise<void> {
    const done = this.#call("onSubmittedWorkDone", () => this.#device.queue.onSubmittedWorkDone());
    await this.#settle("onSubmittedWorkDone", done);
  }

  /** Frees every buffer that is still alive. */
  close(): void {
    this.#staging.length = 0;
    for (const buffer of [...this.#buffers]) this.destroy(buffer);
  }

  #submit(commands: readonly Command[], copies: readonly Command[]): void {
    const encoder = this.#call("createCommandEncoder", () => this.#device.createCommandEncoder());
    let pass: GPUComputePassEncoder | undefined;
    for (const command of [...commands, ...copies]) {
      if (command.kind === "dispatch") {
        pass ??= encoder.beginComputePass();
        this.#dispatch(pass, command);
      } else {
        pass?.end();
        pass = undefined;
        transfer(encoder, command);
      }
    }
    pass?.end();
    this.#finish(encoder);
  }

  #finish(encoder: GPUCommandEncoder): void {
    this.#call("submit", () => {
      this.#device.queue.submit([encoder.finish()]);
    });
    this.#counts.submits += 1;
  }

  #dispatch(pass: GPUComputePassEncoder, command: Dispatch): void {
    const { pipeline, bindings, wordsFrom = 0, workgroups } = command;
    pass.setPipeline(pipeline.handle);
    if (pipeline.hasUniform) pass.setBindGroup(0, bindings, [wordsFrom]);
    else pass.setBindGroup(0, bindings);
    pass.dispatchWorkgroups(...workgroups);
    this.#counts.dispatches += 1;
  }

  #takeStaging(size: number): DeviceBuffer {
    const fit = this.#staging.findIndex((buffer) => buffer.size >= size);
    const [found] = fit < 0 ? [] : this.#staging.splice(fit, 1);
    if (found !== undefined) return found;
    const room = 2 ** Math.ceil(Math.log2(Math.max(size, 256)));
    return this.createBuffer("staging", Math.min(room, Math.max(size, 2 ** 24)), stagingUsage);
  }

  #giveBackStaging(buffer: DeviceBuffer): void {
    if (!this.#buffers.has(buffer)) return;
    buffer.unmap();
    if (buffer.size > largestPooled || this.#log.isLost) this.destroy(buffer);
    else this.#staging.push(buffer);
  }

  #call<T>(name: string, action: () => T): T {
    this.#log.raiseIfLost();
    try {
      this.#options.faults?.(name);
      return action();
    } catch (thrown) {
      throw this.#log.absorb(thrown, name);
    }
  }

  async #settle<T>(name: string, promise: Promise<T>): Promise<T> {
    let value: T;
    try {
      const wrap = this.adapter.isSoftware ? this.#options.whilePending : undefined;
      value = await (wrap?.(promise) ?? promise);
    } catch (thrown) {
      this.#log.raise();
      throw this.#log.absorb(thrown, name);
    }
    this.#log.raise();
    return value;
  }
}

/** Staging buffers above this size are freed after use, in bytes. */
const largestPooled = 2 ** 24;

const ticksUsage = bufferUsage.queryResolve | bufferUsage.copySource;

const stagingUsage = bufferUsage.mapRead | bufferUsage.copyTarget;

function transfer(encoder: GPUCommandEncoder, command: Exclude<Command, Dispatch>): void {
  if (command.kind === "clear") {
    const { buffer, offset = 0, size = buffer.size - offset } = command.range;
    encoder.clearBuffer(buffer, offset, size);
    return;
  }
  const { from, to, size } = command;
  encoder.copyBufferToBuffer(from.buffer, from.offset ?? 0, to.buffer, to.offset ?? 0, size);
}

function withPadding(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const padded = new Uint8Array(roundUp(bytes.length));
  padded.set(bytes);
  return padded;
}

function roundUp(bytes: number): number {
  return Math.ceil(bytes / 4) * 4;
}

function at<T>(items: readonly T[], index: number): T {
  const item = items[index];
  if (item === undefined)
    throw new DeviceError("internal", `no item ${String(index)} of ${String(items.length)}`);
  return item;
}
