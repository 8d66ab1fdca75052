// Whether models of the library run at their published size, forward and backward, and how long that takes: `npm run bench -- models [--rows Gpt2]`.
import { openPackage, readSource } from "../cli/host.js";
import { buildArtifact } from "../compiler/artifact/index.js";
import { compile, type Compiled } from "../compiler/index.js";
import type { Device } from "../runtime/device.js";
import { load } from "../runtime/index.js";
import { needsOf, totalBytes } from "../runtime/needs.js";
import { bindInputs, type InputValue } from "../runtime/inputs.js";
import { integers, uniform } from "../tests/harness/peers.js";
import type { Benchmark, Measured } from "./question.js";

/** Sizes of the inputs of a model by name; integers are ids below `below`, conditions are true. */
interface Published {
  readonly title: string;
  readonly path: string;
  readonly model: string;
  readonly sets?: Readonly<Record<string, string>>;
  readonly inputs: Readonly<Record<string, readonly number[]>>;
  readonly result: readonly number[];
  readonly below?: number;
}

const image = { x: [1, 3, 224, 224] };
const classes = [1, 1000];
const length = 16;

const published: readonly Published[] = [
  { title: "ResNet-18", path: "resnet", model: "ResNet", inputs: image, result: classes },
  { title: "ViT-S/16", path: "vit", model: "ViT", inputs: image, result: classes },
  { title: "MobileNetV2", path: "mobilenet", model: "MobileNet", inputs: image, result: classes },
  {
    title: "EfficientNet-B0",
    path: "efficientnet",
    model: "EfficientNet",
    inputs: image,
    result: classes,
  },
  { title: "ConvNeXt-T", path: "convnext", model: "ConvNeXt", inputs: image, result: classes },
  {
    title: "BERT-tiny",
    path: "bert",
    model: "Bert",
    sets: { D: "128", H: "2", L: "2" },
    inputs: { ids: [1, length], segments: [1, length], mask: [1, length] },
    result: [1, length, 128],
    below: 2,
  },
  {
    title: "T5-small",
    path: "t5",
    model: "T5",
    inputs: { ids: [1, length], keep: [1, length], target: [1, length] },
    result: [1, length, 32128],
    below: 32128,
  },
  {
    title: "GPT-2 124M",
    path: "gpt2",
    model: "Gpt2",
    inputs: { ids: [1, length] },
    result: [1, length, 50257],
    below: 50257,
  },
];

const count = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

function compiledOf({ path, model, sets }: Published): Compiled {
  const file = `stdlib/${path}.dl`;
  const options = { model, entries: ["forward"], withGradients: true, ...(sets ? { sets } : {}) };
  const compiled = compile(readSource(file), openPackage(file).host, options);
  if (compiled.ok) return compiled.value;
  throw new Error(compiled.diagnostics.map(({ title }) => title).join("\n"));
}

/** Random pixels, ids and cotangents; conditions are true. */
function inputsOf(
  { inputs, result, below = 1 }: Published,
  compiled: Compiled,
): Record<string, InputValue> {
  const gradient = compiled.entries.find(({ name }) => name === "forward.grad");
  return Object.fromEntries(
    (gradient?.signature.inputs ?? []).map(({ name, dtype }, seed): [string, InputValue] => {
      const shape = name.startsWith("cotangents.") ? result : (inputs[name] ?? []);
      if (dtype === "f32") return [name, { data: uniform(count(shape), seed + 1, 1), shape }];
      if (dtype === "bool") return [name, { data: new Uint8Array(count(shape)).fill(1), shape }];
      return [name, { data: integers(count(shape), seed + 1, below), shape }];
    }),
  );
}

const seconds = async (task: () => Promise<unknown>): Promise<number> => {
  const start = performance.now();
  await task();
  return (performance.now() - start) / 1000;
};

async function measured(device: Device, model: Published): Promise<readonly Measured[]> {
  const start = performance.now();
  const compiled = compiledOf(model);
  const artifact = buildArtifact(compiled, { target: device.target });
  const compiling = (performance.now() - start) / 1000;
  const trained = compiled.variables.filter(({ isTrainable }) => isTrainable);
  const inputs = inputsOf(model, compiled);
  const forward = Object.fromEntries(
    Object.entries(inputs).filter(([name]) => !name.startsWith("cotangents.")),
  );
  const backwards = artifact.entries.find(({ name }) => name === "forward.grad");
  if (!backwards) throw new Error("there is no gradient");
  const bytes = needsOf(artifact, backwards.name, bindInputs(backwards, inputs).symbols);
  const session = await load(artifact, { device });
  try {
    await session.init(0);
    const cold = await seconds(() => session.run("forward", forward));
    const warm = await seconds(() => session.run("forward", forward));
    const gradients = new Map<string, Float32Array>();
    const backward = async (): Promise<void> => {
      for (const [name, { data }] of Object.entries(await session.run("forward.grad", inputs)))
        if (data instanceof Float32Array) gradients.set(name, data);
    };
    const coldBackward = await seconds(backward);
    const warmBackward = await seconds(backward);
    const isFine = (path: string): boolean => gradients.get(path)?.every(Number.isFinite) ?? false;
    const isAlive = (path: string): boolean => gradients.get(path)?.some((x) => x !== 0) ?? false;
    const rows = [
      ["parameters", trained.reduce((all, v) => all + count(v.shape), 0) / 1e6, "million"],
      ["compiling to kernels", compiling, "s"],
      ["kernels", artifact.kernels.length, ""],
      ["peak bytes", totalBytes(bytes) / 2 ** 20, "MiB"],
      ["forward, first", cold, "s"],
      ["forward, second", warm, "s"],
      ["with gradients, first", coldBackward, "s"],
      ["with gradients, second", warmBackward, "s"],
      ["tensors of parameters", trained.length, ""],
      ["of these with finite gradients", trained.filter((v) => isFine(v.path)).length, ""],
      ["of these not all 0", trained.filter((v) => isAlive(v.path)).length, ""],
    ] as const;
    return rows.map(([what, value, unit]) => ({ what: `${model.title}, ${what}`, value, unit }));
  } finally {
    session.dispose();
  }
}

/** Parameters, bytes and seconds of each model at batch 1, and how many of its gradients are finite. */
export const benchmark: Benchmark = {
  question: "Do the published models run at full size, forward and backward, at batch 1?",
  async measure(open, wanted) {
    const device = await open();
    const all: Measured[] = [];
    for (const model of published)
      if (wanted?.includes(model.model) ?? true) all.push(...(await measured(device, model)));
    return all;
  },
};
