// `dl lsp`: the language server over the standard streams.
import type { Command } from "commander";

/** Registers `dl lsp`. */
export function registerLsp(program: Command): void {
  program
    .command("lsp")
    .description("serve an editor over standard input and output, by the language server protocol")
    .option("--stdio", "the only way it speaks; editors may say so")
    .addHelpText("after", "\nExample, in the settings of an editor:\n  dl lsp")
    .action(async () => {
      // Only this command pays for loading the protocol.
      const { serve } = await import("../lsp/server.js");
      await serve(process.stdin, process.stdout);
    });
}
