// What `dl tune` may pick agrees with the reference at awkward sizes, and what it writes is used, said and honest about other adapters.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { buildArtifact } from "../../compiler/artifact/index.js";
import { kernelEntry, sitesOf, type Site } from "../../compiler/artifact/sites.js";
import { isAllowed, recordOf } from "../../compiler/codegen/record.js";
import { compile } from "../../compiler/compile.js";
import type { Compiled } from "../../compiler/ir/program.js";
import type { Tensor } from "../../compiler/reference/tensor.js";
import { openPackage } from "../../cli/host.js";
import { writeTable, tunedAdapter } from "../../cli/tune/table.js";
import { portable, type Target } from "../../runtime/format.js";
import { load } from "../../runtime/index.js";
import { dl, floats, temporaryFolder, writeTensors, writeText } from "../harness/cli.js";
import { adapterName, describeGpu, sharedDevice } from "../harness/gpu.js";
import { expectSame } from "../harness/kernels.js";
import { randomFrom, randomTensor } from "../harness/numeric.js";
import { backward } from "../harness/tolerance.js";

const source = `model Awkward {
  fn product(a: [7, 33], b: [33, 15], c: [15]) -> [7, 15] = tanh(a @ b + c)
  fn aligned(a: [36, 64], b: [64, 68]) -> [36, 68] = a @ b
  fn thin(a: [1, 130], b: [130, 37]) -> [1, 37] = a @ b
  fn soft(x: [5, 37]) -> [5, 37] = softmax(x)
  fn across(x: [37, 6]) -> [6] = sum(x * x, axis = 0)
  fn wide(x: [3, 260]) -> [3] = mean(x, axis = 1)
  fn mapped(x: [11, 13]) -> [11, 13] = exp(x) * 2
  fn attend(q: [2, 37, 16], k: [2, 37, 16], v: [2, 37, 8]) -> [2, 37, 8] = attention(q, k, v, causal = true)
}
`;

/** Schedules of each kernel that are tried, spread over its space; all of them with ADJOINT_TUNE_SPACE=all. */
const tried = process.env["ADJOINT_TUNE_SPACE"] === "all" ? Infinity : 6;

function compiled(withGradients: boolean): Compiled {
  const { host } = openPackage("tests");
  const options = { model: "Awkward", withGradients };
  const result = compile({ path: "awkward.dl", text: source }, host, options);
  if (!result.ok) throw new Error(JSON.stringify(result.diagnostics));
  return result.value;
}

function sample<T>(all: readonly T[]): readonly T[] {
  const step = Math.max(1, all.length / tried);
  return all.filter((_, i) => Math.floor(i / step) !== Math.floor((i - 1) / step));
}

/** Runs a kernel alone under some of its schedules, and compares each with the reference. */
async function expectAll({ alone, candidates, key }: Site, target: Target): Promise<number> {
  if (!alone) throw new Error(`${key} is not alone`);
  const device = await sharedDevice();
  const [entry] = alone.entries;
  if (!entry) throw new Error("no entry");
  const random = randomFrom(key.length);
  const tensors = new Map<string, Tensor>(
    entry.signature.inputs.map((type) => [type.name, randomTensor(type, random, [0.1, 1])]),
  );
  const chosen = sample(candidates);
  for (const record of chosen) {
    const artifact = buildArtifact(alone, { target, tuned: () => record });
    const session = await load(artifact, { device });
    try {
      await expectSame(session, kernelEntry, entry.program, tensors, backward);
    } catch (thrown) {
      throw new Error(`${key}: ${JSON.stringify(record)}`, { cause: thrown });
    } finally {
      session.dispose();
    }
  }
  return chosen.length;
}

describeGpu("schedules that may be picked", () => {
  it("agree with the reference on the device's own target", { timeout: 600_000 }, async () => {
    const { target } = await sharedDevice();
    const templates = new Set<string>();
    for (const site of sitesOf(compiled(true), target, {})) {
      if (!site.alone) continue;
      if ((await expectAll(site, target)) > 0) templates.add(site.chosen.template);
    }
    expect([...templates].sort()).toEqual(expect.arrayContaining(["contract", "map", "rows"]));
  });

  it("agree with the reference as for a GPU", { timeout: 600_000 }, async () => {
    const target = portable("discrete");
    const templates = new Set<string>();
    for (const site of sitesOf(compiled(false), target, {})) {
      await expectAll(site, target);
      templates.add(site.chosen.template);
    }
    expect([...templates].sort()).toEqual(["attend", "contract", "map", "rows"]);
  });
});

const net = `model Net(In = 24, Out = 40) {
  param w: [In, Out] = normal(std = 0.1)

  fn forward(x: [B, In]) -> [B, Out] = softmax(tanh(x @ w))
}
`;

