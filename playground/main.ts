// The playground: an editor for the language, and beside it the graph, kernels, costs and training of what is written there.
import { openBrowserDevice } from "../runtime/browser.js";
import { Compiler } from "./compiler.js";
import { button, byId, element } from "./dom.js";
import { openEditor, replaceText, showLine } from "./editor.js";
import { examples } from "./examples.js";
import type { Finding } from "./protocol.js";
import { Results } from "./results.js";
import { faultText } from "./run-view.js";
import { packed, unpacked } from "./share.js";

const notice = byId("notice", HTMLOutputElement);
const problems = byId("problems", HTMLElement);
const menu = byId("example", HTMLSelectElement);

const say = (words: string): void => {
  notice.textContent = words;
};

async function sharedText(): Promise<string | undefined> {
  try {
    return await unpacked(location.hash);
  } catch {
    say("This link holds no program that can be read; here is an example instead.");
    return undefined;
  }
}

const shared = await sharedText();
const compiler = new Compiler();
/** Models run on devices of their own in workers; this one only says what they will find. */
const adapter = openBrowserDevice().then(
  ({ adapter: { description }, target }) => ({ description, target }),
  (fault: unknown) => ({ fault }),
);
const results = new Results({
  compiler,
  adapter,
  goTo: (line) => {
    showLine(view, line);
  },
});

const view = openEditor({
  parent: byId("editor", HTMLElement),
  text: shared ?? examples[0]?.text ?? "",
  compiler,
  onChecked(text, checked) {
    showProblems(checked.findings);
    results.take(text, checked);
  },
  onFault(thrown) {
    say(`The compiler failed, which is a fault of ours: ${faultText(thrown)}`);
  },
});

function showProblems(findings: readonly Finding[]): void {
  problems.replaceChildren(
    ...findings.map(({ text, line, severity }) => {
      const made = button(text, () => {
        showLine(view, line);
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
menu.addEventListener("change", () => {
  replaceText(view, examples[Number(menu.value)]?.text ?? shared ?? "");
});

byId("share", HTMLButtonElement).addEventListener("click", () => void share());

async function share(): Promise<void> {
  location.replace(await packed(view.state.doc.toString()));
  try {
    await navigator.clipboard.writeText(location.href);
    say("The link was copied.");
  } catch {
    say("The link is in the address bar.");
  }
}

addEventListener("hashchange", () => {
  void sharedText().then((text) => {
    if (text !== undefined && text !== view.state.doc.toString()) replaceText(view, text);
  });
});
