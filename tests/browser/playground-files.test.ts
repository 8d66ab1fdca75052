// The playground with several files and with data of the user's own, in a real browser.
import { afterAll, beforeAll, expect, test } from "vitest";
import { serializeSafetensors } from "../../runtime/weights.js";
import { describeInBrowser, openPage, type OpenPage } from "../harness/browser.js";
import { at, builtFiles, numberIn } from "../harness/playground.js";

const minutes = 60_000;

/** What the scripts of the page use. */
declare const document: {
  querySelector(selector: string): {
    readonly childElementCount: number;
    readonly textContent: string | null;
    dispatchEvent(event: unknown): boolean;
  } | null;
};
declare const location: { readonly hash: string };
declare const DataTransfer: new () => { readonly items: { add(file: unknown): void } };
declare const DragEvent: new (type: string, options: object) => object;

let opened: OpenPage;

/** A table of 60 rows whose class follows from the numbers: the place of the largest of the first three. */
function table(): string {
  const rows = Array.from({ length: 60 }, (_, i) => {
    const x = [0, 1, 2, 3].map((j) => Number(Math.sin(i * 1.7 + j * 2.3 + i * j).toFixed(4)));
    return [...x, x.indexOf(Math.max(...x.slice(0, 3)))].join(",");
  });
  return ["x.0,x.1,x.2,x.3,y", ...rows].join("\n");
}

const file = (name: string, content: string | Uint8Array) => ({
  name,
  mimeType: "application/octet-stream",
  buffer: Buffer.from(content),
});

/** A language model that knows the last character alone. */
const pairs = `import { adamw } from "std/optim"

model Pairs(V = 4) {
  param next: [V, V] = zeros

  fn forward(ids: i32[B, T]) -> [B, T, V] = next[ids]
}

train Next(net: Pairs, ids: i32[B, T], targets: i32[B, T]) {
  loss = cross_entropy(net(ids), targets)
  optimizer = adamw(lr = 1e-1)
}
`;

/** Gives files to the run panel's picker. */
async function pick(...files: ReturnType<typeof file>[]): Promise<void> {
  await opened.page.setInputFiles("#panel input[type=file]", files);
}

const tabNames = async (): Promise<readonly string[]> =>
  opened.page.locator("#files [role=tab]").allTextContents();

const stateSays = async (words: string): Promise<string> => {
  const state = opened.page.locator(".state", { hasText: words });
  await state.waitFor({ timeout: minutes });
  return (await state.textContent()) ?? "";
};

/** Waits until a subject is offered and what is shown was built of the program that offers it. */
const isBuilt = async (subject: string): Promise<void> => {
  const { page } = opened;
  await page.waitForSelector(`#subject option:text-is("${subject}")`, { state: "attached" });
  await page.waitForSelector("#panel[aria-busy=false] .controls", { timeout: 2 * minutes });
};

const openExample = async (title: string, subject: string): Promise<void> => {
  await opened.page.selectOption("#example", { label: title });
  await isBuilt(subject);
};

/** Writes text into the file in view, in place of all that is there. */
async function write(text: string): Promise<void> {
  const { page } = opened;
  await page.locator(".cm-content").click();
  await page.keyboard.press("Control+a");
  await page.keyboard.press("Delete");
  await page.keyboard.insertText(text);
}

