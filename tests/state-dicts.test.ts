// The published networks for images have the parameters and states of the PyTorch code that people use: names, shapes, and their number.
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { compileCase } from "./harness/programs.js";

test.each([
  ["ResNet", "resnet18", 11_689_512],
  ["ResNet34", "resnet34", 21_797_672],
  ["ResNet50", "resnet50", 25_557_032],
  ["MobileNet", "mobilenet_v2", 3_504_872],
  ["EfficientNet", "efficientnet_b0", 5_288_548],
  ["ConvNeXt", "convnext_tiny", 28_589_128],
  ["ViT", "vit_small_patch16_224", 22_050_664],
  ["ViTBase", "vit_base_patch16_224", 86_567_656],
  ["Mixer", "mixer_b16_224", 59_880_472],
  ["UNet", "unet", 31_037_698],
] as const)("%s has the state_dict of %s and %i parameters", (model, file, count) => {
  const { variables } = compileCase({
    title: model,
    path: "stdlib/vision.dl",
    options: { model, entries: [] },
  });
  const known = readFileSync(`tests/fixtures/state-dicts/${file}.txt`, "utf8").trim().split("\n");
  const own = variables.map(({ path, shape }) => [path, ...shape].join(" "));
  expect(own.sort()).toEqual(known.sort());
  const sizes = variables
    .filter((v) => v.isTrainable)
    .map((v) => v.shape.reduce((a, b) => a * b, 1));
  expect(sizes.reduce((a, b) => a + b, 0)).toBe(count);
});
