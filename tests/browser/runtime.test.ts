// The same artifact in Node and in a real browser: the same numbers, with nothing held up, and nothing left behind.
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type * as RuntimeModule from "../../runtime/index.js";
import { load } from "../../runtime/node-index.js";
import { openNodeDevice } from "../../runtime/node.js";
import { readExpected } from "../../examples/stories/write.js";
import { bundled, describeInBrowser, openPage, type OpenPage } from "../harness/browser.js";
import { dl, temporaryFolder } from "../harness/cli.js";

const minutes = 60_000;
const steps = 4;
const [batch, length] = [4, 16];

/** What the scripts of the page use of the runtime. */
type Runtime = typeof RuntimeModule;
declare const runtime: Runtime;
declare const longTasks: readonly number[];
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

const html = `<!doctype html><meta charset="utf-8"><title>runtime</title><script type="module">
  globalThis.longTasks = [];
  new PerformanceObserver((list) => longTasks.push(...list.getEntries().map((e) => e.duration))).observe({ type: "longtask", buffered: true });
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
    const parts = partsOfFolder(at("gpt"));
    opened = await openPage(
      new Map<string, string | Uint8Array>([
        ["/", html],
        ["/runtime.js", await bundled("runtime/index.ts")],
        ["/worker.js", await bundled("runtime/worker.ts")],
        ["/stories.dla", readFileSync(at("stories.dla"))],
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
        const { device } = session;
        const held = device.counts.liveBytes;
        session.dispose();
        return { losses, held, left: device.counts.liveBytes, buffers: device.counts.liveBuffers };
      },
      [batches, shape] as const,
    );
    expect(inBrowser.held).toBeGreaterThan(0);
    expect([inBrowser.left, inBrowser.buffers]).toEqual([0, 0]);
    const device = await openNodeDevice({ adapter: process.env["ADJOINT_ADAPTER"] });
    const session = await load(at("gpt"), { device, seed: 5 });
    const losses: number[] = [];
    const feed = batches.map(([ids, targets]) => ({
      ids: { data: Int32Array.from(ids), shape },
      targets: { data: Int32Array.from(targets), shape },
    }));
    for await (const { loss } of session.train("Shakespeare", feed, { seed: 5 })) losses.push(loss);
    device.close();
    expect(losses).toHaveLength(steps);
    expect(losses[steps - 1]).toBeLessThan(losses[0] ?? 0);
    // Both compute on SwiftShader: the same bits.
    expect(inBrowser.losses).toEqual(losses);
  });

  test(
    "writes with streamed weights, in a worker, while the page stays free",
    { timeout: 10 * minutes },
    async () => {
      const { prompt, ids } = readExpected();
      const wanted = ids.slice(0, 24);
      const result = await opened.page.evaluate(
        async ([start, count]) => {
          const worker = new Worker("/worker.js", { type: "module" });
          const received: (readonly [number, number])[] = [];
          const before = longTasks.length;
          const model = await runtime.loadInWorker("/stories.dla", {
            worker,
            onProgress: (bytes, total) => received.push([bytes, total]),
          });
          const written: number[] = [];
          for await (const id of model.generate({ prompt: start, count })) written.push(id);
          const fault = await model.run("forward", {}).catch((thrown: unknown) => String(thrown));
          model.dispose();
          const after = await model.readVariables().catch((thrown: unknown) => String(thrown));
          const late = longTasks.slice(before);
          return { written, received, fault, after, late, entries: model.artifact.entries.length };
        },
        [prompt, wanted.length] as const,
      );
      expect(result.written).toEqual(wanted);
      expect(result.late).toEqual([]);
      expect(result.entries).toBe(2);
      const [received, total] = result.received.at(-1) ?? [];
      expect(received).toBe(total);
      expect(total).toBeGreaterThan(1e6);
      expect(result.fault).toContain("needs the input");
      expect(result.after).toContain("disposed");
    },
  );

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

/** The files of an artifact folder. */
function partsOfFolder(path: string): readonly (readonly [string, Uint8Array])[] {
  const names = readdirSync(path, { recursive: true, encoding: "utf8" });
  const files = names.filter((name) => statSync(join(path, name)).isFile());
  return files.map((name) => [name, readFileSync(join(path, name))]);
}
