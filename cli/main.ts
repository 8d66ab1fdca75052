#!/usr/bin/env node
// Entry point of the `dl` command.
import { processIo } from "./io.js";
import { runCommandLine } from "./program.js";

// A closed pipe (`dl run … | head`) ends the program quietly, as it does any other.
process.stdout.on("error", () => process.exit(0));

const status = await runCommandLine(process.argv.slice(2), processIo);
if (status !== 0) process.exitCode = status;
// Ends even where a device still has work that nobody waits for; both streams are flushed first.
process.stdout.write("", () => process.stderr.write("", () => process.exit()));
