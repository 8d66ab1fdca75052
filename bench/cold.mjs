// From nothing to the first result, in a fresh process and with what a user imports, the built package: `node bench/cold.mjs WORK DRIVER`.
// Works are `product` (128 rows; what rivals are timed on), `block` and `gpt` (one training step). Times in milliseconds.
const start = performance.now();
const [work = "product", adapter] = process.argv.slice(2);
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
  import("../dist/runtime/index.js"),
]);
// Both at once, as a program would: the driver starts while the compiler is read and works.
const opening = openNodeDevice({ adapter });
const [{ openPackage, readSource }, { compile }, { buildArtifact }] = await Promise.all([
  import("../dist/cli/host.js"),
  import("../dist/compiler/index.js"),
  import("../dist/compiler/artifact/index.js"),
]);
lap("import");
const works = {
  product: { file: "matmul.dl", options: { model: "Product", sets: { N: "128" } } },
  block: { file: "block.dl", options: { model: "One" } },
  gpt: { file: "gpt.dl", options: { runs: ["Train"] } },
};
const { file, options } = works[work];
const path = `examples/peers/${file}`;
const compiled = compile(readSource(path), openPackage(path).host, options);
lap("compile");
const device = await opening;
lap("device");
const artifact = buildArtifact(compiled.value, { target: device.target });
lap("artifact");
const session = await load(artifact, { device });
const filled = (...shape) => ({
  shape,
  data: Float32Array.from({ length: shape.reduce((a, b) => a * b) }, (_, i) => Math.sin(i)),
});
const ids = (...shape) => ({ shape, data: new Int32Array(shape[0] * shape[1]).fill(1) });
const run = {
  product: () => session.run("forward", { x: filled(128, 128), w: filled(128, 128) }),
  block: () => session.run("forward", { x: filled(1, 128, 384) }),
  gpt: async () => {
    await session.init(0);
    lap("init");
    return session.trainStep("Train", { ids: ids(8, 64), targets: ids(8, 64) }, { step: 1 });
  },
};
await run[work]();
lap("first result");
const now = performance.now();
const report = {
  row: "f",
  driver: adapter ?? "",
  work,
  first_result_ms: Math.round(now - start),
  process_start_ms: Math.round(now),
  cpu_ms: Math.round((process.cpuUsage().user + process.cpuUsage().system) / 1000),
  kernels: artifact.kernels.length,
  ...parts,
};
process.stdout.write(`${JSON.stringify(report)}\n`, () => process.exit(0));
