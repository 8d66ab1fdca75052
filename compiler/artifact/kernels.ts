// The shaders of an artifact: equal texts are kept once.
import type { KernelText } from "../../runtime/format.js";
import type { Span } from "../../grammar/source.js";
import { printWgsl } from "../codegen/wgsl/print.js";
import type { Kernel } from "../codegen/kernel.js";
import { placeOf } from "../diagnostics/index.js";

/** Collects shaders and numbers them. */
export class Kernels {
  readonly texts: KernelText[] = [];
  readonly #numbers = new Map<string, number>();
  readonly #printed = new Map<Kernel, number>();

  /** The number of a kernel's text. */
  add(kernel: Kernel, kind: string, spans: readonly Span[]): number {
    const printed = this.#printed.get(kernel);
    if (printed !== undefined) return printed;
    const number = this.#numberOf(kernel, kind, spans);
    this.#printed.set(kernel, number);
    return number;
  }

  #numberOf(kernel: Kernel, kind: string, spans: readonly Span[]): number {
    const wgsl = printWgsl(kernel);
    const known = this.#numbers.get(wgsl);
    if (known !== undefined) return known;
    const number = this.texts.length;
    const [span] = spans;
    this.texts.push({
      label: `${kind}${String(number)}`,
      ...(span ? { origin: placeOf(span) } : {}),
      wgsl,
      bindings: kernel.bindings.map((b) => b.access),
      hasWords: kernel.words.length > 0,
      ...(kernel.subgroup === undefined ? {} : { subgroup: kernel.subgroup }),
    });
    this.#numbers.set(wgsl, number);
    return number;
  }
}
