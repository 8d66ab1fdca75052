// `dl profile`: every dispatch with its time, work and lines, from source and from an artifact, as text, data, trace and picture.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { dl, temporaryFolder, writeText } from "../harness/cli.js";
import { adapterName, describeGpu, openTestDevice } from "../harness/gpu.js";

const program = `import { adam } from "std/optim"

model Net(In = 24, Out = 40) {
  param w: [In, Out] = normal(std = 0.1)
  param table: [9, In] = ones

  fn forward(ids: i32[B], x: [B, In]) -> [B, Out] = softmax((table[ids] + x) @ w)
}

train Fit(net: Net, ids: i32[B], x: [B, 24]) {
  loss = mean(net(ids, x) * net(ids, x))
  optimizer = adam(lr = 0.1)
}
`;

interface Printed {
  readonly rounds: number;
  readonly microseconds: number;
  readonly ceilings: { readonly flops: number; readonly bytes: number };
  readonly dispatches: readonly {
    readonly kernel: string;
    readonly microseconds: number;
    readonly share: number;
    readonly flops?: number;
    readonly bytes: number;
    readonly lines: readonly string[];
    readonly calls: readonly string[];
  }[];
}

const folder = temporaryFolder();
const file = writeText(folder, "net.dl", program);
const on = ["--adapter", adapterName ?? "", "--rounds", "2"];

describeGpu("dl profile", () => {
  it("says what each dispatch computes, moves and covers", async () => {
    const [trace, flame] = [join(folder, "trace.json"), join(folder, "flame.svg")];
    const files = ["--trace", trace, "--flame", flame, "--json"];
    const ran = await dl("profile", file, "--model", "Net", "--at", "B=6", ...on, ...files);
    expect(ran.err).toBe("");
    const found = JSON.parse(ran.out) as Printed;
    expect(found.rounds).toBe(2);
    expect(found.ceilings.flops).toBeGreaterThan(0);
    expect(found.ceilings.bytes).toBeGreaterThan(0);
    expect(found.dispatches.reduce((sum, d) => sum + d.share, 0)).toBeCloseTo(1, 6);
    const product = found.dispatches.find(({ kernel }) => kernel.startsWith("contract"));
    // 2 operations for each of 6 x 24 x 40 products, and what comes before each of 6 x 24 elements.
    expect(product?.flops).toBeGreaterThanOrEqual(2 * 6 * 24 * 40);
    expect(product?.flops).toBeLessThan(3 * 6 * 24 * 40);
    expect(product?.bytes).toBeGreaterThanOrEqual(4 * (24 * 40 + 6 * 40));
    expect(product?.lines.some((line) => line.endsWith("net.dl:7"))).toBe(true);
    expect(product?.calls.at(0)).toMatch(/net\.dl:7$/);

    const { traceEvents } = JSON.parse(readFileSync(trace, "utf8")) as {
      readonly traceEvents: readonly {
        readonly ph: string;
        readonly ts?: number;
        readonly dur?: number;
      }[];
    };
    const events = traceEvents.filter(({ ph }) => ph === "X");
    expect(events).toHaveLength(found.dispatches.length);
    const end = (events.at(-1)?.ts ?? 0) + (events.at(-1)?.dur ?? 0);
    expect(end).toBeCloseTo(found.microseconds, 3);
    const picture = readFileSync(flame, "utf8");
    expect(picture).toContain("net.dl:7");
    expect(picture.match(/<g>/g)?.length).toBe(picture.match(/<\/g>/g)?.length);
  });

  it("profiles a step of an artifact, updates included", async () => {
    const built = join(folder, "built");
    await dl("build", file, "--run", "Fit", "--for", "software", "-o", built);
    const ran = await dl("profile", built, "--run", "Fit", "--at", "B=5", ...on);
    expect(ran.err).toBe("");
    expect(ran.out).toMatch(/^`Fit` on .* dispatches, each alone; medians of 2 rounds/);
    expect(ran.out).toMatch(/std\/optim\.dl:\d+/);
  });

  it("refuses what it cannot run, with the remedy", async () => {
    const sizes = await dl("profile", file, "--model", "Net", ...on);
    expect(sizes).toMatchObject({ status: 2 });
    expect(sizes.err).toMatch(/`forward` needs sizes of `B`[^]*--at B=8/);
    const entry = await dl("profile", file, "--model", "Net", "--entry", "back", ...on);
    expect(entry).toMatchObject({ status: 1 });
    expect(entry.err).toContain("`forward`");
    const device = await openTestDevice({ features: "none" });
    await expect(device.time([])).rejects.toThrow(/does not tell when kernels begin/);
    device.close();
  });
});
