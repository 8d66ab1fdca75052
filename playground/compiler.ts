// The page's end of the line to the compiler.
import type { Kind, Questions, Reply } from "./protocol.js";

interface Waiting {
  readonly resolve: (answer: unknown) => void;
  readonly reject: (fault: Error) => void;
}

/** Asks the compiler, which works in a worker of its own. */
export class Compiler {
  readonly #worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
  readonly #waiting = new Map<number, Waiting>();
  #count = 0;

  constructor() {
    this.#worker.addEventListener("message", ({ data }: MessageEvent<Reply>) => {
      const waiting = this.#waiting.get(data.id);
      this.#waiting.delete(data.id);
      if (data.fault === undefined) waiting?.resolve(data.answer);
      else waiting?.reject(new Error(data.fault));
    });
  }

  /** Resolves to the answer; rejects where the compiler itself fails. */
  ask<K extends Kind>(kind: K, ask: Questions[K]["ask"]): Promise<Questions[K]["answer"]> {
    const id = this.#count++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, {
        resolve: (answer) => {
          resolve(answer as Questions[K]["answer"]);
        },
        reject,
      });
      this.#worker.postMessage({ id, kind, ask });
    });
  }
}
