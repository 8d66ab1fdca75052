// `dl doctor`: what it prints for machines with and without an adapter.
import { stripVTControlCharacters } from "node:util";
import { describe, expect, it } from "vitest";
import { type Choice, render, type Report } from "../../cli/commands/doctor.js";

const choice: Choice = {
  driver: { name: "lavapipe", manifest: "/icd/lvp_icd.json" },
  adapter: {
    vendor: "mesa",
    architecture: "software",
    device: "llvmpipe",
    description: "llvmpipe: Mesa 25",
    isSoftware: true,
    features: ["shader-f16"],
    limits: {
      maxBufferSize: 2 ** 30,
      maxStorageBufferBindingSize: 2 ** 27,
      maxUniformBufferBindingSize: 65536,
      maxStorageBuffersPerShaderStage: 8,
      maxUniformBuffersPerShaderStage: 12,
      maxComputeWorkgroupStorageSize: 16384,
      maxComputeInvocationsPerWorkgroup: 256,
      maxComputeWorkgroupSizeX: 256,
      maxComputeWorkgroupSizeY: 256,
      maxComputeWorkgroupSizeZ: 64,
      maxComputeWorkgroupsPerDimension: 65535,
    },
  },
  why: "no hardware adapter was found, so the CPU computes",
};

const machine = { version: "1.0.0", node: "20.19.0", platform: "linux x64" };

describe("dl doctor", () => {
  it("shows each adapter with features and limits, the choice and why", () => {
    const silent = { driver: { name: "radeon", manifest: "/icd/r.json" }, refusal: "no adapter" };
    const report: Report = { ...machine, drivers: [choice, silent], chosen: choice, missing: [] };
    const text = stripVTControlCharacters(render(report));
    for (const part of [
      "* lavapipe",
      "llvmpipe: Mesa 25",
      "shader-f16",
      "1,024 MiB",
      "16 KiB",
      "radeon",
    ])
      expect(text).toContain(part);
    expect(text).toContain("so the CPU computes");
    expect(text).toMatch(/missing\n {2}nothing$/);
  });

  it("shows what is missing with the commands that mend it", () => {
    const missing = [{ what: "no driver", commands: ["sudo apt-get install x"] }];
    const text = stripVTControlCharacters(
      render({ ...machine, drivers: [], chosen: null, missing }),
    );
    expect(text).toMatch(/adapters\n {2}none/);
    expect(text).toMatch(/missing\n {2}no driver\n {4}run: sudo apt-get install x$/);
  });
});
