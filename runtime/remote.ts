// The page's side of a model in a worker, so that no work of the model holds up the page.
import { disposed, RuntimeFault } from "./errors.js";
import type { Artifact } from "./format.js";
import type { TensorData, TensorValue } from "./inputs.js";
import type { Loadable } from "./load.js";
import type { Answer, Call, Loaded } from "./messages.js";
import { Model, type Inputs, type StepResult } from "./model.js";
import type { Progress } from "./weights-stream.js";

/** How to open an artifact in a worker. */
export interface WorkerOptions {
  /** The worker, a module that runs `adjoint/runtime/worker`; it is ended when the model is disposed of. */
  readonly worker: Worker;
  /** As for `load`. */
  readonly weights?: string | URL | Uint8Array | Readonly<Record<string, TensorData>>;
  readonly seed?: number;
  readonly onProgress?: Progress;
  readonly warmUp?: readonly string[];
}

/** The part of the browser's `Worker` that is used. What it calls its handlers with is more than they read, so their events are `never`. */
interface Worker {
  onmessage: ((event: never) => unknown) | null;
  onerror: ((event: never) => unknown) | null;
  postMessage(message: unknown): void;
  terminate(): void;
}

interface MessageLike {
  readonly data: unknown;
}

interface ErrorLike {
  readonly message?: string;
}

/** Opens an artifact in a worker, which closes its device with the model: by its URL or bytes, or one in memory. */
export async function loadInWorker(
  what: Loadable,
  { worker, weights, seed, onProgress, warmUp }: WorkerOptions,
): Promise<Remote> {
  const calls = new Calls(worker, onProgress);
  try {
    const loaded = await calls.ask({
      kind: "load",
      what: absolute(what),
      weights: weights instanceof URL || typeof weights === "string" ? absolute(weights) : weights,
      seed,
      warmUp,
    });
    return new Remote(calls, loaded as Loaded);
  } catch (thrown) {
    calls.end();
    throw thrown;
  }
}

/** A worker resolves URLs against its own script, so the page does it here. */
function absolute<T>(place: T | string | URL): string | Exclude<T, URL> {
  if (typeof place !== "string" && !(place instanceof URL)) return place as Exclude<T, URL>;
  const { location } = globalThis as { readonly location?: { readonly href: string } };
  return new URL(place, location?.href).href;
}

/** Calls that were made and not answered yet, in their order. */
class Calls {
  readonly #worker: Worker;
  readonly #waiting: {
    readonly resolve: (value: unknown) => void;
    readonly reject: (fault: unknown) => void;
  }[] = [];
  #isEnded = false;

  constructor(worker: Worker, onProgress: Progress = () => undefined) {
    this.#worker = worker;
    worker.onmessage = ({ data }: MessageLike) => {
      const answer = data as Answer;
      if (answer.kind === "progress") onProgress(answer.received, answer.total);
      else if (answer.kind === "done") this.#waiting.shift()?.resolve(answer.value);
      else {
        const { message, ...details } = answer.fault;
        this.#waiting.shift()?.reject(new RuntimeFault(message, details));
      }
    };
    worker.onerror = ({ message = "its script could not be run" }: ErrorLike) => {
      this.#fail(`the worker failed: ${message}`);
    };
  }

  ask(call: Call): Promise<unknown> {
    if (this.#isEnded) return Promise.reject(disposed());
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.#worker.postMessage(call);
    });
  }

  /** Ends the worker, and with it everything that it holds on the device. */
  end(): void {
    this.#isEnded = true;
    this.#worker.terminate();
    this.#fail();
  }

  #fail(why?: string): void {
    for (const { reject } of this.#waiting.splice(0)) reject(disposed(why));
  }
}

/** A model in a worker. */
export class Remote extends Model {
  readonly artifact: Artifact;
  /** The adapter that it runs on, as it calls itself. */
  readonly adapter: string;
  readonly #calls: Calls;

  /** Made by `loadInWorker`. */
  constructor(calls: Calls, { artifact, adapter }: Loaded) {
    super();
    this.#calls = calls;
    this.artifact = artifact;
    this.adapter = adapter;
  }

  run(name: string, inputs: Inputs): Promise<Record<string, TensorValue>> {
    const call = this.#calls.ask({ kind: "run", name, inputs });
    return call as Promise<Record<string, TensorValue>>;
  }

  lastRow(name: string, inputs: Inputs): Promise<ArrayLike<number>> {
    return this.#calls.ask({ kind: "lastRow", name, inputs }) as Promise<ArrayLike<number>>;
  }

  trainStep(
    name: string,
    inputs: Inputs | readonly Inputs[],
    scalars?: Readonly<Record<string, number>>,
  ): Promise<StepResult> {
    const call = this.#calls.ask({ kind: "trainStep", name, inputs, scalars });
    return call as Promise<StepResult>;
  }

  async init(seed: number, given?: Readonly<Record<string, TensorData>>): Promise<void> {
    await this.#calls.ask({ kind: "init", seed, given });
  }

  readVariables(): Promise<Record<string, TensorValue>> {
    return this.#calls.ask({ kind: "readVariables" }) as Promise<Record<string, TensorValue>>;
  }

  dispose(): void {
    this.#calls.end();
  }
}
