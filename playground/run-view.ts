// The run panel: trains a built model on the page's own WebGPU, draws its loss, and lets a language model write.
import { load } from "../runtime/browser.js";
import type { Device } from "../runtime/device.js";
import { RuntimeFault } from "../runtime/errors.js";
import type { StepPlan } from "../runtime/format.js";
import { writerOf } from "../runtime/generate.js";
import type { Session } from "../runtime/session.js";
import { Chart } from "./chart.js";
import { button, element } from "./dom.js";
import { drawnFeed, takesText, textFeed, type Feed } from "./feeds.js";
import type { Built, Sizes } from "./protocol.js";

/** What a run works on. */
export interface RunContext {
  readonly built: Built;
  readonly device: Device;
  readonly sizes: () => Sizes;
}

/** Characters that are written at once. */
const written = 300;

/** Trains one training step of a model, as often as asked; frees the device's memory when it is closed. */
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
  #session: Session | undefined;
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
    this.#state.textContent = `On ${context.device.adapter.description}.`;
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

  /** Ends what runs; what the model holds on the device is freed as soon as nothing uses it. */
  close(): void {
    this.#stop?.abort();
    const session = this.#session;
    this.#session = undefined;
    if (session) this.#after(() => session.dispose());
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
    const { built, device, sizes } = this.#context;
    const [steps, seed] = [this.#stepsField.valueAsNumber, this.#seedField.valueAsNumber];
    const make = this.#source.value === "text" ? textFeed : drawnFeed;
    this.#state.textContent = "Compiling shaders …";
    const feed = await make(this.#step, sizes(), seed);
    signal.throwIfAborted();
    const session = await load(built.artifact, { device });
    if (signal.aborted) session.dispose();
    signal.throwIfAborted();
    this.#session = session;
    this.#feed = feed;
    await session.init(seed);
    signal.throwIfAborted();
    const chart = new Chart();
    this.#curve.replaceChildren(chart.root);
    const options = { steps, seed, signal };
    let [started, first] = [0, Number.NaN];
    for await (const { step, loss } of session.train(this.#step.name, feed.batch, options)) {
      // The first step compiles; the pace is that of the others.
      if (step === 1) [started, first] = [performance.now(), loss];
      chart.add(loss);
      const pace =
        step === 1 ? "" : `, ${((performance.now() - started) / (step - 1)).toFixed(1)} ms a step`;
      this.#state.textContent = `Step ${String(step)} of ${String(steps)}: loss ${loss.toPrecision(4)}, at first ${first.toPrecision(4)}${pace}.`;
    }
  }

  #canWrite(): boolean {
    if (!this.#session) return false;
    try {
      writerOf(this.#session.artifact);
      return true;
    } catch {
      return false;
    }
  }

  async #writeText(): Promise<void> {
    const [session, feed] = [this.#session, this.#feed];
    if (!session || !feed) return;
    const { characters } = feed;
    const say = (id: number): string => characters?.[id] ?? `${String(id)} `;
    const start = Math.max(0, characters?.indexOf("\n") ?? 0);
    this.#write.disabled = true;
    this.#text.hidden = false;
    this.#text.textContent = "";
    try {
      const how = { count: written, temperature: 0.8, seed: Date.now() >>> 0 };
      for await (const id of session.generate({ prompt: [start], ...how })) {
        if (this.#session !== session) return;
        this.#text.append(say(id));
      }
    } catch (thrown) {
      if (this.#session === session) this.#say(thrown);
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
