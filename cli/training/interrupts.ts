// Signals during a run: the first asks it to stop after the step it is in, the second ends it at once.

/** A signal that asks a run to stop. */
export type StopSignal = "SIGINT" | "SIGTERM";

/** Exit status after each signal. */
export const signalStatus: Readonly<Record<StopSignal, number>> = { SIGINT: 130, SIGTERM: 143 };

/** Watches for signals until closed. */
export class Interrupts {
  #received: StopSignal | undefined;
  readonly #listener = (signal: StopSignal): void => {
    if (this.#received !== undefined) process.exit(signalStatus[signal]);
    this.#received = signal;
  };

  constructor() {
    process.on("SIGINT", this.#listener).on("SIGTERM", this.#listener);
  }

  /** The signal received so far. */
  get received(): StopSignal | undefined {
    return this.#received;
  }

  close(): void {
    process.off("SIGINT", this.#listener).off("SIGTERM", this.#listener);
  }
}
