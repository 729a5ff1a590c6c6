// Validates each line of NDJSON by the schema of its type. Arguments: the library, its folder, the
// bodies, their types, the folder of the schemas.
const fs = require("fs");
const path = require("path");
const readline = require("readline");

const [library, folder, bodies, types, schemas] = process.argv.slice(2);

const compilers = {
  ajv() {
    const Ajv = require(path.join(folder, "dist", "2020")).default;
    const ajv = new Ajv({ strict: false, validateFormats: false, logger: false });
    return (schema) => ajv.compile(schema);
  },
  schemasafe() {
    const { validator } = require(folder);
    return (schema) => validator(schema, { mode: "lax", formatAssertion: false, unmodifiedPrototypes: true });
  },
};

async function main() {
  const compile = compilers[library]();
  const names = fs.readFileSync(types, "utf8").split("\n");
  const compiled = new Map();
  let line = 0;
  let valid = 0;
  for await (const text of readline.createInterface({ input: fs.createReadStream(bodies) })) {
    const name = names[line++];
    if (!compiled.has(name)) {
      compiled.set(name, compile(JSON.parse(fs.readFileSync(path.join(schemas, name + ".json"), "utf8"))));
    }
    if (compiled.get(name)(JSON.parse(text))) valid++;
  }
  console.log(`${valid} of ${line} valid`);
}

main().catch((error) => { console.error(error); process.exit(1); });
