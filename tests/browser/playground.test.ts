// The playground in a real browser, from a folder of a host: it checks while someone types, shows what was built, and trains.
import { afterAll, beforeAll, expect, test } from "vitest";
import { describeInBrowser, openPage, type OpenPage } from "../harness/browser.js";
import { at, builtFiles, numberIn } from "../harness/playground.js";

const minutes = 60_000;

/** What the scripts of the page use. */
declare const document: {
  querySelector(selector: string): {
    readonly childElementCount: number;
    readonly textContent: string | null;
  } | null;
};
declare const location: { readonly hash: string };
declare const onDevice: { readonly [call in "buffers" | "submits"]: number };

/** Counts what the page itself, rather than a worker, asks of a device. */
const counting = `globalThis.onDevice = { buffers: 0, submits: 0 };
  const { createBuffer } = GPUDevice.prototype;
  GPUDevice.prototype.createBuffer = function (...given) { onDevice.buffers++; return createBuffer.apply(this, given); };
  const { submit } = GPUQueue.prototype;
  GPUQueue.prototype.submit = function (...given) { onDevice.submits++; return submit.apply(this, given); };`;

/** Workers of the page besides the compiler's. */
const runs = (): number => opened.page.workers().length - 1;

let opened: OpenPage;

describeInBrowser("the playground", () => {
  beforeAll(async () => {
    opened = await openPage(builtFiles(), at);
    await opened.page.addInitScript(counting);
    await opened.page.reload();
    await opened.page.waitForSelector("#panel .controls");
  }, 2 * minutes);

  afterAll(async () => {
    await opened.close();
  });

  test("an error appears and disappears while typing", { timeout: minutes }, async () => {
    const { page } = opened;
    const line = page.locator(".cm-line", { hasText: "down = Linear(Hidden, Out)" });
    await line.click();
    await page.keyboard.press("Home");
    await page.keyboard.type("wrong = Lineer(In, 3)\n");
    await page.waitForSelector("#problems .error");
    expect(await page.locator("#problems .error").first().textContent()).toContain("Lineer");
    await page.keyboard.press("ArrowUp");
    await page.keyboard.press("Home");
    await page.keyboard.press("Shift+ArrowDown");
    await page.keyboard.press("Delete");
    await page.waitForFunction(() => document.querySelector("#problems")?.childElementCount === 0);
  });

  test("says what a name is, and what may follow", { timeout: minutes }, async () => {
    const { page } = opened;
    await page.locator(".cm-line", { hasText: "|> tanh |>" }).getByText("tanh").hover();
    await page.waitForSelector(".told pre");
    expect(await page.locator(".told pre").textContent()).toContain("f32[B, Hidden]");
    await page.locator(".cm-line", { hasText: "down = Linear(Hidden, Out)" }).click();
    await page.keyboard.press("End");
    await page.keyboard.type("\nthird = LayerN");
    await page.locator('.cm-tooltip-autocomplete li:has-text("LayerNorm")').first().click();
    // The choice imports what it names.
    await page.waitForSelector('.cm-line:has-text("import"):has-text("LayerNorm")');
    await page.keyboard.press("Control+z");
    await page.keyboard.press("Control+z");
  });

  test("trains for 50 steps and the loss falls", { timeout: 3 * minutes }, async () => {
    const { page } = opened;
    expect(runs()).toBe(0);
    await page.selectOption("#example", { label: "GPT on Shakespeare" });
    await page.selectOption("#example", { label: "First steps" });
    await page.waitForSelector('#subject option:text("train Fit")', { state: "attached" });
    await page.waitForSelector('#sizes input[name="B"]');
    await page.fill('input[name="steps"]', "50");
    await page.click("button.primary");
    const isDone = (): boolean =>
      document.querySelector(".state")?.textContent?.startsWith("Step 50 of 50") === true;
    await page.waitForFunction(isDone, undefined, { timeout: 2 * minutes });
    const state = (await page.locator(".state").textContent()) ?? "";
    const [last, first] = [numberIn(state, "loss"), numberIn(state, "at first")];
    expect(first).toBeGreaterThan(0);
    expect(last).toBeLessThan(0.8 * first);
    await page.waitForSelector('.chart .last:text-is("50")');
    const curve = (await page.locator(".chart .curve").getAttribute("d")) ?? "";
    expect(curve.split("L")).toHaveLength(50);
    // All of it happened in a worker: the page's own thread had nothing to do with a device.
    expect(runs()).toBe(1);
    expect(await page.evaluate(() => onDevice)).toEqual({ buffers: 0, submits: 0 });
  });

  test(
    "shows the graph, the kernels with their lines, and the costs",
    { timeout: minutes },
    async () => {
      const { page } = opened;
      await page.click('#tabs button:text("Graph")');
      await page.waitForSelector("#panel svg text");
      expect(await page.locator("#panel .graph").textContent()).toContain("down");
      await page.click('#tabs button:text("Kernels")');
      const kernel = page.locator(".kernels details", { hasText: "model.dl:" }).first();
      await kernel.locator("summary .label").click();
      expect(await kernel.locator("pre").textContent()).toContain("@compute");
      await page.click('#tabs button:text("Cost")');
      await page.waitForSelector(".costs table");
      // 4 * 32 + 32 + 32 * 2 + 2 numbers.
      expect(await page.locator(".costs tfoot").textContent()).toContain("226");
      expect(await page.locator(".costs dl").first().textContent()).toContain("FLOPs");
    },
  );

  test("a link brings the program back", { timeout: minutes }, async () => {
    const { page } = opened;
    await page.locator(".cm-content").click();
    await page.keyboard.press("Control+Home");
    await page.keyboard.type("// mine\n");
    await page.click("#share");
    await page.waitForFunction(() => location.hash.startsWith("#files="));
    await page.reload();
    await page.waitForSelector('.cm-line:has-text("// mine")');
    await page.waitForSelector("#panel .controls");
  });

  test("a GPT learns from text and writes", { timeout: 5 * minutes }, async () => {
    const { page } = opened;
    await page.selectOption("#example", { label: "GPT on Shakespeare" });
    await page.waitForSelector('#sizes input[name="T"]');
    await page.fill('#sizes input[name="B"]', "4");
    await page.fill('input[name="steps"]', "4");
    await page.click("button.primary");
    const isDone = (): boolean =>
      document.querySelector(".state")?.textContent?.startsWith("Step 4 of 4") === true;
    await page.waitForFunction(isDone, undefined, { timeout: 4 * minutes });
    const state = (await page.locator(".state").textContent()) ?? "";
    // Before it has learnt, each of 65 characters is about as likely as any other.
    expect(numberIn(state, "at first")).toBeCloseTo(Math.log(65), 0);
    await page.click('button:text-is("Write")');
    const hasWritten = (): boolean =>
      (document.querySelector(".written")?.textContent ?? "").length >= 20;
    await page.waitForFunction(hasWritten, undefined, { timeout: 2 * minutes });
    // Another program in the middle of a run ends it, without a fault of the device.
    await page.fill('input[name="steps"]', "1000");
    await page.click('button:text-is("Train")');
    const isRunning = (): boolean =>
      document.querySelector(".state")?.textContent?.startsWith("Step 2 of 1000") === true;
    await page.waitForFunction(isRunning, undefined, { timeout: 2 * minutes });
    // The page answers while the worker trains: what is typed is checked long before the run ends.
    await page.locator(".cm-content").click();
    await page.keyboard.press("Control+Home");
    await page.keyboard.type("wrong ");
    await page.waitForSelector("#problems .error");
    expect(await page.locator("button.primary").textContent()).toBe("Stop");
    await page.keyboard.press("Control+z");
    await page.selectOption("#example", { label: "First steps" });
    await page.waitForSelector('#subject option:text("train Fit")', { state: "attached" });
    await page.waitForSelector('.state:has-text("On ")');
    // Its worker has ended, and with it all that it held on the device.
    await expect.poll(runs).toBe(0);
    expect(await page.evaluate(() => onDevice)).toEqual({ buffers: 0, submits: 0 });
  });

  test(
    "without WebGPU it edits, checks and shows, and says what is missing",
    { timeout: minutes },
    async () => {
      const bare = await openPage(builtFiles(), at, { width: 390, height: 844 });
      const { page } = bare;
      await page.addInitScript(
        "Object.defineProperty(Navigator.prototype, 'gpu', { value: undefined })",
      );
      await page.reload();
      await page.waitForSelector("#panel .told");
      await page.waitForSelector('#panel:has-text("no WebGPU")');
      expect(await page.locator("#panel").textContent()).toContain("https or localhost");
      await page.click('#tabs button:text("Kernels")');
      await page.waitForSelector(".kernels details");
      await page.locator(".cm-content").click();
      await page.keyboard.type("x");
      await page.waitForSelector("#problems .error");
      expect(bare.problems).toEqual([]);
      await bare.close();
    },
  );

  test("no script failed, and the content security policy was kept", () => {
    expect(opened.problems).toEqual([]);
  });
});
