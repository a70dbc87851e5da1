// Parses PowerShell files by a grammar of the language, and prints what is wrong with them:
//   node powershell.mjs FOLDER-OF-NODE-MODULES FILE...
// It is no PowerShell: it knows the syntax, and nothing of what the words mean.
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [, , modules, ...files] = process.argv;
const load = async (name, main) => (await import(pathToFileURL(`${modules}/${name}/${main}`).href)).default;
const Parser = await load("tree-sitter", "index.js");
const PowerShell = await load("tree-sitter-powershell", "bindings/node/index.js");

const parser = new Parser();
parser.setLanguage(PowerShell);
for (const file of files) {
  const text = readFileSync(file, "utf8");
  const walk = (node) => {
    if (node.isError || node.isMissing) {
      console.log(`${file}:${node.startPosition.row + 1}:${node.startPosition.column + 1}: ${node.text.slice(0, 80)}`);
      process.exitCode = 1;
    }
    node.children.forEach(walk);
  };
  walk(parser.parse((at) => text.slice(at, at + 4096)).rootNode);
}
