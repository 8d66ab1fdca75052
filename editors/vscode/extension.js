// The VS Code extension: starts `dl lsp`, restarts it on demand, and runs what remarks above declarations offer.
const { commands, tasks, window, workspace, ProcessExecution, Task, TaskScope } = require("vscode");
const { LanguageClient } = require("vscode-languageclient/node");

/** The command and the arguments that stand before those of the extension. */
function commandLine() {
  const [command = "dl", ...args] = workspace.getConfiguration("adjoint").get("command") ?? [];
  return { command, args };
}

function makeClient() {
  const { command, args } = commandLine();
  const server = { command, args: [...args, "lsp"] };
  const documentSelector = [{ scheme: "file", language: "adjoint" }];
  return new LanguageClient("adjoint", "Adjoint", server, { documentSelector });
}

/** Runs `dl` in a terminal of its own: a property, a training run. */
async function run(...rest) {
  const { command, args } = commandLine();
  const title = `dl ${rest.slice(0, 1).join("")} ${rest.at(-1)}`;
  const execution = new ProcessExecution(command, [...args, ...rest]);
  const definition = { type: "process" };
  await tasks.executeTask(new Task(definition, TaskScope.Workspace, title, "Adjoint", execution));
}

let client;

async function start() {
  client = makeClient();
  try {
    await client.start();
  } catch (fault) {
    const { command } = commandLine();
    void window.showErrorMessage(
      `\`${command} lsp\` does not start: ${fault.message}. The setting adjoint.command says which command to use.`,
    );
  }
}

exports.activate = async (context) => {
  context.subscriptions.push(
    commands.registerCommand("adjoint.restart", async () => {
      await client?.stop();
      await start();
    }),
    commands.registerCommand("adjoint.run", run),
    workspace.onDidChangeConfiguration((change) => {
      if (change.affectsConfiguration("adjoint.command"))
        void commands.executeCommand("adjoint.restart");
    }),
  );
  await start();
};

exports.deactivate = () => client?.stop();
