// From nothing to the first result, in a fresh process and with what a user imports, the built package:
// `node bench/cold.mjs WORK DRIVER [SPEC [ARTIFACT]]`. Works are `product` (128 rows; what rivals are timed on), `block` and `gpt`
// (one training step). SPEC is the file that says rivals' data and first weights, which a block then has too; ARTIFACT is what was
// built ahead of time, so that nothing is compiled here. Times in milliseconds.
import { pathToFileURL } from "node:url";

const start = performance.now();
const [work = "product", adapter, spec = "", built = ""] = process.argv.slice(2);
let last = start;
const parts = {};
/** Notes how long the part that ends here took. */
const lap = (name) => {
  const now = performance.now();
  parts[name] = Math.round(now - last);
  last = now;
};

const [{ openNodeDevice }, { load }] = await Promise.all([
  import("../dist/runtime/node.js"),
  import("../dist/runtime/node-index.js"),
]);
// Both at once, as a program would: the driver starts while the compiler is read and works.
const opening = openNodeDevice({ adapter });

const works = {
  product: { file: "matmul.dl", options: { model: "Product", sets: { N: "128" } } },
  block: { file: "block.dl", options: { model: "One" } },
  gpt: { file: "gpt.dl", options: { runs: ["Train"] } },
};

/** Compiles the work for the device that is opened meanwhile. */
async function compiledNow() {
  const [{ openPackage, readSource }, { compile }, { buildArtifact }] = await Promise.all([
    import("../dist/cli/host.js"),
    import("../dist/compiler/index.js"),
    import("../dist/compiler/artifact/index.js"),
  ]);
  lap("import");
  const { file, options } = works[work];
  const path = `examples/peers/${file}`;
  const compiled = compile(readSource(path), openPackage(path).host, options);
  lap("compile");
  const { target } = await opening;
  lap("device");
  const artifact = buildArtifact(compiled.value, { target });
  lap("artifact");
  return artifact;
}

const artifact = built === "" ? await compiledNow() : built;
const device = await opening;
if (built !== "") lap("import and device");
const session = await load(artifact, { device });
lap("load");
const data = spec === "" ? undefined : await import(pathToFileURL(spec).href);
const filled = (...shape) => ({
  shape,
  data: Float32Array.from({ length: shape.reduce((a, b) => a * b) }, (_, i) => Math.sin(i)),
});
const ids = (...shape) => ({ shape, data: new Int32Array(shape[0] * shape[1]).fill(1) });
const run = {
  product: () => session.run("forward", { x: filled(128, 128), w: filled(128, 128) }),
  block: async () => {
    const { B, T, D } = data?.BLK ?? { B: 1, T: 128, D: 384 };
    const weights = data?.blockParams(D, 400, "block.") ?? [];
    const x = data ? { data: data.blkX(), shape: [B, T, D] } : filled(B, T, D);
    lap("data");
    session.writeVariables(Object.fromEntries(weights.map((w) => [w.name, w.data])));
    lap("upload");
    return session.run("forward", { x });
  },
  gpt: async () => {
    await session.init(0);
    lap("init");
    return session.trainStep("Train", { ids: ids(8, 64), targets: ids(8, 64) }, { step: 1 });
  },
};
const results = await run[work]();
lap("first result");
const now = performance.now();
const report = {
  row: "f",
  driver: adapter ?? "",
  work,
  first_result_ms: Math.round(now - start),
  process_start_ms: Math.round(now),
  cpu_ms: Math.round((process.cpuUsage().user + process.cpuUsage().system) / 1000),
  kernels: session.artifact.kernels.length,
  y0: results.out?.data[0],
  ...parts,
};
process.stdout.write(`${JSON.stringify(report)}\n`, () => process.exit(0));
