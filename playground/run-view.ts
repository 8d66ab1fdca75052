// The run panel: trains a built model in a worker with a WebGPU device of its own, draws its loss, and lets a language model write.
import { RuntimeFault } from "../runtime/errors.js";
import type { StepPlan } from "../runtime/format.js";
import { writerOf } from "../runtime/generate.js";
import { loadInWorker, type Remote } from "../runtime/remote.js";
import { Chart } from "./chart.js";
import { button, element } from "./dom.js";
import { drawnFeed, takesText, textFeed, type Feed } from "./feeds.js";
import type { Built, Sizes } from "./protocol.js";

/** What a run works on. */
export interface RunContext {
  readonly built: Built;
  /** What the adapter calls itself. */
  readonly adapter: string;
  readonly sizes: () => Sizes;
}

/** Characters that are written at once. */
const written = 300;

/** Trains one training step of a model, as often as asked; the worker and what it holds on the device end when it is closed. */
export class RunView {
  readonly root = element("div", { class: "run" });
  readonly #context: RunContext;
  readonly #step: StepPlan;
  readonly #stepsField = numberField("steps", 200, 1);
  readonly #seedField = numberField("seed", 0, 0);
  readonly #source = element("select", { "aria-label": "Data" });
  readonly #train = button("Train", () => {
    this.#toggle();
  });
  readonly #write = button("Write", () => {
    this.#after(() => this.#writeText());
  });
  readonly #state = element("p", { class: "state", role: "status" });
  readonly #curve = element("div", { class: "curve-frame" });
  readonly #text = element("pre", { class: "written", "aria-label": "written text" });
  #model: Remote | undefined;
  #feed: Feed | undefined;
  #stop: AbortController | undefined;
  #working = Promise.resolve();

  constructor(context: RunContext, step: StepPlan) {
    this.#context = context;
    this.#step = step;
    this.#source.append(
      ...(takesText(step) ? [element("option", { value: "text" }, "Shakespeare's works")] : []),
      element("option", { value: "drawn" }, "random numbers, one batch"),
    );
    this.#train.classList.add("primary");
    this.#write.hidden = true;
    this.#text.hidden = true;
    this.#state.textContent = `On ${context.adapter}.`;
    this.root.append(
      element(
        "div",
        { class: "controls" },
        element("label", {}, "Data ", this.#source),
        element("label", {}, "Steps ", this.#stepsField),
        element("label", {}, "Seed ", this.#seedField),
        this.#train,
        this.#write,
      ),
      this.#state,
      this.#curve,
      this.#text,
    );
  }

  /** Ends what runs, and with it the worker and all that it holds on the device. */
  close(): void {
    this.#stop?.abort();
    this.#model?.dispose();
    this.#model = undefined;
  }

  /** Does something once all that was begun before has ended. */
  #after(act: () => void | Promise<void>): void {
    this.#working = this.#working.then(act).catch((thrown: unknown) => {
      this.#say(thrown);
    });
  }

  #toggle(): void {
    if (this.#stop) {
      this.#stop.abort();
      return;
    }
    this.close();
    const stop = new AbortController();
    this.#stop = stop;
    this.#train.textContent = "Stop";
    this.#write.hidden = true;
    this.#text.hidden = true;
    this.#after(async () => {
      try {
        await this.#trainUntil(stop.signal);
      } catch (thrown) {
        if (!stop.signal.aborted) this.#say(thrown);
      } finally {
        this.#stop = undefined;
        this.#train.textContent = "Train";
        this.#write.hidden = !this.#canWrite();
      }
    });
  }

  async #trainUntil(signal: AbortSignal): Promise<void> {
    const { built, sizes } = this.#context;
    const [steps, seed] = [this.#stepsField.valueAsNumber, this.#seedField.valueAsNumber];
    const make = this.#source.value === "text" ? textFeed : drawnFeed;
    this.#state.textContent = "Compiling shaders …";
    const feed = await make(this.#step, sizes(), seed);
    signal.throwIfAborted();
    const worker = new Worker(new URL("../runtime/worker.ts", import.meta.url), { type: "module" });
    const model = await loadInWorker(built.artifact, { worker });
    if (signal.aborted) model.dispose();
    signal.throwIfAborted();
    this.#model = model;
    this.#feed = feed;
    await model.init(seed);
    signal.throwIfAborted();
    const chart = new Chart();
    this.#curve.replaceChildren(chart.root);
    const options = { steps, seed, signal };
    let [started, first] = [0, Number.NaN];
    for await (const { step, loss } of model.train(this.#step.name, feed.batch, options)) {
      // The first step compiles; the pace is that of the others.
      if (step === 1) [started, first] = [performance.now(), loss];
      chart.add(loss);
      const pace =
        step === 1 ? "" : `, ${((performance.now() - started) / (step - 1)).toFixed(1)} ms a step`;
      this.#state.textContent = `Step ${String(step)} of ${String(steps)}: loss ${loss.toPrecision(4)}, at first ${first.toPrecision(4)}${pace}.`;
    }
  }

  #canWrite(): boolean {
    if (!this.#model) return false;
    try {
      writerOf(this.#model.artifact);
      return true;
    } catch {
      return false;
    }
  }

  async #writeText(): Promise<void> {
    const [model, feed] = [this.#model, this.#feed];
    if (!model || !feed) return;
    const { characters } = feed;
    const say = (id: number): string => characters?.[id] ?? `${String(id)} `;
    const start = Math.max(0, characters?.indexOf("\n") ?? 0);
    this.#write.disabled = true;
    this.#text.hidden = false;
    this.#text.textContent = "";
    try {
      const how = { count: written, temperature: 0.8, seed: Date.now() >>> 0 };
      for await (const id of model.generate({ prompt: [start], ...how })) {
        if (this.#model !== model) return;
        this.#text.append(say(id));
      }
    } catch (thrown) {
      if (this.#model === model) this.#say(thrown);
    } finally {
      this.#write.disabled = false;
    }
  }

  #say(thrown: unknown): void {
    this.#state.textContent = faultText(thrown);
  }
}

/** A fault in the user's words, with its remedy. */
export function faultText(thrown: unknown): string {
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  const remedy = thrown instanceof RuntimeFault ? thrown.remedy : undefined;
  return remedy === undefined ? message : `${message}\n${remedy}`;
}

function numberField(name: string, value: number, least: number): HTMLInputElement {
  const field = element("input", {
    type: "number",
    name,
    min: String(least),
    value: String(value),
  });
  // What is no number there becomes what it was at first.
  field.addEventListener("change", () => {
    if (!field.validity.valid || field.value === "") field.value = String(value);
  });
  return field;
}
