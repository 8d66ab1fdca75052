// The curve of a loss, drawn while it grows.
import { drawn } from "./dom.js";

const [width, height] = [640, 260];
const margin = { left: 56, right: 12, top: 12, bottom: 28 } as const;

/** A curve over steps, which start at 1; values that are no numbers leave a gap. */
export class Chart {
  readonly root = drawn("svg", {
    viewBox: `0 0 ${String(width)} ${String(height)}`,
    class: "chart",
    role: "img",
    "aria-label": "loss by step",
  });
  readonly #values: number[] = [];
  #isDrawn = true;

  /** Adds the value of the next step; drawn with the next frame. */
  add(value: number): void {
    this.#values.push(value);
    if (!this.#isDrawn) return;
    this.#isDrawn = false;
    requestAnimationFrame(() => {
      this.#isDrawn = true;
      this.#draw();
    });
  }

  #draw(): void {
    const shown = this.#values.filter(Number.isFinite);
    const ticks = ticksOf(Math.min(...shown), Math.max(...shown));
    const [low = 0, high = 1] = [ticks.at(0), ticks.at(-1)];
    const last = Math.max(2, this.#values.length);
    const x = (step: number): number =>
      margin.left + ((step - 1) / (last - 1)) * (width - margin.left - margin.right);
    const y = (value: number): number =>
      margin.top + ((high - value) / (high - low)) * (height - margin.top - margin.bottom);
    const rows = ticks.flatMap((tick) => [
      drawn("line", {
        x1: String(margin.left),
        x2: String(width - margin.right),
        y1: y(tick).toFixed(1),
        y2: y(tick).toFixed(1),
        class: "grid",
      }),
      drawn(
        "text",
        { x: String(margin.left - 8), y: (y(tick) + 4).toFixed(1), class: "of-rows" },
        String(Number(tick.toPrecision(6))),
      ),
    ]);
    const points = this.#values.map((value, i) =>
      Number.isFinite(value) ? `${x(i + 1).toFixed(1)} ${y(value).toFixed(1)}` : undefined,
    );
    const path = points.map((point, i) =>
      point === undefined ? "" : `${points[i - 1] === undefined ? "M" : "L"}${point}`,
    );
    const foot = String(height - 8);
    this.root.replaceChildren(
      ...rows,
      drawn("text", { x: String(margin.left), y: foot, class: "first" }, "1"),
      drawn("text", { x: String(width - margin.right), y: foot, class: "last" }, String(last)),
      drawn("text", { x: String((margin.left + width) / 2), y: foot, class: "name" }, "step"),
      drawn("path", { d: path.join(""), class: "curve" }),
    );
  }
}

/** Round numbers at even distances, from at or below the lowest value to at or above the highest. */
function ticksOf(low: number, high: number): readonly number[] {
  if (!Number.isFinite(low) || !Number.isFinite(high)) return [0, 1];
  const span = high > low ? high - low : Math.max(Math.abs(high), 1e-3);
  const power = 10 ** Math.floor(Math.log10(span / 4));
  const step = power * ([1, 2, 5].find((by) => by * power >= span / 4) ?? 10);
  const first = Math.floor(low / step);
  const count = Math.max(1, Math.ceil(high / step) - first);
  return Array.from({ length: count + 1 }, (_, i) => (first + i) * step);
}
