// The functions and models that are run on the reference and on devices: the standard library, the language page, the examples.
import { functionCases, modelCases, type ProgramCase } from "./programs.js";

const small = { V: "13", Tmax: "32", D: "16", H: "2", L: "2" };

/** Functions of linear algebra that are well conditioned on any matrix; the others are held against PyTorch on chosen ones. */
const stable: readonly string[] = [
  "normalize",
  "cosine_similarity",
  "power_iteration",
  "further",
  "explained_variance",
  "root",
  "orthogonal_parts",
];
const isStable = ({ options }: ProgramCase): boolean => stable.includes(options.fn ?? "");

/** Every function of the standard library that runs by itself. */
export const libraryFunctions: readonly ProgramCase[] = [
  ...functionCases("stdlib/prelude.dl", {
    drop: { p: "0.3" },
    drop_path: { p: "0.3" },
    threshold: { threshold: "0.3", value: "-1" },
  }),
  ...functionCases("stdlib/linalg.dl").filter(isStable),
  ...functionCases("tests/fixtures/linear-algebra/decompositions.dl").filter(isStable),
  ...functionCases("stdlib/sampling.dl", {
    linear_mix: { n: "5" },
    cubic_mix: { n: "5" },
    cubic_mix_inside: { n: "5" },
    in_elements: { n: "5" },
    mirrored: { n: "5" },
    rows_and_columns: { Y: "4", X: "3" },
    region_mix: { h: "2", n: "5" },
    roi_align: { h: "2", w: "3" },
  }),
  ...functionCases("stdlib/signal.dl", {
    cosine_window: { N: "5", a: "0.5", b: "0.5" },
    hann_window: { N: "5" },
    hamming_window: { N: "5" },
    blackman_window: { N: "5" },
    angles: { K: "3", N: "5" },
    real_dft: { K: "3" },
    stft: { hop: "2" },
  }),
  ...functionCases("stdlib/losses.dl"),
  ...functionCases("stdlib/attention.dl", {
    share_heads: { times: "3" },
    relative_bucket: { T: "40", S: "23", max_distance: "30", buckets: "8" },
    distance_bucket: { buckets: "4", max_distance: "9" },
    sliding_window: { T: "5", window: "2" },
    sinusoidal: { T: "5", D: "6" },
    alibi: { H: "3", T: "5" },
  }),
  ...functionCases("stdlib/experts.dl", { top_k_shares: { k: "2" } }),
  ...functionCases("stdlib/optim.dl", {
    constant_lr: { lr: "0.1" },
    cosine: { peak: "0.1", total: "10" },
    warmup_cosine: { peak: "0.1", warmup: "3", total: "10" },
    linear_decay: { peak: "0.1", total: "10" },
    one_cycle: { peak: "0.1", total: "10" },
    step_decay: { start: "0.1", every: "2" },
  }),
];

/** Every layer of the standard library. */
export const libraryLayers: readonly ProgramCase[] = [
  ...modelCases("tests/fixtures/layers.dl"),
  ...modelCases("tests/fixtures/attention.dl"),
  ...modelCases("tests/fixtures/more-layers.dl"),
  ...modelCases("tests/fixtures/recurrent.dl"),
];

/** Every program of the language page. */
export const languagePage: readonly ProgramCase[] = [
  ...modelCases("examples/language-page/gpt.dl", small),
  ...modelCases("examples/language-page/lora.dl"),
  ...functionCases("examples/language-page/patterns.dl", {
    heads: { H: "2" },
    batched: { B: "2" },
  }),
  ...functionCases("examples/language-page/expressions.dl"),
];

/** The models of the other examples, small where they can be. */
export const exampleModels: readonly ProgramCase[] = [
  ...modelCases("stdlib/language.dl", {}).map((work) => ({
    ...work,
    options: { ...work.options, sets: modelSizes(work.title) },
  })),
  ...modelCases("stdlib/bert.dl", small),
  ...modelCases("stdlib/gpt2.dl", small),
  ...modelCases("stdlib/llama.dl", { V: "13", D: "16", H: "4", G: "2", F: "10", L: "1" }),
  ...modelCases("stdlib/t5.dl", { V: "13", D: "16", H: "2", K: "6", F: "10", L: "1" }),
  ...modelCases("examples/shakespeare/model.dl", small),
  ...modelCases("examples/stories/model.dl", { ...small, D: "16", H: "4", G: "2", F: "10" }),
  ...modelCases("examples/peers/gpt.dl", small),
];

function modelSizes(title: string): Readonly<Record<string, string>> {
  return title.endsWith("Llama") ? { ...small, H: "4", G: "2", F: "10" } : small;
}
