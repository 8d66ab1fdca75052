// `dl playground`: serves the page in which programs are written, looked at and trained.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { InvalidArgumentError, type Command } from "commander";
import { packageRoot } from "../../runtime/node.js";
import { dataFault } from "../faults.js";
import type { Io } from "../io.js";
import { serveFolder } from "../static-server.js";

/** Registers `dl playground`. It serves until it is interrupted. */
export function registerPlayground(program: Command, io: Io): void {
  program
    .command("playground")
    .description(
      "serve a page for writing, looking at and training programs, on this machine alone",
    )
    .option("--port <n>", "the port to serve on; default: a free one", portOption, 0)
    .addHelpText("after", "\nExample:\n  $ dl playground --port 4242")
    .action(async ({ port }: { readonly port: number }) => {
      const folder = join(packageRoot(), "dist", "playground");
      if (!existsSync(join(folder, "index.html")))
        throw dataFault("not-built", "the playground was not built", "run: npm run build");
      const server = await serveFolder(folder, port);
      io.out(`${server.url}\n`);
      io.err("serving the playground; end it with Ctrl-C\n");
      await new Promise<void>((resolve) => {
        process.once("SIGINT", resolve).once("SIGTERM", resolve);
      });
      await server.close();
    });
}

function portOption(text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) < 65536) return Number(text);
  throw new InvalidArgumentError("It must be a number from 0 to 65535.");
}
