// What the device cannot hold is refused by name and line, with nothing allocated.
import { expect, test } from "vitest";
import { buildArtifact } from "../../compiler/artifact/index.js";
import { portable } from "../../runtime/format.js";
import { checkRoom } from "../../runtime/room.js";
import { entriesOf, largeInside } from "../harness/chunked.js";
import { modelOf } from "../harness/kernels.js";

const [large] = largeInside;
if (!large) throw new Error("there is no function");
const [entry] = entriesOf(large);
if (!entry) throw new Error("there is no entry");
const artifact = buildArtifact(modelOf([entry]), { target: portable("software") });
const [plan] = artifact.entries;
if (!plan) throw new Error("there is no plan");
const symbols = plan.program.symbols.map(({ name }) => large.sizes[name] ?? 0);
const check = (maxBufferSize: number, maxStorageBufferBindingSize: number) => () => {
  checkRoom(artifact, plan.name, symbols, { maxBufferSize, maxStorageBufferBindingSize });
};

test("what fits is let through", () => {
  expect(check(1 << 20, 1 << 20)).not.toThrow();
});

test("a tensor that no kernel can see as a whole is named with its line", () => {
  // The logits: 3 * 7 * 97 words.
  expect(check(1 << 20, 8147)).toThrow(/f32\[B, T, 97\] from large\.dl:2:\d+ takes/);
  expect(check(1 << 20, 8148)).not.toThrow();
});

test("a buffer that is too large is named", () => {
  expect(check(4096, 1 << 20)).toThrow(/the buffer of temporary 0 takes/);
});
