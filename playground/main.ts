// The playground: an editor for the language, and beside it the graph, kernels, costs and training of what is written there.
import { openBrowserDevice } from "../runtime/browser.js";
import { Compiler } from "./compiler.js";
import { DataFiles, textOf } from "./data/files.js";
import { button, byId, element } from "./dom.js";
import { Editor } from "./editor.js";
import { examples, firstExample } from "./examples.js";
import { FileTabs } from "./file-tabs.js";
import { isSameProgram, mostFiles, problemOfName } from "./program.js";
import type { Files, Finding } from "./protocol.js";
import { Results } from "./results.js";
import { faultText } from "./run-view.js";
import { packed, unpacked } from "./share.js";

const notice = byId("notice", HTMLOutputElement);
const problems = byId("problems", HTMLElement);
const menu = byId("example", HTMLSelectElement);

/** Says something in the head of the page, with a button where something can be done about it. */
function say(words: string, act?: { readonly label: string; readonly done: () => void }): void {
  const made =
    act &&
    button(act.label, () => {
      notice.replaceChildren();
      act.done();
    });
  notice.replaceChildren(words, ...(made ? [made] : []));
}

async function sharedFiles(): Promise<Files | undefined> {
  try {
    return await unpacked(location.hash);
  } catch {
    say("This link holds no program that can be read; here is an example instead.");
    return undefined;
  }
}

const shared = await sharedFiles();
const compiler = new Compiler();
const data = new DataFiles();
/** Models run on devices of their own in workers; this one only says what they will find. */
const adapter = openBrowserDevice().then(
  ({ adapter: { description }, target }) => ({ description, target }),
  (fault: unknown) => ({ fault }),
);
const results = new Results({
  compiler,
  adapter,
  data,
  goTo: (path, line) => {
    goTo(path, line);
  },
});

const editor = new Editor({
  parent: byId("editor", HTMLElement),
  files: shared ?? firstExample.files,
  compiler,
  onChanged() {
    results.isBusy(true);
  },
  onChecked(files, checked) {
    showProblems(checked.findings);
    tabs.show(checked.findings);
    results.take(files, checked);
  },
  onFault(thrown) {
    results.isBusy(false);
    say(`The compiler failed, which is a fault of ours: ${faultText(thrown)}`);
  },
});
const tabs = new FileTabs(editor, say);

/** Shows a line of a file. */
function goTo(path: string, line: number): void {
  editor.showLine(path, line);
  tabs.show();
}

/** Takes another program; what was here before can be had back. */
function open(files: Files, before?: { readonly files: Files; readonly known: Files }): void {
  editor.open(files);
  tabs.show([]);
  if (!before || isSameProgram(before.files, before.known)) say("");
  else {
    say("Another program was opened.", {
      label: "Back to mine",
      done: () => {
        open(before.files);
      },
    });
  }
}

function showProblems(findings: readonly Finding[]): void {
  problems.replaceChildren(
    ...findings.map(({ text, path, line, severity }) => {
      const made = button(text, () => {
        goTo(path, line);
      });
      made.classList.add(severity);
      return made;
    }),
  );
}

menu.append(
  ...(shared === undefined ? [] : [element("option", { value: "" }, "from the link")]),
  ...examples.map(({ title }, i) => element("option", { value: String(i) }, title)),
);
const chosen = (): Files =>
  examples[Number(menu.value || NaN)]?.files ?? shared ?? firstExample.files;
let known = chosen();
menu.addEventListener("change", () => {
  open(chosen(), { files: editor.files, known });
  known = chosen();
});

byId("share", HTMLButtonElement).addEventListener("click", () => void share());

async function share(): Promise<void> {
  const link = await packed(editor.files);
  if ("problem" in link) {
    say(link.problem);
    return;
  }
  location.replace(link.hash);
  const rest = data.all.length === 0 ? "" : " Data of your own is not in it.";
  try {
    await navigator.clipboard.writeText(location.href);
    say(`The link was copied.${rest}`);
  } catch {
    say(`The link is in the address bar.${rest}`);
  }
}

addEventListener("hashchange", () => {
  void sharedFiles().then((files) => {
    if (files && !isSameProgram(files, editor.files)) open(files);
  });
});

/** Files that are dropped anywhere on the page: programs become files of this one, all others are data. */
addEventListener("dragover", (event) => {
  if (event.dataTransfer?.types.includes("Files") !== true) return;
  event.preventDefault();
  document.body.classList.add("takes-files");
});
addEventListener("dragleave", (event) => {
  if (event.relatedTarget === null) document.body.classList.remove("takes-files");
});
addEventListener("drop", (event) => {
  document.body.classList.remove("takes-files");
  const files = [...(event.dataTransfer?.files ?? [])];
  if (files.length === 0) return;
  event.preventDefault();
  void take(files);
});

async function take(files: readonly File[]): Promise<void> {
  try {
    for (const file of files) {
      if (!file.name.endsWith(".dl")) {
        await data.open(file);
        say(`${file.name} was read; it stays in this page.`);
      } else await takeProgram(file);
    }
  } catch (thrown) {
    say(faultText(thrown));
  }
}

async function takeProgram(file: File): Promise<void> {
  const names = editor.files.map(({ path }) => path).filter((path) => path !== file.name);
  const problem =
    names.length >= mostFiles
      ? `A program has ${String(mostFiles)} files here at most.`
      : problemOfName(file.name, names);
  if (problem !== undefined) {
    say(problem);
    return;
  }
  const before = editor.files;
  editor.add({ path: file.name, text: await textOf(file) });
  tabs.show();
  if (before.some(({ path }) => path === file.name)) {
    say(`${file.name} was replaced.`, {
      label: "Undo",
      done: () => {
        open(before);
      },
    });
  }
}
