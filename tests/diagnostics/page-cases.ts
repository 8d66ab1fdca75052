// Codes that no single program yields: what a run, several files or a very large file has to be for them, and what is said.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { checkPackage } from "../../compiler/compile.js";
import { renderText } from "../../compiler/diagnostics/index.js";
import { requestAdapter } from "../../runtime/adapter.js";
import { reportEnd } from "../../cli/faults.js";
import type { SourceFile } from "../../grammar/source.js";
import type { HostTensor } from "../../runtime/weights.js";
import { dl, floats, ints, writeTensors, writeText } from "../harness/cli.js";

const model = `import { Linear, Embedding } from "std/nn"

model Words(V = 5, D = 4) {
  emb = Embedding(V, D)
  up = Linear(D, 2)

  fn forward(ids: i32[B, T], x: [B, T, D]) -> [B, T, 2]
    where T <= 8 = up(emb(ids) + x)
}
`;

const zeros = (...shape: number[]): HostTensor => floats(shape, () => 0);
const weights = { "emb.weight": zeros(5, 4), "up.weight": zeros(2, 4), "up.bias": zeros(2) };
const inputs = { ids: ints([1, 2], [0, 1]), x: zeros(1, 2, 4) };

type Files = Readonly<Record<string, HostTensor>>;

/** What running a model says, with the folder of its files left out. */
async function running(
  text: string,
  stored: Files,
  given: Files,
  more: readonly string[] = [],
  edit: (folder: string) => void = () => undefined,
  command: "run" | "grad" = "run",
): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "adjoint-page-"));
  try {
    const file = writeText(folder, "words.dl", text);
    const w = writeTensors(folder, "w.safetensors", stored);
    const i = writeTensors(folder, "in.safetensors", given);
    edit(folder);
    const args = ["--backend", "reference", "--weights", w, "--inputs", i, ...more];
    const { err } = await dl(command, file, ...args);
    return [folder, relative(process.cwd(), folder)].reduce(
      (t, f) => t.replaceAll(`${f}/`, ""),
      err,
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const withWeights = (changed: Files, without = ""): Promise<string> => {
  const kept = Object.entries({ ...weights, ...changed }).filter(([name]) => name !== without);
  return running(model, Object.fromEntries(kept), inputs);
};
const withInputs = (changed: Files, without = ""): Promise<string> => {
  const kept = Object.entries({ ...inputs, ...changed }).filter(([name]) => name !== without);
  return running(model, weights, Object.fromEntries(kept));
};

/** What checking some files says. */
function checking(...files: readonly SourceFile[]): Promise<string> {
  const host = {
    read: (module: string) => files.find(({ path }) => path === `${module}.dl`),
    moduleOf: ({ path }: SourceFile) => path.replace(/\.dl$/, ""),
  };
  return Promise.resolve(renderText(checkPackage(files, host).diagnostics));
}

/** What testing a file says, with the folder of the file left out. */
async function testing(text: string): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "adjoint-page-"));
  try {
    const file = writeText(folder, "laws.dl", text);
    const { err } = await dl("test", file, "--backend", "reference", "--runs", "20");
    // The summary names how long it took.
    const said = err.replace(/\n\d+ passed, .*\n$/, "\n");
    return said.replaceAll(`${folder}/`, "").replaceAll(`${relative(process.cwd(), folder)}/`, "");
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Several codes may be said at once; a page shows its own. */
const onlyOf = (code: string, text: string): string =>
  text.split("\n\n").find((part) => part.includes(`[${code}]`)) ?? text;

/** What is said, by code. */
export const pageCases: Readonly<Record<string, () => Promise<string>>> = {
  "file-too-large": () =>
    checking({ path: "large.dl", text: `// ${"x".repeat(4 * 1024 * 1024)}\n` }),
  "too-many-errors": async () =>
    onlyOf(
      "too-many-errors",
      await checking({
        path: "page.dl",
        text: Array.from({ length: 120 }, (_, i) => `const n${String(i)} =\n`).join(""),
      }),
    ),
  "import-cycle": () =>
    checking(
      { path: "a.dl", text: 'import { g } from "./b"\nfn f(x: [B]) -> [B] = g(x)\n' },
      { path: "b.dl", text: 'import { f } from "./a"\nfn g(x: [B]) -> [B] = f(x)\n' },
    ),
  "open-loop": () =>
    running(
      model.replace(
        "= up(emb(ids) + x)",
        "{\n    var y = up(emb(ids) + x)\n    for i in 0..T { y = y + 1 }\n    y\n  }",
      ),
      weights,
      inputs,
    ),
  "missing-static": () => running(model.replace("D = 4", "D"), weights, inputs),
  "size-overflow": () => running(model, weights, inputs, ["--set", "V=9000000000000000"]),
  "no-gradient": () =>
    running(
      "model Words(V = 5) {\n  fn forward(ids: i32[B, T]) -> i32[B, T] = ids % V\n}\n",
      {},
      { ids: ints([1, 2], [0, 1]) },
      [],
      () => undefined,
      "grad",
    ),
  "no-adapter": async () => {
    const gpu = { requestAdapter: () => Promise.resolve(null) };
    const thrown = await requestAdapter(gpu as unknown as GPU).catch((fault: unknown) => fault);
    let said = "";
    reportEnd(thrown, { out: () => undefined, err: (t) => (said += t), isTerminal: false }, false);
    return said;
  },
  "property-fails": () =>
    testing('property "a sum is not negative" (N in 1..9, x: [N]) {\n  assert sum(x) >= 0\n}\n'),
  "law-fails": () =>
    testing("fn scaled(x: [B, D]) -> [B, D] = x / sqrt(mean(x * x, axis = -1, keep = true))\n"),
  "nothing-to-try": () =>
    testing('property "even" (N in 3..4) where N % 2 == 0 {\n  assert N == 4\n}\n'),
  "weights-missing": () => withWeights({ "up.bais": zeros(2) }, "up.bias"),
  "weights-extra": () => withWeights({ "head.weight": zeros(3) }),
  "weights-shape": () => withWeights({ "up.weight": zeros(4, 2) }),
  "weights-dtype": () => withWeights({ "up.bias": ints([2], [0, 0]) }),
  "weights-corrupt": () =>
    running(model, weights, inputs, [], (folder) => {
      writeText(folder, "w.safetensors", "PK\u0003\u0004, an archive of another kind");
    }),
  "input-missing": () => withInputs({}, "x"),
  "input-extra": () => withInputs({ y: zeros(1) }),
  "input-shape": () => withInputs({ x: zeros(1, 3, 4) }),
  "input-dtype": () => withInputs({ ids: zeros(1, 2) }),
  "input-out-of-range": () => withInputs({ ids: ints([1, 2], [0, 5]) }),
  "guard-violated": () =>
    withInputs({ ids: ints([1, 9], new Array<number>(9).fill(0)), x: zeros(1, 9, 4) }),
};
