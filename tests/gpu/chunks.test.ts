// What is computed in chunks of rows runs on a device: sums in place, and a short last chunk.
import { afterAll, beforeAll, expect, test } from "vitest";
import { chunkLarge } from "../../compiler/passes/chunk/index.js";
import type { Device } from "../../runtime/device.js";
import { entriesOf, largeInside } from "../harness/chunked.js";
import { openTestDevice } from "../harness/gpu.js";
import { expectSame, sessionOf } from "../harness/kernels.js";
import { drawnFor } from "../harness/scans.js";
import { backward } from "../harness/tolerance.js";

let device: Device;
beforeAll(async () => {
  device = await openTestDevice();
});
afterAll(() => {
  device.close();
});

// One whose rows lie along two axes, and one that divides by zero where there are no rows.
const tried = largeInside.filter((_, i) => i === 0 || i === 5);

test.each(tried)("$title", { timeout: 120_000 }, async (large) => {
  const sizeOf = ({ name }: { readonly name: string }): number | undefined => large.sizes[name];
  const entry = entriesOf(large).find(({ name }) => name === "large.grad");
  if (!entry) throw new Error("there is no gradient");
  const { program, chunked } = chunkLarge(entry.program, { ...large, sizeOf });
  expect(chunked.length).toBeGreaterThan(0);
  const { dims, tensors } = drawnFor(entry, large.sizes, 5);
  const session = await sessionOf(device, new Map([["f", program]]));
  // Twice: the second run finds sums of the first where its own are to be.
  for (let run = 0; run < 2; run++)
    await expectSame(session, "f", program, tensors, backward, dims);
  session.dispose();
});
