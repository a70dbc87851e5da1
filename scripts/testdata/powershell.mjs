// Parses PowerShell by a grammar of the language, and tells what is in it:
//   node powershell.mjs FOLDER-OF-NODE-MODULES FILE...
// prints what is wrong with the files;
//   node powershell.mjs --facts FOLDER-OF-NODE-MODULES FILE
// takes a JSON list of texts and prints, for each, which commands, parameters, variables, types and literals it names.
// It is no PowerShell: it knows the syntax, and nothing of what the words mean.
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const args = process.argv.slice(2);
const facts = args[0] === "--facts" && args.shift();
const [modules, ...files] = args;
const load = async (name, main) => (await import(pathToFileURL(`${modules}/${name}/${main}`).href)).default;
const Parser = await load("tree-sitter", "index.js");
const PowerShell = await load("tree-sitter-powershell", "bindings/node/index.js");
const parser = new Parser();
parser.setLanguage(PowerShell);

// each visits every node of a text.
const each = (text, visit) => {
  const walk = (node) => { visit(node); node.children.forEach(walk); };
  walk(parser.parse((at) => text.slice(at, at + 4096)).rootNode);
};

// literal is what PowerShell takes a text between single quotes for: a quote in it, of whatever kind, is two.
const literal = (text) => {
  let value = "";
  for (let i = 1; i < text.length - 1; i++) {
    if (/['\u2018\u2019\u201a\u201b]/.test(text[i]) && !/['\u2018\u2019\u201a\u201b]/.test(text[++i])) return null;
    value += text[i];
  }
  return value;
};

if (facts) {
  const found = JSON.parse(readFileSync(files[0], "utf8")).map((text) => {
    const f = { errors: 0, statements: 0, chains: 0, commands: [], parameters: [], variables: [], types: [], literals: [] };
    each(text, (node) => {
      if (node.isError || node.isMissing) f.errors++;
      if (node.type === "statement_list" && node.parent.type === "program") f.statements = node.namedChildCount;
      if (node.type === "pipeline_chain_tail") f.chains++;
      if (node.type === "command_name" || node.type === "command_name_expr") f.commands.push(node.text);
      if (node.type === "command_parameter") f.parameters.push(node.text);
      if (node.type === "variable") f.variables.push(node.text);
      if (node.type === "type_literal") f.types.push(node.text);
      if (node.type === "verbatim_string_characters") f.literals.push(literal(node.text));
    });
    return f;
  });
  console.log(JSON.stringify(found));
} else {
  for (const file of files) {
    each(readFileSync(file, "utf8"), (node) => {
      if (node.isError || node.isMissing) {
        console.log(`${file}:${node.startPosition.row + 1}:${node.startPosition.column + 1}: ${node.text.slice(0, 80)}`);
        process.exitCode = 1;
      }
    });
  }
}
