// Devices in Node: how drivers are found and chosen, and that a process with a device ends as it should.
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, it } from "vitest";
import { chooseDriver, findDrivers, openNodeDevice, probe } from "../../runtime/node.js";
import { adapterName, describeGpu } from "../harness/gpu.js";
import { root } from "../harness/sources.js";

const module = pathToFileURL(join(root, "runtime", "node.ts")).href;

/** Runs a program that has a device in `device` and a buffer in `buffer`, in a process of its own. */
function ending(program: string): {
  readonly status: number | null;
  readonly signal: string | null;
} {
  const text = `
    const { openNodeDevice } = await import(${JSON.stringify(module)});
    const device = await openNodeDevice(${JSON.stringify({ adapter: adapterName })});
    const buffer = device.createBuffer("b", 64, 0x80 | 0x4 | 0x8);
    ${program}`;
  const args = ["--import", "tsx", "--input-type=module", "-e", text];
  const { status, signal } = spawnSync(process.execPath, args, { cwd: root, timeout: 25_000 });
  return { status, signal };
}

describeGpu("devices in Node", () => {
  it("opens an adapter by name, by manifest and by a part of its description", async () => {
    const driver = await chooseDriver(adapterName);
    const byName = await openNodeDevice({ adapter: driver.name });
    const { description } = byName.adapter;
    const byPart = await openNodeDevice({ adapter: description.slice(0, 8).toUpperCase() });
    expect(byPart.adapter.description).toBe(description);
    if (driver.manifest === null) return;
    const byManifest = await openNodeDevice({ adapter: driver.manifest });
    expect(byManifest.adapter.description).toBe(description);
  });

  it("refuses an adapter that is not there, naming those that are", async () => {
    await expect(openNodeDevice({ adapter: "no such adapter" })).rejects.toMatchObject({
      code: "unknown-adapter",
      exit: 75,
      remedy: expect.stringContaining(findDrivers()[0]?.name ?? "none") as string,
    });
  });

  it("reports a driver that cannot be loaded as a refusal", async () => {
    const broken = { name: "broken", manifest: join(root, "package.json") };
    expect(await probe(broken)).toHaveProperty("refusal");
  });

  it("lets a process end by itself, by exit and by an exception, with work pending", () => {
    expect(ending("device.submit([]);")).toEqual({ status: 0, signal: null });
    expect(ending("void device.read(buffer); process.exit(3);")).toEqual({
      status: 3,
      signal: null,
    });
    expect(ending("void device.read(buffer); throw new Error('x');")).toEqual({
      status: 1,
      signal: null,
    });
  });
});