describeInBrowser("files and data in the playground", () => {
  beforeAll(async () => {
    opened = await openPage(builtFiles(), at);
    await opened.page.waitForSelector("#panel .controls");
  }, 3 * minutes);

  afterAll(async () => {
    await opened.close();
  });

  test(
    "an import finds a file beside it, and a mistake is shown in the file it lies in",
    { timeout: 2 * minutes },
    async () => {
      const { page } = opened;
      await openExample("Rows of a table", "train Classes");
      expect(await tabNames()).toEqual(["table.dl", "net.dl"]);
      await page.click('#files [role=tab]:has-text("net.dl")');
      const line = page.locator(".cm-line", { hasText: "down = Linear(Hidden, Classes)" });
      await line.click();
      await page.keyboard.press("End");
      await page.keyboard.type("\nwrong = Lineer(In, 3)");
      await page.waitForSelector("#problems .error");
      // The mark is at the file's tab while another file is in view, and the finding leads back to its line.
      await page.click('#files [role=tab]:has-text("table.dl")');
      const other = page.locator("#files [role=tab]", { hasText: "net.dl" });
      await other.locator(".errors").waitFor();
      expect(await page.locator("#files [aria-selected=true]").textContent()).toBe("table.dl");
      const found = page.locator("#problems .error").first();
      expect(await found.textContent()).toContain("net.dl:9:11");
      await found.click();
      await page.waitForSelector('.cm-activeLine:has-text("Lineer")');
      expect(await other.getAttribute("aria-selected")).toBe("true");
      await page.keyboard.press("Control+z");
      await page.waitForFunction(
        () => document.querySelector("#problems")?.childElementCount === 0,
      );
    },
  );

  test(
    "files are added, renamed and deleted, by keys alone",
    { timeout: 2 * minutes },
    async () => {
      const { page } = opened;
      await page.focus("#files [aria-selected=true]");
      await page.keyboard.press("F2");
      await page.keyboard.type("table");
      await page.keyboard.press("Enter");
      await page.waitForSelector("#notice:has-text('There is a file `table.dl` already.')");
      await page.keyboard.press("Control+a");
      await page.keyboard.type("network");
      await page.keyboard.press("Enter");
      expect(await tabNames()).toEqual(["table.dl", "network.dl"]);
      // Whoever imported it is told.
      await page.waitForSelector('#problems .error:has-text("net.dl")');
      // Tabs are one stop; arrows go from one to the next.
      await page.keyboard.press("ArrowLeft");
      await page.waitForSelector('#files [aria-selected=true]:has-text("table.dl")');
      expect(await page.locator("#files [tabindex='0']").count()).toBe(1);
      const line = page.locator(".cm-line", { hasText: "./net.dl" });
      await line.click();
      await page.keyboard.press("End");
      for (let i = 0; i < 'net.dl"'.length; i++) await page.keyboard.press("Backspace");
      await page.keyboard.insertText('network.dl"');
      await page.waitForFunction(
        () => document.querySelector("#problems")?.childElementCount === 0,
      );
      await page.click('button[aria-label="Add a file"]');
      await page.keyboard.type("extra");
      await page.keyboard.press("Enter");
      expect(await tabNames()).toEqual(["table.dl", "network.dl", "extra.dl"]);
      await page.keyboard.press("Delete");
      expect(await tabNames()).toEqual(["table.dl", "network.dl"]);
      await page.click('#notice button:text-is("Undo")');
      expect(await tabNames()).toEqual(["table.dl", "network.dl", "extra.dl"]);
    },
  );

  test("a link carries all files, and says when it cannot", { timeout: 2 * minutes }, async () => {
    const { page } = opened;
    await page.click('#files [role=tab]:has-text("extra.dl")');
    await write("// as it was shared\n");
    await page.click("#share");
    await page.waitForFunction(() => location.hash.startsWith("#files="));
    await page.reload();
    await page.waitForSelector('#files [role=tab]:has-text("extra.dl")');
    expect(await tabNames()).toEqual(["table.dl", "network.dl", "extra.dl"]);
    await page.click('#files [role=tab]:has-text("extra.dl")');
    await page.waitForSelector('.cm-line:has-text("// as it was shared")');
    await page.waitForSelector("#panel .controls");
    // Letters that nothing repeats cannot be made shorter.
    let state = 1;
    const noise = Array.from({ length: 60_000 }, () => {
      state = (Math.imul(state, 48_271) >>> 0) % 2_147_483_647;
      return String.fromCharCode(97 + (state % 26));
    });
    const before = await page.evaluate(() => location.hash);
    await write(`// ${noise.join("")}\n`);
    await page.click("#share");
    await page.waitForSelector('#notice:has-text("too long for a link")');
    expect(await page.locator("#notice").textContent()).toContain("extra.dl");
    expect(await page.evaluate(() => location.hash)).toBe(before);
    await page.keyboard.press("Control+z");
  });

  test("a table of the user's own is what a run learns", { timeout: 4 * minutes }, async () => {
    const { page } = opened;
    await openExample("Rows of a table", "train Classes");
    await pick(file("rows.csv", table()));
    await stateSays("rows.csv: 60 rows of x.0, x.1, x.2, x.3, y");
    await page.fill('#sizes input[name="B"]', "20");
    await page.fill('input[name="steps"]', "60");
    await page.click("button.primary");
    await page.waitForSelector('.state:has-text("Step 60 of 60")', { timeout: 3 * minutes });
    const state = (await page.locator(".state").textContent()) ?? "";
    // Three classes are about as likely as each other before anything was learnt; then the numbers decide.
    expect(numberIn(state, "at first")).toBeCloseTo(Math.log(3), 0);
    expect(numberIn(state, "loss")).toBeLessThan(0.3);
  });

  test("what is wrong with a file is said in the panel", { timeout: 3 * minutes }, async () => {
    const { page } = opened;
    await openExample("First steps", "train Fit");
    await openExample("Rows of a table", "train Classes");
    const wrong: readonly (readonly [string, string | Uint8Array, string])[] = [
      ["photo.png", "PNG", "no data that can be read here"],
      ["none.csv", "", "is empty"],
      ["bare.csv", "1,2,3\n4,5,6\n", "numbers instead of names"],
      ["torn.csv", "a,b\n1,2\n3\n", "line 3: it has 1 cell, but the first line names 2 columns"],
      ["torn.safetensors", new Uint8Array(20).fill(255), "torn.safetensors"],
      ["latin.txt", new Uint8Array([0x61, 0xe9, 0x62]), "not UTF-8"],
    ];
    for (const [name, content, words] of wrong) {
      await pick(file(name, content));
      await stateSays(words);
    }
    // Files that can be read but do not fit are refused when they are to be used.
    const misfits: readonly (readonly [string, string | Uint8Array, string])[] = [
      ["short.csv", "x.0,x.1,x.2,y\n1,2,3,0\n", "has 3 columns for `x: f32[B, 4]`, which takes 4"],
      ["word.csv", "x0,x1,x2,x3,y\n1,2,3,4,rose\n", "line 2: `y` is `rose`, which is no number"],
      ["few.csv", "x0,x1,x2,x3,y\n1,2,3,4,0\n", "too few for batches of"],
      ["verse.txt", "to be or not to be", "a text fills two inputs"],
      [
        "other.safetensors",
        serializeSafetensors([["z", { dtype: "f32", shape: [2], data: Float32Array.of(1, 2) }]]),
        "has no tensor for `x: f32[B, 4]`; it has `z`",
      ],
    ];
    for (const [name, content, words] of misfits) {
      await pick(file(name, content));
      await stateSays(name);
      await page.click("button.primary");
      await stateSays(words);
      await page.waitForSelector('button.primary:text-is("Train")');
    }
  });

  test("tensors and files of programs may be dropped", { timeout: 4 * minutes }, async () => {
    const { page } = opened;
    await openExample("First steps", "train Fit");
    const count = 40;
    const x = Float32Array.from({ length: 4 * count }, (_, i) => Math.sin(1.3 * i));
    const y = Float32Array.from({ length: 2 * count }, (_, i) => {
      const row = Math.floor(i / 2) * 4 + (i % 2);
      return 0.5 * (x[row] ?? 0) - (x[row + 2] ?? 0);
    });
    const bytes = serializeSafetensors([
      ["x", { dtype: "f32", shape: [count, 4], data: x }],
      ["y", { dtype: "f32", shape: [count, 2], data: y }],
    ]);
    const drop = async (name: string, content: readonly number[]): Promise<void> => {
      await page.evaluate(
        (given: { readonly name: string; readonly content: readonly number[] }) => {
          const transfer = new DataTransfer();
          transfer.items.add(new File([Uint8Array.from(given.content)], given.name));
          const event = new DragEvent("drop", { bubbles: true, dataTransfer: transfer });
          document.querySelector("main")?.dispatchEvent(event);
        },
        { name, content },
      );
    };
    await drop("fit.safetensors", [...bytes]);
    await stateSays("fit.safetensors: x [40, 4], y [40, 2]");
    await page.fill('input[name="steps"]', "80");
    await page.click("button.primary");
    await page.waitForSelector('.state:has-text("Step 80 of 80")', { timeout: 3 * minutes });
    const state = (await page.locator(".state").textContent()) ?? "";
    expect(numberIn(state, "loss")).toBeLessThan(0.2 * numberIn(state, "at first"));
    await drop("dropped.dl", [...Buffer.from("// dropped\n")]);
    await page.waitForSelector('.cm-line:has-text("// dropped")');
    expect(await tabNames()).toEqual(["model.dl", "dropped.dl"]);
  });

  test("a language model reads a text of the user's own", { timeout: 4 * minutes }, async () => {
    const { page } = opened;
    await openExample("First steps", "train Fit");
    await write(pairs);
    await isBuilt("train Next");
    await pick(file("few.txt", "abcab ".repeat(200)));
    await stateSays("few.txt: 1,200 characters, 4 different ones");
    await page.fill('input[name="steps"]', "60");
    await page.click("button.primary");
    await page.waitForSelector('.state:has-text("Step 60 of 60")', { timeout: 3 * minutes });
    const state = (await page.locator(".state").textContent()) ?? "";
    // One character in three, the one behind a `b`, may be either of two: ln(2) / 3 is the least, and 4 of them were ln(4) at first.
    expect(numberIn(state, "at first")).toBeCloseTo(Math.log(4), 1);
    expect(numberIn(state, "loss")).toBeLessThan(0.4);
    await page.click('button:text-is("Write")');
    const isWritten = (): boolean =>
      (document.querySelector(".written")?.textContent ?? "").length >= 40;
    await page.waitForFunction(isWritten, undefined, { timeout: 2 * minutes });
    const written = (await page.locator(".written").textContent()) ?? "";
    // Almost every `a` is followed by a `b` there, as in the text.
    const follows = written.match(/a[ab c]/g) ?? [];
    expect(follows.filter((pair) => pair === "ab").length).toBeGreaterThan(0.8 * follows.length);
  });

  test("no script failed, and the content security policy was kept", () => {
    expect(opened.problems).toEqual([]);
  });
});