describeGpu("dl tune", () => {
  const folder = temporaryFolder();
  const file = writeText(folder, "net.dl", net);
  const on = ["--adapter", adapterName ?? ""];
  const inputs = writeTensors(folder, "in.safetensors", { x: floats([3, 24], (i) => Math.sin(i)) });

  it("lists kernels with --dry and writes nothing", async () => {
    const out = join(folder, "dry.json");
    const ran = await dl("tune", file, "--dry", "-o", out, "--json", ...on);
    expect(ran).toMatchObject({ status: 0, err: "" });
    const { kernels } = JSON.parse(ran.out) as { kernels: { key: string; candidates: number }[] };
    expect(kernels.map(({ key }) => key.split("/")[0]).sort()).toEqual(["contract", "rows"]);
    expect(kernels.every(({ candidates }) => candidates > 5)).toBe(true);
    expect(existsSync(out)).toBe(false);
  });

  it("asks for sizes, measures, and never makes a kernel slower by its own clock", async () => {
    const without = await dl("tune", file, ...on);
    expect(without).toMatchObject({ status: 2 });
    expect(without.err).toContain("--at B=8");
    const out = join(folder, "tuned.json");
    const args = ["--at", "B=64", "--time", "2s", "-o", out, "--json"];
    const ran = await dl("tune", file, ...args, ...on);
    expect(ran.status).toBe(0);
    const { kernels } = JSON.parse(ran.out) as {
      kernels: { before?: number; after: number; tried?: number; kept?: string }[];
    };
    expect(kernels).toHaveLength(2);
    // The time may be over before a kernel's turn.
    const measured = kernels.filter(({ tried }) => tried !== undefined);
    for (const { before = NaN, after, kept } of measured) {
      expect(before).toBeGreaterThan(0);
      if (kept === undefined) expect(after * 1.05).toBeLessThanOrEqual(before);
      else expect(after).toBe(before);
    }
    expect(existsSync(out)).toBe(measured.some(({ kept }) => kept === undefined));
  });

  it("runs with a table, says so, gives the same up to rounding, and the same bits twice", async () => {
    const { adapter, target } = await sharedDevice();
    const result = compile({ path: "net.dl", text: net }, openPackage("tests").host, {
      model: "Net",
    });
    if (!result.ok) throw new Error("net.dl does not compile");
    const sites = sitesOf(result.value, target, {});
    const others = sites.map(({ key, candidates }) => [key, candidates.at(-1)] as const);
    const records = new Map(others.flatMap(([key, r]) => (r ? [[key, r] as const] : [])));
    expect(records.size).toBe(2);
    const table = join(folder, "other.json");
    writeTable(table, { adapter: await tunedAdapter(adapter), records });
    const run = async (...more: string[]): Promise<{ err: string; data: number[] }> => {
      const ran = await dl("run", file, "--inputs", inputs, "--json", ...on, ...more);
      expect(ran.status).toBe(0);
      const { results } = JSON.parse(ran.out) as { results: { out: { data: number[] } } };
      return { err: ran.err, data: [results.out.data].flat(3) };
    };
    const [plain, first, second] = [
      await run(),
      await run("--tuned", table),
      await run("--tuned", table),
    ];
    expect(first.data).toEqual(second.data);
    expect(first.data).toHaveLength(plain.data.length);
    first.data.forEach((x, i) => {
      expect(x).toBeCloseTo(plain.data[i] ?? NaN, 5);
    });
    expect(plain.err).toBe("");
    expect(first.err).toContain(`2 measured schedules of ${adapter.description}`);

    // The same table under another driver's name is of no use here.
    const moved = join(folder, "moved.json");
    const text = readFileSync(table, "utf8");
    writeFileSync(moved, text.replaceAll(JSON.stringify(adapter.description), '"another driver"'));
    const ignored = await run("--tuned", moved);
    expect(ignored.err).toContain("it holds those of another driver");
    expect(ignored.data).toEqual(plain.data);
  });

  it("ships schedules in an artifact where the target allows them, and --explain says by what each was chosen", async () => {
    const { adapter } = await sharedDevice();
    const target = portable("software");
    const result = compile({ path: "net.dl", text: net }, openPackage("tests").host, {
      model: "Net",
    });
    if (!result.ok) throw new Error("net.dl does not compile");
    const [site] = sitesOf(result.value, target, {}).filter((s) => s.chosen.template === "rows");
    const record = site?.candidates.at(-1);
    if (!site || !record) throw new Error("no rows kernel");
    const table = join(folder, "shipped.json");
    writeTable(table, {
      adapter: await tunedAdapter(adapter),
      records: new Map([[site.key, record]]),
    });
    const [plain, shipped] = [join(folder, "plain.dla"), join(folder, "shipped.dla")];
    const build = (out: string, ...more: string[]): ReturnType<typeof dl> =>
      dl("build", file, "--for", "software", "-o", out, "--explain", ...more);
    const before = await build(plain);
    const after = await build(shipped, "--tuned", table);
    expect([before.status, after.status]).toEqual([0, 0]);
    expect(before.out).not.toContain("schedule by measurement");
    expect(after.out.match(/schedule by measurement: rows/g)).toHaveLength(1);
    expect(after.out).toContain("schedule by sizes: contract");
    expect(after.err).toContain("1 measured schedules");
    expect(readFileSync(shipped).equals(readFileSync(plain))).toBe(false);
    const runs = [plain, shipped].map((path) =>
      dl("run", path, "--inputs", inputs, "--json", ...on),
    );
    for (const ran of await Promise.all(runs)) expect(ran.status).toBe(0);
    const refused = await dl("run", shipped, "--inputs", inputs, "--tuned", table, ...on);
    expect(refused).toMatchObject({ status: 2 });
  });

  it("takes no schedule that a target forbids", async () => {
    const { target } = await sharedDevice();
    for (const { alone, chosen, candidates } of sitesOf(compiled(false), target, {})) {
      if (!alone || chosen.template !== "contract") continue;
      const spec = { kind: "contract" as const, ...contractOf(alone) };
      expect(recordOf(spec, target)).toBeDefined();
      expect(candidates.every((record) => isAllowed(record, spec, target))).toBe(true);
      for (const shared of candidates.filter(
        (r) => "isShared" in r.schedule && r.schedule.isShared,
      ))
        expect(isAllowed(shared, spec, portable("software"))).toBe(false);
    }
  });
});

function contractOf(alone: Compiled) {
  const values = alone.entries[0]?.program.graph.values ?? [];
  const result = values.find((v) => v.op.lower.kind === "contract");
  if (!result) throw new Error("no product");
  return { result, stores: [result] };
}
