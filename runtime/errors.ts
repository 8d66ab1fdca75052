// Faults that the runtime reports: each carries a stable code, the exit status of the command line, and a remedy.

/** Exit status a fault ends the command line with: 1 wrong program or data, 70 our fault, 75 device or environment. */
export type FaultExit = 1 | 70 | 75;

/** What a fault carries besides its message. */
export interface FaultDetails {
  /** Stable kebab-case name of the kind of fault. */
  readonly code: string;
  readonly exit: FaultExit;
  /** What exactly was found, where one code stands for many faults of a file. */
  readonly detail?: string | undefined;
  /** What the user can do about it, where something can be done. */
  readonly remedy?: string | undefined;
  readonly cause?: unknown;
}

/** A fault met while running an artifact. The message is for the user; no stack trace needs to be shown. */
export class RuntimeFault extends Error {
  override readonly name: string = "RuntimeFault";
  readonly code: string;
  readonly exit: FaultExit;
  readonly detail: string | undefined;
  readonly remedy: string | undefined;

  constructor(message: string, details: FaultDetails) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = details.code;
    this.exit = details.exit;
    this.detail = details.detail;
    this.remedy = details.remedy;
  }
}

/** The fault of a call to what was disposed of. */
export const disposed = (why = "the model was disposed of"): RuntimeFault =>
  new RuntimeFault(why, { code: "disposed", exit: 1 });

/** The fault of a call to an entry or step that an artifact does not have. */
export function unknownEntry(
  artifact: string,
  name: string,
  known: readonly { readonly name: string }[],
): RuntimeFault {
  const names = known.map((e) => `\`${e.name}\``).join(", ");
  return new RuntimeFault(
    `\`${artifact}\` has no entry \`${name}\`; it has ${names === "" ? "none" : names}`,
    { code: "unknown-entry", exit: 1 },
  );
}

/** What went wrong on the device. */
export type DeviceFaultKind = "validation" | "out-of-memory" | "internal" | "lost";

/** A fault of the device or of a call to it, naming the kernel and the `.dl` line where they are known. */
export class DeviceError extends RuntimeFault {
  override readonly name = "DeviceError";
  readonly kind: DeviceFaultKind;
  /** Label of the kernel concerned. */
  readonly kernel: string | undefined;
  /** Where the kernel comes from, such as `gpt.dl:12:7`. */
  readonly origin: string | undefined;

  constructor(
    kind: DeviceFaultKind,
    message: string,
    at: { readonly kernel?: string | undefined; readonly origin?: string | undefined } = {},
  ) {
    const kernel = at.kernel === undefined ? "" : `kernel \`${at.kernel}\``;
    const origin = at.origin === undefined ? "" : ` from ${at.origin}`;
    const place = kernel + origin;
    super(place === "" ? message : `${place}: ${message}`, {
      code: deviceCodes[kind],
      exit: kind === "validation" || kind === "internal" ? 70 : 75,
      remedy: remedies[kind],
    });
    this.kind = kind;
    this.kernel = at.kernel;
    this.origin = at.origin;
  }
}

const deviceCodes: Readonly<Record<DeviceFaultKind, string>> = {
  validation: "device-validation",
  "out-of-memory": "device-out-of-memory",
  internal: "device-internal",
  lost: "device-lost",
};

const remedies: Readonly<Record<DeviceFaultKind, string | undefined>> = {
  validation: undefined,
  "out-of-memory": "use smaller batches or a smaller model",
  internal: undefined,
  lost: "run again; training goes on from its last checkpoint with --resume",
};
