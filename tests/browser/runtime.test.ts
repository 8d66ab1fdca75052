// The same artifact in Node and in a real browser: the same numbers, with nothing held up, and nothing left behind.
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type * as RuntimeModule from "../../runtime/index.js";
import { openArtifact } from "../../runtime/artifact.js";
import type { Artifact } from "../../runtime/format.js";
import { load } from "../../runtime/node-index.js";
import { openNodeDevice } from "../../runtime/node.js";
import { dlaSource, oneChunk } from "../../runtime/source.js";
import { readExpected } from "../../examples/stories/write.js";
import { bundled, describeInBrowser, openPage, type OpenPage } from "../harness/browser.js";
import { dl, temporaryFolder } from "../harness/cli.js";

const minutes = 60_000;
const steps = 8;
const [batch, length] = [4, 16];

/** What the scripts of the page use of the runtime. */
type Runtime = typeof RuntimeModule;
declare const runtime: Runtime;
/** What the page itself, rather than a worker, did on devices. */
declare const onDevice: {
  readonly created: ReadonlySet<object>;
  readonly destroyed: ReadonlySet<object>;
  readonly submits: number;
};
declare const Worker: new (
  url: string,
  options: { readonly type: "module" },
) => Parameters<Runtime["loadInWorker"]>[1]["worker"];

/** Ids of a batch, the same in Node and in the page. */
const idsOf = (step: number, shift: number): number[] =>
  Array.from({ length: batch * length }, (_, i) => ((i + shift) * 7 + step * 13) % 65);

const folder = temporaryFolder();
const at = (name: string): string => join(folder, name);
let opened: OpenPage;
let artifact: Artifact;

const html = `<!doctype html><meta charset="utf-8"><title>runtime</title><script type="module">
  globalThis.onDevice = { created: new Set(), destroyed: new Set(), submits: 0 };
  const wrap = (type, name, note) => {
    const own = type.prototype[name];
    type.prototype[name] = function (...given) {
      const made = own.apply(this, given);
      note(this, made);
      return made;
    };
  };
  wrap(GPUDevice, "createBuffer", (_, buffer) => onDevice.created.add(buffer));
  wrap(GPUBuffer, "destroy", (buffer) => onDevice.destroyed.add(buffer));
  wrap(GPUQueue, "submit", () => onDevice.submits++);
  globalThis.runtime = await import("/runtime.js");
</script>`;

