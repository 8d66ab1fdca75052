// What computes in tests: the float64 reference, and a device that many small programs share.
import type { Compiled } from "../../compiler/ir/program.js";
import type { Backend, BackendChoice } from "../backend.js";
import { hasHardwareDriver } from "../../runtime/node.js";
import { ReferenceBackend } from "../backend/reference.js";

/** Opens small programs, one after the other. */
export interface Machine {
  readonly description: string;
  /** Whether it is a device that computes on the CPU. */
  readonly isSoftware?: boolean;
  /** Magnitude of the large elements of adversarial tensors. */
  readonly large: number;
  open(compiled: Compiled): Promise<Backend>;
  close(): void;
}

/** The definition of what is right. */
export const reference: Machine = {
  description: "reference (float64 on the CPU)",
  large: 100,
  open: (compiled) => Promise.resolve(new ReferenceBackend(compiled)),
  close: () => undefined,
};

/** Opens a device; rejects where there is none. f32 holds products of what is large there. */
export async function openDevice(adapter: string | undefined): Promise<Machine> {
  const { openSharedDevice } = await import("../backend/webgpu.js");
  const device = await openSharedDevice(adapter);
  return {
    description: device.description,
    isSoftware: device.isSoftware,
    large: 30,
    open: (compiled) => device.open(compiled),
    close: () => {
      device.close();
    },
  };
}

/** Where properties are tried, and the device that laws compare the reference with, or why there is none. */
export interface Machines {
  readonly main: Machine;
  readonly device: Machine | undefined;
  /** Why nothing was compared with a device. */
  readonly without?: string;
  close(): void;
}

/** Which machines are wanted. */
export type MachineChoice = Partial<Pick<BackendChoice, "backend" | "adapter">>;

/**
 * Properties are tried on the reference, unless a device is asked for. Laws compare the two where a device is there, unless the
 * reference alone is asked for. Rejects where a device is asked for that is not there.
 */
export async function openMachines({ backend, adapter }: MachineChoice): Promise<Machines> {
  if (backend === "reference")
    return { main: reference, device: undefined, without: "`--backend reference`", close };
  const isAsked = backend === "webgpu" || adapter !== undefined;
  // Compiling many small kernels in software takes longer than everything else together.
  if (!isAsked && !hasHardwareDriver()) return withoutGpu;
  try {
    const device = await openDevice(adapter);
    if (!isAsked && device.isSoftware === true) {
      device.close();
      return withoutGpu;
    }
    const main = isAsked ? device : reference;
    return {
      main,
      device,
      close: () => {
        device.close();
      },
    };
  } catch (fault) {
    if (isAsked) throw fault;
    return { main: reference, device: undefined, without: "no adapter was found", close };
  }
}

const close = (): void => undefined;

const withoutGpu: Machines = {
  main: reference,
  device: undefined,
  without: "no GPU; `--adapter` asks for one in software",
  close,
};

/** Keeps the programs of the last few choices open. */
export class OpenPrograms {
  private readonly machine: Machine;
  private readonly opened = new Map<Compiled, Promise<Backend>>();
  private readonly most: number;

  constructor(machine: Machine, most = 6) {
    this.machine = machine;
    this.most = most;
  }

  async open(compiled: Compiled): Promise<Backend> {
    const known = this.opened.get(compiled);
    if (known) return known;
    const [oldest] = this.opened.keys();
    if (oldest && this.opened.size >= this.most) await this.forget(oldest);
    const made = this.machine.open(compiled);
    this.opened.set(compiled, made);
    return made;
  }

  async close(): Promise<void> {
    for (const compiled of [...this.opened.keys()]) await this.forget(compiled);
  }

  private async forget(compiled: Compiled): Promise<void> {
    const backend = this.opened.get(compiled);
    this.opened.delete(compiled);
    (await backend)?.dispose();
  }
}
