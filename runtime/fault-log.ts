// Remembers what the device reported out of turn, until an awaited call can report it with kernel and `.dl` line.
import { DeviceError, type DeviceFaultKind } from "./errors.js";

/** Keeps the first unreported fault of a device, and for ever that it was lost. */
export class FaultLog {
  readonly #origins = new Map<string, string | undefined>();
  #pending: DeviceError | undefined;
  #lost: DeviceError | undefined;

  /** Remembers where the kernel called `label` comes from, so that a later message naming it can say so. */
  name(label: string, origin: string | undefined): void {
    this.#origins.set(label, origin);
  }

  /** Records an error event of the device; the first one wins, since later ones are mostly its consequences. */
  record(kind: DeviceFaultKind, message: string): void {
    this.#pending ??= this.describe(kind, message);
  }

  /** Records that the device is gone; every later call fails with this fault. */
  lose(message: string): void {
    this.#lost ??= new DeviceError("lost", `the device was lost: ${message}`);
  }

  /** Whether the device is gone. */
  get isLost(): boolean {
    return this.#lost !== undefined;
  }

  /** Throws if the device is gone. */
  raiseIfLost(): void {
    if (this.#lost !== undefined) throw this.#lost;
  }

  /** Throws the loss or the pending fault, and forgets the latter: the device itself is still usable after it. */
  raise(): void {
    this.raiseIfLost();
    const pending = this.#pending;
    this.#pending = undefined;
    if (pending !== undefined) throw pending;
  }

  /** Turns whatever a call threw into a fault; a fault that reports a loss is remembered as one. */
  absorb(thrown: unknown, call: string): DeviceError {
    if (thrown instanceof DeviceError) {
      if (thrown.kind === "lost") this.#lost ??= thrown;
      return thrown;
    }
    if (this.#lost !== undefined) return this.#lost;
    const message = thrown instanceof Error ? thrown.message : String(thrown);
    return this.describe("internal", `${call} failed: ${message}`);
  }

  /** Builds a fault from a device message, adding the first kernel that the message quotes. */
  describe(kind: DeviceFaultKind, message: string): DeviceError {
    for (const [, label] of message.matchAll(/"+([^"]+)"+/g))
      if (label !== undefined && this.#origins.has(label))
        return new DeviceError(kind, message, { kernel: label, origin: this.#origins.get(label) });
    return new DeviceError(kind, message);
  }
}

/** Kind of fault that an error event or error scope of WebGPU reports. */
export function faultKind(error: GPUError): DeviceFaultKind {
  const name = error.constructor.name;
  if (name === "GPUOutOfMemoryError") return "out-of-memory";
  return name === "GPUInternalError" ? "internal" : "validation";
}
