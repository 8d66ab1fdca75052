// Where the commands print to; tests put their own in its place.

/** Output of the command line. */
export interface Io {
  /** Answers: what was asked for, and nothing else. */
  out(text: string): void;
  /** Everything else: progress, warnings, diagnostics. */
  err(text: string): void;
  /** Whether a person watches the error output, so that a progress bar makes sense. */
  readonly isTerminal: boolean;
}

/** The output of this process. */
export const processIo: Io = {
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
  isTerminal: process.stderr.isTTY,
};

/** Writes a JSON document as the answer of a command. */
export function printJson(io: Io, value: unknown): void {
  io.out(`${JSON.stringify(value, null, 2)}\n`);
}
