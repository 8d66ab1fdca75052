// The server of `dl playground`: it gives what its folder holds, and nothing beside it.
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { serveFolder, type StaticServer } from "../../cli/static-server.js";
import { dl, temporaryFolder } from "../harness/cli.js";

const folder = temporaryFolder();
let server: StaticServer;

/** Asks for a path as it stands, which `fetch` would make tidy first. */
const ask = (
  path: string,
  method = "GET",
): Promise<{ readonly status: number; readonly text: string }> =>
  new Promise((resolve, reject) => {
    const { port } = new URL(server.url);
    request({ host: "127.0.0.1", port, path, method }, (response) => {
      let text = "";
      response.on("data", (part: Buffer) => (text += part.toString()));
      response.on("end", () => {
        resolve({ status: response.statusCode ?? 0, text });
      });
    })
      .on("error", reject)
      .end();
  });

describe("the server of a folder", () => {
  beforeAll(async () => {
    mkdirSync(join(folder, "page", "assets"), { recursive: true });
    writeFileSync(join(folder, "secret.txt"), "secret");
    writeFileSync(join(folder, "page", "index.html"), "page");
    writeFileSync(join(folder, "page", ".hidden"), "secret");
    writeFileSync(join(folder, "page", "assets", "a b.js"), "script");
    symlinkSync(join(folder, "secret.txt"), join(folder, "page", "link.txt"));
    server = await serveFolder(join(folder, "page"), 0);
  });

  afterAll(async () => {
    await server.close();
  });

  it("gives files by their names, on this machine alone", async () => {
    expect(server.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/$/);
    expect(await ask("/")).toEqual({ status: 200, text: "page" });
    expect(await ask("/index.html?x=1")).toEqual({ status: 200, text: "page" });
    expect(await ask("/assets/a%20b.js")).toEqual({ status: 200, text: "script" });
    expect(await ask("/", "HEAD")).toEqual({ status: 200, text: "" });
    expect(await ask("/", "POST")).toEqual({ status: 405, text: "" });
  });

  it.each([
    "/../secret.txt",
    "/assets/../../secret.txt",
    "/..%2fsecret.txt",
    "/%2e%2e/secret.txt",
    "//secret.txt",
    "/..\\secret.txt",
    "/.hidden",
    "/link.txt",
    "/assets",
    "/assets/",
    "/%",
  ])("gives nothing for %s", async (path) => {
    expect(await ask(path)).toEqual({ status: 404, text: "" });
  });

  it("says that a port is taken, and what a port is", async () => {
    const { port } = new URL(server.url);
    await expect(serveFolder(folder, Number(port))).rejects.toThrow(`port ${port}`);
    const { status, err } = await dl("playground", "--port", "http");
    expect(status).toBe(2);
    expect(err).toContain("a number from 0 to 65535");
  });
});
