// The tabs of a program's files, and what can be done with a file: add, rename, delete.
import { button, byId, element } from "./dom.js";
import type { Editor } from "./editor.js";
import { freshName, mostFiles, problemOfName, withEnding } from "./program.js";
import type { Finding } from "./protocol.js";
import { Tabs } from "./tabs.js";

/** Says something to the user, with a button that does something about it. */
type Say = (words: string, act?: { readonly label: string; readonly done: () => void }) => void;

/** Tabs above an editor. F2 renames the file of the tab in focus, the Delete key deletes it. */
export class FileTabs {
  readonly #editor: Editor;
  readonly #say: Say;
  readonly #tabs: Tabs;
  readonly #add = button("+", () => {
    this.#addFile();
  });
  readonly #rename = button("Rename", () => {
    this.#beginNaming();
  });
  readonly #delete = button("Delete", () => {
    this.#deleteFile();
  });
  readonly #name = element("input", {
    type: "text",
    "aria-label": "Name of the file",
    size: "14",
    spellcheck: "false",
    autocapitalize: "off",
  });
  #findings: readonly Finding[] = [];

  constructor(editor: Editor, say: Say) {
    this.#editor = editor;
    this.#say = say;
    const bar = byId("files", HTMLElement);
    this.#tabs = new Tabs(bar, byId("editor", HTMLElement), (path) => {
      this.#endNaming(false);
      editor.show(path);
      this.show();
    });
    this.#add.setAttribute("aria-label", "Add a file");
    this.#add.title = "Add a file";
    this.#name.hidden = true;
    byId("file-actions", HTMLElement).append(this.#add, this.#name, this.#rename, this.#delete);
    bar.addEventListener("keydown", ({ key }) => {
      if (key === "F2") this.#beginNaming();
      if (key === "Delete") this.#deleteFile();
    });
    bar.addEventListener("dblclick", () => {
      this.#beginNaming();
    });
    this.#name.addEventListener("keydown", ({ key }) => {
      if (key === "Enter") this.#endNaming(true);
      if (key === "Escape") this.#endNaming(false);
    });
    this.#name.addEventListener("input", () => {
      this.#name.removeAttribute("aria-invalid");
    });
    this.show();
  }

  /** Shows the files as they are now, with what is wrong in each. */
  show(findings: readonly Finding[] = this.#findings): void {
    this.#findings = findings;
    const { files, shown } = this.#editor;
    const tabs = files.map(({ path }) => ({
      name: path,
      errors: findings.filter((f) => f.path === path && f.severity === "error").length,
    }));
    this.#tabs.show(tabs, shown);
    this.#delete.disabled = files.length < 2;
    this.#add.disabled = files.length >= mostFiles;
    this.#rename.title = `Rename ${shown}`;
    this.#delete.title = `Delete ${shown}`;
  }

  #addFile(): void {
    this.#endNaming(false);
    const names = this.#editor.files.map(({ path }) => path);
    this.#editor.add({ path: freshName(names), text: "" });
    this.show();
    this.#beginNaming();
  }

  #deleteFile(): void {
    const { files, shown } = this.#editor;
    if (files.length < 2) return;
    this.#endNaming(false);
    this.#editor.remove();
    this.show();
    this.#tabs.focus();
    this.#say(`${shown} was deleted.`, {
      label: "Undo",
      done: () => {
        this.#editor.open(files);
        this.#editor.show(shown);
        this.show();
      },
    });
  }

  #beginNaming(): void {
    const { shown } = this.#editor;
    this.#name.value = shown;
    this.#name.hidden = false;
    this.#rename.hidden = true;
    this.#delete.hidden = true;
    // The field takes room from the tabs.
    this.show();
    this.#name.focus();
    this.#name.setSelectionRange(0, shown.length - ".dl".length);
  }

  /** Ends the naming; a name that is none stays to be mended. */
  #endNaming(isMeant: boolean): void {
    if (this.#name.hidden) return;
    const { files, shown } = this.#editor;
    const name = withEnding(this.#name.value);
    if (isMeant && name !== shown) {
      const others = files.map(({ path }) => path).filter((path) => path !== shown);
      const problem = problemOfName(name, others);
      if (problem !== undefined) {
        this.#name.setAttribute("aria-invalid", "true");
        this.#say(`${problem[0]?.toUpperCase() ?? ""}${problem.slice(1)}.`);
        return;
      }
      this.#editor.rename(name);
      this.#say("");
    }
    this.#name.removeAttribute("aria-invalid");
    this.#name.hidden = true;
    this.#rename.hidden = false;
    this.#delete.hidden = false;
    this.show();
    this.#tabs.focus();
  }
}
