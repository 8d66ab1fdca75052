// Writes with a trained GPT in Node: `node write.mjs [FOLDER]`, where the folder holds gpt.dla and vocabulary.json.
import { readFile } from "node:fs/promises";
import { load } from "adjoint/runtime";

const folder = process.argv[2] ?? "site";
try {
  const characters = JSON.parse(await readFile(`${folder}/vocabulary.json`, "utf8"));
  const model = await load(`${folder}/gpt.dla`);
  const prompt = [Math.max(0, characters.indexOf("\n"))];
  for await (const id of model.generate({ prompt, count: 200, temperature: 0.8 })) {
    process.stdout.write(characters[id] ?? `(${id})`);
  }
  process.stdout.write("\n");
  model.dispose();
} catch (fault) {
  process.stderr.write(
    `${fault.message}\n${fault.remedy ?? "the README says what belongs there"}\n`,
  );
  process.exitCode = 1;
}
