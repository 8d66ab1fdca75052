// Faults of the compiler itself, as opposed to problems of a program.
import type { Span } from "../../grammar/source.js";

/** An invariant does not hold: our bug, never the user's. `spans` say which source was being worked on. */
export class InternalError extends Error {
  readonly spans: readonly Span[];

  constructor(message: string, spans: readonly Span[] = []) {
    super(message);
    this.name = "InternalError";
    this.spans = spans;
  }
}
