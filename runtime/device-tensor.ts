// Tensors that stay on the device between calls: the buffers they lie in, and the places they take in a program.
import type { BufferRange, Command, Device, DeviceBuffer } from "./device.js";
import { disposed, RuntimeFault } from "./errors.js";
import type { ElementType, ProgramPlan } from "./format.js";
import { evaluate } from "./formula.js";
import { fromWords, type InputValue, type OnDevice, type TensorValue, toWords } from "./inputs.js";
import { aligned, tensorBytes } from "./layout.js";
import { bufferUsage } from "./webgpu.js";

const usage = bufferUsage.storage | bufferUsage.copySource | bufferUsage.copyTarget;

/** A buffer that holds one tensor, with a number of its own in its session. */
interface Holder {
  readonly id: number;
  readonly buffer: DeviceBuffer;
}

/** A result that was left on the device. It can be given as an input again without passing through the host. */
export class DeviceTensor implements OnDevice {
  readonly dtype: ElementType;
  readonly shape: readonly number[];
  readonly #holders: Holders;
  #holder: Holder | undefined;

  /** Made by `Session.evaluate`. */
  constructor(dtype: ElementType, shape: readonly number[], holder: Holder, holders: Holders) {
    this.dtype = dtype;
    this.shape = shape;
    this.#holder = holder;
    this.#holders = holders;
  }

  /** Number of the buffer that holds it; throws a `RuntimeFault` after `dispose`. */
  get holder(): number {
    return this.#held().id;
  }

  /** Where it lies; throws a `RuntimeFault` after `dispose`. */
  get range(): BufferRange {
    return { buffer: this.#held().buffer, offset: 0, size: sizeOf(this.dtype, this.shape) };
  }

  /** Its numbers, or the first `count` of them; waits for all calls made before. */
  async read(count?: number): Promise<TensorValue> {
    const all = this.shape.reduce((a, b) => a * b, 1);
    const wanted = Math.min(count ?? all, all);
    const shape = count === undefined ? this.shape : [wanted];
    const size = sizeOf(this.dtype, [wanted]);
    const bytes = await this.#holders.device.read(this.#held().buffer, 0, size);
    return { dtype: this.dtype, shape, data: fromWords(this.dtype, bytes, wanted) };
  }

  /** Gives its buffer back to the session; a second time does nothing. */
  dispose(): void {
    if (this.#holder) this.#holders.give(this.#holder);
    this.#holder = undefined;
  }

  #held(): Holder {
    if (this.#holder) return this.#holder;
    throw new RuntimeFault("the tensor was disposed of", {
      code: "tensor-disposed",
      exit: 1,
      remedy: "call `dispose` after its last use",
    });
  }
}

/** The buffers of tensors on the device; those given back are used again for tensors of the same size. */
export class Holders {
  readonly device: Device;
  readonly #all: Holder[] = [];
  readonly #free: Holder[] = [];
  #isDisposed = false;

  constructor(device: Device) {
    this.device = device;
  }

  /** A buffer of at least `bytes`. What it held before is not cleared. Throws a `RuntimeFault` after `dispose`. */
  take(bytes: number): Holder {
    if (this.#isDisposed) throw disposed();
    const size = aligned(bytes);
    const fit = this.#free.findIndex(({ buffer }) => buffer.size === size);
    const [found] = fit < 0 ? [] : this.#free.splice(fit, 1);
    if (found) return found;
    const holder = {
      id: this.#all.length,
      buffer: this.device.createBuffer("tensor", size, usage),
    };
    this.#all.push(holder);
    return holder;
  }

  /** Takes a buffer back. */
  give(holder: Holder): void {
    this.#free.push(holder);
  }

  /** Frees all buffers. */
  dispose(): void {
    this.#isDisposed = true;
    for (const { buffer } of this.#all) this.device.destroy(buffer);
    this.#free.length = 0;
  }
}

/** Writes numbers of the host into a buffer of their own; throws a `RuntimeFault` where shape and numbers do not fit. */
export function putTensor(holders: Holders, { dtype, shape, data }: TensorValue): DeviceTensor {
  const count = shape.reduce((a, b) => a * b, 1);
  if (count !== data.length) {
    const has = `${String(data.length)} numbers, its shape [${shape.join(", ")}] has ${String(count)}`;
    throw new RuntimeFault(`the tensor has ${has}`, { code: "input-shape", exit: 1 });
  }
  const words = toWords(dtype, data);
  const holder = holders.take(sizeOf(dtype, shape));
  holders.device.write(holder.buffer, words);
  return new DeviceTensor(dtype, shape, holder, holders);
}

/** Tensors of a program that lie in buffers of their own, by number. */
export interface Placement {
  /** Names the buffers: programs prepared under one key can be used again. */
  readonly key: string;
  readonly ranges: ReadonlyMap<number, BufferRange>;
  /** To run behind the program: results that are no temporaries, or are named twice. */
  readonly copies: readonly { readonly tensor: number; readonly to: BufferRange }[];
  readonly results: ReadonlyMap<string, DeviceTensor>;
}

/** Places inputs that lie on the device and, with `holders`, new tensors for all results. */
export function placeTensors(
  plan: ProgramPlan,
  symbols: readonly number[],
  inputs: Readonly<Record<string, InputValue>>,
  holders?: Holders,
): Placement {
  const ranges = new Map<number, BufferRange>();
  const key: (string | number)[] = [];
  for (const [tensor, { place }] of plan.tensors.entries()) {
    const given = place.kind === "input" ? inputs[place.name] : undefined;
    if (!(given instanceof DeviceTensor)) continue;
    ranges.set(tensor, given.range);
    key.push(tensor, given.holder);
  }
  const copies: { tensor: number; to: BufferRange }[] = [];
  const results = new Map<string, DeviceTensor>();
  for (const { name, role, tensor, shape } of holders ? plan.results : []) {
    const source = plan.tensors[tensor];
    if (!holders || !source || (role !== "result" && role !== "gradient")) continue;
    const sizes = shape.map((formula) => evaluate(formula, symbols));
    const made = new DeviceTensor(
      source.dtype,
      sizes,
      holders.take(sizeOf(source.dtype, sizes)),
      holders,
    );
    results.set(name, made);
    key.push(name, made.holder);
    if (source.place.kind === "temporary" && !ranges.has(tensor)) ranges.set(tensor, made.range);
    else copies.push({ tensor, to: made.range });
  }
  return { key: key.join(" "), ranges, copies, results };
}

/** The copies of a placement as commands, given where all tensors lie. */
export const placementCopies = (
  { copies }: Placement,
  rangeOf: (tensor: number) => BufferRange,
): Command[] =>
  copies.map(({ tensor, to }) => ({ kind: "copy", from: rangeOf(tensor), to, size: to.size ?? 4 }));

const sizeOf = (dtype: ElementType, shape: readonly number[]): number =>
  tensorBytes({ dtype, elements: shape.reduce((a, b) => a * b, 1) }, []);
