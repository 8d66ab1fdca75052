// A row of tabs over one panel, as the pattern of ARIA has it: one stop for the tab key, arrows, Home and End inside.
import { button, element } from "./dom.js";

/** What a tab shows beside its name: how many things are wrong behind it. */
export interface Tab {
  readonly name: string;
  readonly errors?: number;
}

/** Keys that choose another tab, as the place they lead to. */
const keys: Readonly<Record<string, (at: number, count: number) => number>> = {
  ArrowRight: (at, count) => (at + 1) % count,
  ArrowLeft: (at, count) => (at + count - 1) % count,
  Home: () => 0,
  End: (_, count) => count - 1,
};

/** The tabs of one panel. Names are told apart by their texts. */
export class Tabs {
  readonly #bar: HTMLElement;
  readonly #panel: HTMLElement;
  readonly #choose: (name: string) => void;
  #buttons = new Map<string, HTMLButtonElement>();
  #chosen = "";

  /** `choose` is told of the tab that someone chose; it answers by `show`. */
  constructor(bar: HTMLElement, panel: HTMLElement, choose: (name: string) => void) {
    this.#bar = bar;
    this.#panel = panel;
    this.#choose = choose;
    bar.addEventListener("keydown", (event) => {
      const names = [...this.#buttons.keys()];
      const to = keys[event.key]?.(names.indexOf(this.#chosen), names.length);
      const name = to === undefined ? undefined : names[to];
      if (name === undefined) return;
      event.preventDefault();
      choose(name);
      this.#buttons.get(name)?.focus();
    });
  }

  /** Shows tabs, one of them chosen. Those that were there keep their elements, and with them the focus. */
  show(tabs: readonly Tab[], chosen: string): void {
    const before = this.#buttons;
    this.#chosen = chosen;
    this.#buttons = new Map(
      tabs.map(({ name }) => [name, before.get(name) ?? this.#made(name)] as const),
    );
    for (const { name, errors = 0 } of tabs) {
      const made = this.#buttons.get(name);
      if (!made) continue;
      const isChosen = name === chosen;
      made.setAttribute("aria-selected", String(isChosen));
      made.tabIndex = isChosen ? 0 : -1;
      const words = `${String(errors)} ${errors === 1 ? "error" : "errors"}`;
      const mark = element("span", { class: "errors", title: words, "aria-label": words });
      mark.textContent = String(errors);
      made.replaceChildren(name, ...(errors === 0 ? [] : [mark]));
      if (isChosen) this.#panel.setAttribute("aria-labelledby", made.id);
    }
    const shown = [...this.#buttons.values()];
    if (
      shown.some((made, i) => this.#bar.children[i] !== made) ||
      this.#bar.childElementCount > shown.length
    )
      this.#bar.replaceChildren(...shown);
    this.#reveal();
  }

  /** Scrolls the row, and nothing else, so that the chosen tab is in view. */
  #reveal(): void {
    const chosen = this.#buttons.get(this.#chosen)?.getBoundingClientRect();
    const bar = this.#bar.getBoundingClientRect();
    if (!chosen) return;
    const [before, behind] = [bar.left - chosen.left, chosen.right - bar.right];
    if (before > 0) this.#bar.scrollLeft -= before;
    else if (behind > 0) this.#bar.scrollLeft += behind;
  }

  /** Moves the focus to the chosen tab. */
  focus(): void {
    this.#buttons.get(this.#chosen)?.focus();
  }

  #made(name: string): HTMLButtonElement {
    const made = button(name, () => {
      this.#choose(name);
    });
    made.id = `${this.#bar.id}-${name}`;
    made.setAttribute("role", "tab");
    made.setAttribute("aria-controls", this.#panel.id);
    return made;
  }
}
