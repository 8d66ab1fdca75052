// The right half of the page: what to build, with which sizes, and the views of what was built.
import { portable, type Target } from "../runtime/format.js";
import type { Compiler } from "./compiler.js";
import type { DataFiles } from "./data/files.js";
import { byId, element } from "./dom.js";
import { isSameProgram } from "./program.js";
import type { Built, Checked, Files, Sizes, Subject } from "./protocol.js";
import { faultText, RunView } from "./run-view.js";
import { Tabs } from "./tabs.js";
import { costView, graphView, kernelsView } from "./views.js";

const views = ["Run", "Graph", "Kernels", "Cost"] as const;
type View = (typeof views)[number];

/** Milliseconds without a change after which a program is built. */
const pause = 400;

/** The adapter that models run on: what it calls itself, and what kernels for it may rely on. */
export interface Adapter {
  readonly description: string;
  readonly target: Target;
}

/** What the results need of the page. */
export interface ResultsOptions {
  readonly compiler: Compiler;
  /** The adapter, or the fault that says why there is none. */
  readonly adapter: Promise<Adapter | { readonly fault: unknown }>;
  /** Data of the user's own. */
  readonly data: DataFiles;
  readonly goTo: (path: string, line: number) => void;
}

/** Builds what is chosen after each check without errors, and shows it. */
export class Results {
  readonly #options: ResultsOptions;
  readonly #subject = byId("subject", HTMLSelectElement);
  readonly #sizes = byId("sizes", HTMLElement);
  readonly #panel = byId("panel", HTMLElement);
  readonly #tabs: Tabs;
  #tab: View = "Run";
  #files: Files = [];
  /** The subject that was built of them last. */
  #chosen = "";
  #subjects: readonly Subject[] = [];
  #built: Built | undefined;
  #wanted = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #run: RunView | undefined;

  constructor(options: ResultsOptions) {
    this.#options = options;
    this.#tabs = new Tabs(byId("tabs", HTMLElement), this.#panel, (name) => {
      this.#choose(views.find((view) => view === name) ?? "Run");
    });
    this.#subject.addEventListener("change", () => void this.#build());
    this.#choose(this.#tab);
  }

  /** Says of what is shown whether it may be older than the program that is edited. */
  isBusy(isBusy: boolean): void {
    this.#panel.setAttribute("aria-busy", String(isBusy));
  }

  /** Takes a program that was checked. What was built before stays in view while it has errors. */
  take(files: Files, { findings, subjects }: Checked): void {
    clearTimeout(this.#timer);
    const hasErrors = findings.some(({ severity }) => severity === "error");
    this.#panel.classList.toggle("is-outdated", hasErrors);
    if (hasErrors) {
      this.isBusy(false);
      if (!this.#built) this.#say("There is an error in the source; it is shown below it.");
      return;
    }
    this.#offer(subjects);
    if (isSameProgram(files, this.#files) && this.#subject.value === this.#chosen) {
      this.isBusy(false);
      return;
    }
    this.isBusy(true);
    this.#timer = setTimeout(() => {
      this.#files = files;
      void this.#build();
    }, pause);
  }

  #offer(subjects: readonly Subject[]): void {
    const before = this.#subject.value;
    this.#subjects = subjects;
    const options = subjects.map(({ path, kind, name }) => {
      const isAlone = subjects.filter((s) => s.kind === kind && s.name === name).length === 1;
      const words = `${kind} ${name}${isAlone ? "" : ` of ${path}`}`;
      return element("option", { value: `${path} ${kind} ${name}` }, words);
    });
    this.#subject.replaceChildren(...options);
    if (options.some(({ value }) => value === before)) this.#subject.value = before;
  }

  async #build(): Promise<void> {
    const mine = ++this.#wanted;
    this.#chosen = this.#subject.value;
    await this.#buildAs(mine);
    if (mine === this.#wanted) this.isBusy(false);
  }

  /** Builds what is chosen; `mine` is the number of this build, so that a later one is not overwritten. */
  async #buildAs(mine: number): Promise<void> {
    const { compiler, adapter } = this.#options;
    const subject = this.#subjects[this.#subject.selectedIndex];
    if (!subject) {
      this.#drop();
      this.#say("There is no model here yet.");
      return;
    }
    try {
      const found = await adapter;
      const files = this.#files;
      const target = "fault" in found ? portable("discrete") : found.target;
      const built = await compiler.ask("build", { files, subject, target });
      if (mine !== this.#wanted) return;
      this.#drop();
      if ("problem" in built) {
        this.#say(built.problem);
        return;
      }
      this.#built = built;
      this.#offerSizes(built);
      await this.#show();
    } catch (thrown) {
      this.#say(faultText(thrown));
    }
  }

  /** Forgets what was built, and what runs of it. */
  #drop(): void {
    this.#built = undefined;
    this.#run?.close();
    this.#run = undefined;
  }

  #offerSizes({ artifact }: Built): void {
    const known = this.#sizesNow();
    const entries = [...artifact.steps, ...artifact.entries];
    const names = new Set(entries.flatMap(({ program }) => program.symbols.map((s) => s.name)));
    const fields = [...names].map((name) => {
      const value = String(known[name] ?? 16);
      const field = element("input", { type: "number", name, min: "1", max: "65536", value });
      field.addEventListener("change", () => {
        if (!field.validity.valid || field.value === "") field.value = value;
        if (this.#tab === "Cost") void this.#show();
      });
      return element("label", {}, `${name} `, field);
    });
    this.#sizes.replaceChildren(...fields);
  }

  #sizesNow(): Sizes {
    const fields = [...this.#sizes.querySelectorAll("input")];
    return Object.fromEntries(fields.map(({ name, valueAsNumber }) => [name, valueAsNumber]));
  }

  #choose(tab: View): void {
    this.#tab = tab;
    this.#tabs.show(
      views.map((name) => ({ name })),
      tab,
    );
    void this.#show();
  }

  async #show(): Promise<void> {
    const built = this.#built;
    if (!built) return;
    const tab = this.#tab;
    const view = await this.#view(built, tab).catch((thrown: unknown) =>
      this.#told(faultText(thrown)),
    );
    if (this.#built === built && this.#tab === tab) this.#panel.replaceChildren(view);
  }

  async #view(built: Built, tab: View): Promise<HTMLElement> {
    const { compiler, goTo } = this.#options;
    switch (tab) {
      case "Run":
        return this.#runView(built);
      case "Graph":
        return graphView(built);
      case "Kernels":
        return kernelsView(built, this.#files, goTo);
      case "Cost": {
        const costs = await compiler.ask("costs", { sizes: this.#sizesNow() });
        return costs ? costView(costs) : this.#told("Nothing was built yet.");
      }
    }
  }

  /** The run panel stays as it is while other views are looked at. */
  async #runView(built: Built): Promise<HTMLElement> {
    const adapter = await this.#options.adapter;
    if ("fault" in adapter) {
      const why = faultText(adapter.fault);
      return this.#told(`Nothing can be trained here: ${why}\nThe other views need no WebGPU.`);
    }
    const [step] = built.artifact.steps;
    if (!step) return this.#told("Choose a `train` declaration to train; this is a model alone.");
    if (this.#built !== built) return this.#told("");
    this.#run ??= new RunView(
      {
        built,
        adapter: adapter.description,
        sizes: () => this.#sizesNow(),
        data: this.#options.data,
      },
      step,
    );
    return this.#run.root;
  }

  #say(words: string): void {
    this.#panel.replaceChildren(this.#told(words));
  }

  #told(words: string): HTMLElement {
    return element("p", { class: "told" }, words);
  }
}
