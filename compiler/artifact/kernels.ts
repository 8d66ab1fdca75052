// The shaders of an artifact: equal texts are kept once.
import type { DeviceNeeds, KernelText } from "../../runtime/format.js";
import type { Span } from "../../grammar/source.js";
import { printWgsl, readsWords } from "../codegen/wgsl/print.js";
import type { Kernel } from "../codegen/kernel.js";
import { placeOf } from "../diagnostics/index.js";

/** Collects shaders and numbers them. */
export class Kernels {
  readonly texts: KernelText[] = [];
  readonly #all: Kernel[] = [];
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

  /** What a device must have for all of them. */
  get needs(): DeviceNeeds {
    const most = (of: (kernel: Kernel) => number): number => Math.max(0, ...this.#all.map(of));
    const subgroup = this.#all.find((k) => k.subgroup !== undefined)?.subgroup;
    const enabled = this.texts.flatMap(({ wgsl }) =>
      [...wgsl.matchAll(/^enable (\w+);$/gm)].map(([, name = ""]) => featureOf[name] ?? name),
    );
    return {
      storageBuffers: most((k) => k.bindings.length),
      workgroupBytes: most((k) => k.shared.reduce((sum, { length }) => sum + 4 * length, 0)),
      invocations: most((k) => k.workgroupSize),
      features: [...new Set(enabled)].sort(),
      ...(subgroup === undefined ? {} : { subgroup }),
    };
  }

  #numberOf(kernel: Kernel, kind: string, spans: readonly Span[]): number {
    const wgsl = printWgsl(kernel);
    const known = this.#numbers.get(wgsl);
    if (known !== undefined) return known;
    const number = this.texts.length;
    const [span] = spans;
    this.#all.push(kernel);
    this.texts.push({
      label: `${kind}${String(number)}`,
      ...(span ? { origin: placeOf(span) } : {}),
      wgsl,
      bindings: kernel.bindings.map((b) => b.access),
      hasWords: readsWords(kernel),
      ...(kernel.subgroup === undefined ? {} : { subgroup: kernel.subgroup }),
    });
    this.#numbers.set(wgsl, number);
    return number;
  }
}

/** The feature of WebGPU behind an extension of WGSL, where their names differ. */
const featureOf: Readonly<Record<string, string>> = { f16: "shader-f16" };
