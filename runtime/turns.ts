// One call after another, in the order in which they are made: what a session computes lies in buffers that all of its calls share.
import { disposed } from "./errors.js";

/** A queue of calls. A call that fails does not hold up those behind it. */
export class Turns {
  #last: Promise<unknown> = Promise.resolve();
  #isOver = false;

  /** Runs `call` when all that were taken before have ended; rejects with a `RuntimeFault` where `end` came first. */
  take<T>(call: () => Promise<T>): Promise<T> {
    const mine = this.#last.then(() => {
      if (this.#isOver) throw disposed();
      return call();
    });
    this.#last = mine.catch(() => undefined);
    return mine;
  }

  /** Lets no further call begin. */
  end(): void {
    this.#isOver = true;
  }
}
