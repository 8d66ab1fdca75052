// Buffers that grow when needed and are shared by everything a session runs.
import type { Device, DeviceBuffer } from "./device.js";
import { disposed } from "./errors.js";
import { smallestBuffer } from "./layout.js";
import { bufferUsage } from "./webgpu.js";

const storageUsage = bufferUsage.storage | bufferUsage.copySource | bufferUsage.copyTarget;
const wordsUsage = bufferUsage.uniform | bufferUsage.copyTarget;

/** Named buffers. `version` changes whenever one is replaced, so that bindings made before are known to be stale. */
export class Pool {
  version = 0;
  readonly #device: Device;
  readonly #buffers = new Map<string, DeviceBuffer>();
  #isDisposed = false;

  constructor(device: Device) {
    this.#device = device;
  }

  /**
   * The buffer of a name, replaced by a larger zeroed one where it is below `bytes`. Throws a `RuntimeFault` after `dispose`: a call that
   * was on its way then would leave behind what it takes.
   */
  take(name: string, bytes: number): DeviceBuffer {
    if (this.#isDisposed) throw disposed();
    const known = this.#buffers.get(name);
    if (known && known.size >= bytes) return known;
    if (known) this.#device.destroy(known);
    const usage = name === "words" ? wordsUsage : storageUsage;
    const buffer = this.#device.createBuffer(name, Math.max(bytes, smallestBuffer), usage);
    this.#buffers.set(name, buffer);
    this.version++;
    return buffer;
  }

  /** The buffer of a name, if there is one yet. */
  find(name: string): DeviceBuffer | undefined {
    return this.#buffers.get(name);
  }

  /** Frees all buffers. */
  dispose(): void {
    this.#isDisposed = true;
    for (const buffer of this.#buffers.values()) this.#device.destroy(buffer);
    this.#buffers.clear();
    this.version++;
  }
}