describeInBrowser("the runtime in a browser", () => {
  beforeAll(async () => {
    const gpt = ["examples/shakespeare/model.dl", "--model", "Gpt", "--run", "Shakespeare"];
    const built = await dl("build", ...gpt, "--for", "software", "-o", at("gpt"));
    expect(built.err).toContain("wrote");
    const weights = ["--weights", "examples/stories/stories260K.safetensors"];
    const stories = ["examples/stories/model.dl", "--model", "Stories", ...weights];
    await dl("build", ...stories, "--for", "software", "-o", at("stories.dla"));
    await dl("build", ...gpt, "--for", "software", "-o", at("gpt.dla"));
    artifact = await openInMemory(at("gpt.dla"));
    const parts = partsOfFolder(at("gpt"));
    opened = await openPage(
      new Map<string, string | Uint8Array>([
        ["/", html],
        ["/runtime.js", await bundled("runtime/index.ts")],
        ["/worker.js", await bundled("runtime/worker.ts")],
        ["/stories.dla", readFileSync(at("stories.dla"))],
        ["/gpt.dla", readFileSync(at("gpt.dla"))],
        ...parts.map(([name, bytes]) => [`/gpt/${name}`, bytes] as const),
      ]),
    );
    await opened.page.waitForFunction(() => "runtime" in globalThis);
  }, 5 * minutes);

  afterAll(async () => {
    await opened.close();
  });

  test("trains a GPT to the same losses as Node", { timeout: 10 * minutes }, async () => {
    const batches = Array.from({ length: steps }, (_, i) => [idsOf(i, 0), idsOf(i, 1)] as const);
    const shape = [batch, length];
    const inBrowser = await opened.page.evaluate(
      async ([given, size]) => {
        const session = await runtime.load("/gpt", { seed: 5 });
        const feed = given.map(([ids, targets]) => ({
          ids: { data: Int32Array.from(ids), shape: size },
          targets: { data: Int32Array.from(targets), shape: size },
        }));
        const losses: number[] = [];
        for await (const { loss } of session.train("Shakespeare", feed, { seed: 5 }))
          losses.push(loss);
        const trained = Object.entries(await session.readVariables()).map(
          ([path, { data }]) => [path, Array.from(data)] as const,
        );
        const { device } = session;
        const held = device.counts.liveBytes;
        session.dispose();
        const { liveBytes: left, liveBuffers: buffers } = device.counts;
        const kept = [...onDevice.created].filter((b) => !onDevice.destroyed.has(b)).length;
        return { losses, trained, held, left, buffers, created: onDevice.created.size, kept };
      },
      [batches, shape] as const,
    );
    expect(inBrowser.held).toBeGreaterThan(0);
    expect([inBrowser.left, inBrowser.buffers]).toEqual([0, 0]);
    // Nor does the browser know of a buffer that was made and not destroyed.
    expect(inBrowser.created).toBeGreaterThan(5);
    expect(inBrowser.kept).toBe(0);
    // Both compute on SwiftShader: the same bits.
    const device = await openNodeDevice({ adapter: "swiftshader" });
    const session = await load(at("gpt"), { device, seed: 5 });
    const losses: number[] = [];
    const feed = batches.map(([ids, targets]) => ({
      ids: { data: Int32Array.from(ids), shape },
      targets: { data: Int32Array.from(targets), shape },
    }));
    for await (const { loss } of session.train("Shakespeare", feed, { seed: 5 })) losses.push(loss);
    const trained = await session.readVariables();
    device.close();
    expect(losses).toHaveLength(steps);
    expect(losses[steps - 1]).toBeLessThan(losses[0] ?? 0);
    expect(inBrowser.losses).toEqual(losses);
    // Parameters and moments as well.
    expect(inBrowser.trained.length).toBeGreaterThan(3 * 30);
    expect(inBrowser.trained.map(([path]) => path)).toEqual(Object.keys(trained));
    const differ = inBrowser.trained.filter(([path, numbers]) =>
      numbers.some((x, i) => !Object.is(x, trained[path]?.data[i])),
    );
    expect(differ.map(([path]) => path)).toEqual([]);
  });

  test(
    "writes with streamed weights, in a worker, while the page stays free",
    { timeout: 10 * minutes },
    async () => {
      const { prompt, ids } = readExpected();
      expect(ids).toHaveLength(256);
      const result = await opened.page.evaluate(
        async ([start, count]) => {
          const worker = new Worker("/worker.js", { type: "module" });
          const received: (readonly [number, number])[] = [];
          const before = { submits: onDevice.submits, buffers: onDevice.created.size };
          const model = await runtime.loadInWorker("/stories.dla", {
            worker,
            onProgress: (bytes, total) => received.push([bytes, total]),
          });
          const written: number[] = [];
          for await (const id of model.generate({ prompt: start, count })) written.push(id);
          const fault = await model.run("forward", {}).catch((thrown: unknown) => String(thrown));
          model.dispose();
          const after = await model.readVariables().catch((thrown: unknown) => String(thrown));
          const submits = onDevice.submits - before.submits;
          const buffers = onDevice.created.size - before.buffers;
          const entries = model.artifact.entries.length;
          return { written, received, fault, after, submits, buffers, entries };
        },
        [prompt, ids.length] as const,
      );
      expect(result.written).toEqual(ids);
      expect([result.submits, result.buffers]).toEqual([0, 0]);
      expect(result.entries).toBe(2);
      const [received, total] = result.received.at(-1) ?? [];
      expect(received).toBe(total);
      expect(total).toBeGreaterThan(1e6);
      expect(result.fault).toContain("needs the input");
      expect(result.after).toContain("disposed");
    },
  );

  test("a worker takes an artifact in memory, and bytes", { timeout: 5 * minutes }, async () => {
    const [ids, targets] = [idsOf(0, 0), idsOf(0, 1)];
    const result = await opened.page.evaluate(
      async ([first, second, shape, memory]) => {
        const inputs = {
          ids: { data: Int32Array.from(first), shape },
          targets: { data: Int32Array.from(second), shape },
        };
        const open = async (what: Parameters<Runtime["loadInWorker"]>[0]): Promise<number[]> => {
          const worker = new Worker("/worker.js", { type: "module" });
          const model = await runtime.loadInWorker(what, { worker });
          await model.init(5);
          const calls = [1, 2].map((step) => model.trainStep("Shakespeare", inputs, { step }));
          const losses = (await Promise.all(calls)).map(({ loss }) => loss);
          model.dispose();
          return losses;
        };
        const bytes = await (await fetch("/gpt.dla")).arrayBuffer();
        return [
          await open(JSON.parse(memory) as Artifact),
          await open(bytes),
          await open(new Uint8Array(bytes)),
        ];
      },
      [ids, targets, [batch, length], JSON.stringify(artifact)] as const,
    );
    expect(result[0]?.[1]).toBeLessThan(result[0]?.[0] ?? 0);
    expect(result[1]).toEqual(result[0]);
    expect(result[2]).toEqual(result[0]);
  });

  test("says what a device lacks before anything is allocated", async () => {
    const said = await opened.page.evaluate(async () => {
      const device = await runtime.openBrowserDevice();
      const few = { ...device.target, invocations: 16, storageBuffers: 1 };
      Object.defineProperty(device, "target", { value: few });
      const fault = await runtime
        .load("/gpt", { device })
        .catch((thrown: unknown) => String(thrown));
      return { fault, buffers: device.counts.liveBuffers };
    });
    expect(said.buffers).toBe(0);
    expect(said.fault).toMatch(/storage buffers in a kernel, of which it has 1/);
    expect(said.fault).toMatch(/invocations of a workgroup, of which it has 16/);
  });

  test("no script failed and nothing was logged as an error", () => {
    expect(opened.problems).toEqual([]);
  });
});

/** What a page that compiles has: the artifact as an object. */
async function openInMemory(path: string): Promise<Artifact> {
  return (await openArtifact(await dlaSource("gpt", oneChunk(readFileSync(path))))).artifact;
}

/** The files of an artifact folder. */
function partsOfFolder(path: string): readonly (readonly [string, Uint8Array])[] {
  const names = readdirSync(path, { recursive: true, encoding: "utf8" });
  const files = names.filter((name) => statSync(join(path, name)).isFile());
  return files.map((name) => [name, readFileSync(join(path, name))]);
}
