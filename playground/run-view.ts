// The run panel: trains a built model in a worker with a WebGPU device of its own, draws its loss, and lets a language model write.
import { RuntimeFault } from "../runtime/errors.js";
import type { StepPlan } from "../runtime/format.js";
import { writerOf } from "../runtime/generate.js";
import { loadInWorker, type Remote } from "../runtime/remote.js";
import { Chart } from "./chart.js";
import { button, element } from "./dom.js";
import { drawnFeed, fileFeed, takesText, worksFeed } from "./data/feeds.js";
import { dataEndings, type Data, type DataFiles } from "./data/files.js";
import type { Feed } from "./data/samples.js";
import type { Built, Sizes } from "./protocol.js";

/** What a run works on. */
export interface RunContext {
  readonly built: Built;
  /** What the adapter calls itself. */
  readonly adapter: string;
  readonly sizes: () => Sizes;
  /** Data of the user's own. */
  readonly data: DataFiles;
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
  readonly #opener = element("input", { type: "file", accept: dataEndings, class: "unseen" });
  readonly #closed = new AbortController();
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
    for (const data of context.data.all) this.#offer(data);
    const { chosen } = context.data;
    if ([...this.#source.options].some(({ value }) => value === chosen))
      this.#source.value = chosen ?? "";
    this.#source.addEventListener("change", () => {
      context.data.chosen = this.#source.value;
    });
    context.data.onOpened((data) => {
      this.#offer(data);
      this.#source.value = context.data.chosen = fileValue(data);
      this.#state.textContent = `${told(data)} ${takenAs(step)}`;
    }, this.#closed.signal);
    this.#opener.tabIndex = -1;
    this.#opener.setAttribute("aria-hidden", "true");
    this.#opener.addEventListener("change", () => void this.#openFiles());
    this.#train.classList.add("primary");
    this.#write.hidden = true;
    this.#text.hidden = true;
    this.#state.textContent = `On ${context.adapter}.`;
    this.root.append(
      element(
        "div",
        { class: "controls" },
        element("label", {}, "Data ", this.#source),
        button("Open a file …", () => {
          this.#opener.click();
        }),
        this.#opener,
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

  /** Ends what runs, and takes no more data. */
  close(): void {
    this.#closed.abort();
    this.#end();
  }

  /** Ends what runs, and with it the worker and all that it holds on the device. */
  #end(): void {
    this.#stop?.abort();
    this.#model?.dispose();
    this.#model = undefined;
  }

  /** Puts a file among the data that may be chosen. */
  #offer(data: Data): void {
    const value = fileValue(data);
    const known = [...this.#source.options].some((option) => option.value === value);
    if (!known) this.#source.append(element("option", { value }, data.name));
  }

  async #openFiles(): Promise<void> {
    const files = [...(this.#opener.files ?? [])];
    this.#opener.value = "";
    try {
      for (const file of files) await this.#context.data.open(file);
    } catch (thrown) {
      this.#say(thrown);
    }
  }

  #feedOf(seed: number): Feed | Promise<Feed> {
    const { sizes, data } = this.#context;
    const { value } = this.#source;
    const own = data.all.find((file) => fileValue(file) === value);
    if (own) return fileFeed(own, this.#step, sizes(), seed);
    return (value === "text" ? worksFeed : drawnFeed)(this.#step, sizes(), seed);
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
    this.#end();
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
    const { built } = this.#context;
    const [steps, seed] = [this.#stepsField.valueAsNumber, this.#seedField.valueAsNumber];
    this.#state.textContent = "Compiling shaders …";
    const feed = await this.#feedOf(seed);
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

const fileValue = ({ name }: Data): string => `file ${name}`;

/** What was read of a file. */
function told(data: Data): string {
  const count = (n: number, what: string): string => `${n.toLocaleString("en")} ${what}`;
  switch (data.kind) {
    case "text": {
      const { text, characters } = data.encoded;
      return `${data.name}: ${count(text.length, "characters")}, ${String(characters.length)} different ones.`;
    }
    case "table": {
      const names = [...data.table.columns.keys()].join(", ");
      return `${data.name}: ${count(data.table.rows, "rows")} of ${names}.`;
    }
    case "tensors": {
      const shapes = [...data.tensors].map(([name, { shape }]) => `${name} [${shape.join(", ")}]`);
      return `${data.name}: ${shapes.join(", ")}.`;
    }
  }
}

/** What a training step takes, by name. */
const takenAs = ({ name, inputs }: StepPlan): string =>
  `${name} takes ${inputs
    .filter(({ role }) => role === "input")
    .map((input) => `${input.name}: ${input.text}`)
    .join(", ")}.`;

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
