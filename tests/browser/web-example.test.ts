// The example of a page: built as its README says, it writes in a browser, and its script writes the same in Node.
import { execFile } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { beforeAll, expect, test } from "vitest";
import { bundled, describeInBrowser, openPage } from "../harness/browser.js";
import { dl, temporaryFolder } from "../harness/cli.js";

const minutes = 60_000;
const site = temporaryFolder();
const model = "examples/shakespeare/model.dl";

describeInBrowser("examples/web", () => {
  beforeAll(async () => {
    const text = readFileSync("examples/shakespeare/input.txt", "utf8");
    const characters = [...new Set(text)].sort();
    expect(characters).toHaveLength(65);
    writeFileSync(join(site, "vocabulary.json"), JSON.stringify(characters));
    const build = ["--model", "Gpt", "--for", "discrete,software"];
    const { status, err } = await dl("build", model, ...build, "-o", join(site, "gpt.dla"));
    expect(err).toContain("gpt.dla");
    expect(status).toBe(0);
  }, minutes);

  test("the page and the script write the same", { timeout: 5 * minutes }, async () => {
    const files = new Map<string, string | Uint8Array>([
      ["/", readFileSync("examples/web/index.html", "utf8")],
      ["/gpt.dla", readFileSync(join(site, "gpt.dla"))],
      ["/vocabulary.json", readFileSync(join(site, "vocabulary.json"))],
      ["/runtime/index.js", await bundled("runtime/index.ts")],
      ["/runtime/worker.js", await bundled("runtime/worker.ts")],
    ]);
    const opened = await openPage(files);
    const { page, problems } = opened;
    const length = (): boolean =>
      (document.querySelector("#text")?.textContent ?? "").length >= 200;
    await page.waitForFunction(length, undefined, { timeout: 4 * minutes });
    const written = await page.evaluate(() => document.querySelector("#text")?.textContent);
    expect(problems).toEqual([]);
    await opened.close();
    const { stdout } = await promisify(execFile)(process.execPath, [
      "examples/web/write.mjs",
      site,
    ]);
    expect(stdout).toHaveLength(201);
    // The adapters may differ, and with them what the last bits of a logit decide.
    expect(stdout.slice(0, 60)).toBe(written?.slice(0, 60));
  });

  test("both are as short as they say", () => {
    for (const name of ["index.html", "write.mjs"])
      expect(readFileSync(`examples/web/${name}`, "utf8").split("\n").length).toBeLessThan(32);
  });
});

/** The part of the page's document that is used. */
declare const document: { querySelector(name: string): { textContent: string } | null };
