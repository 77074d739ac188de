// SPDX-License-Identifier: Apache-2.0
// Called by bin/schemas: node check.mjs FOLDER FILE... writes each object of the files as TypeScript into the folder, where the
// packages are, with the type that it must have. The compiler then finds unknown fields, missing ones and wrong types.
import { readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { createRequire } from "node:module";

const [folder, ...files] = process.argv.slice(2);
const require = createRequire(join(folder, "package.json"));
const yaml = require("yaml");

// JSON has the values of an enumeration, TypeScript its names. What has a default may be missing.
const TYPES = `
type Plain<T> = T extends string ? \`\${T}\` : T extends number | boolean | null | undefined ? T
    : T extends (infer E)[] ? Plain<E>[] : T extends object ? { [K in keyof T]: Plain<T[K]> } : T;
type Part<T> = T extends (infer E)[] ? Part<E>[] : T extends object ? { [K in keyof T]?: Part<T[K]> } : T;
`;

function literal(name, type, value) {
    return `export const ${name}: ${type} = ${JSON.stringify(value, null, 1)};\n`;
}

// The module of a kind of panel, named as in the package: timeseries is in TimeSeriesPanelCfg.
function panelModule(type) {
    const exported = Object.keys(require("@grafana/schema/package.json").exports);
    const found = exported.find((each) => each.includes(`/composable/${type}/panelcfg/`));
    return found && "@grafana/schema" + found.substring(1);
}

function dashboard(board) {
    const lines = [TYPES, 'import type { Dashboard } from "@grafana/schema";\n', literal("board", "Plain<Dashboard>", board)];
    for (const panel of board.panels.flatMap((each) => [each, ...(each.panels ?? [])])) {
        const module = panelModule(panel.type);
        if (panel.type === "row") continue;
        if (!module) throw new Error(`panel ${panel.id}: Grafana publishes no type of ${panel.type}`);
        lines.push(`import type * as panel${panel.id} from "${module}";\n`);
        lines.push(literal(`options${panel.id}`, `Part<Plain<panel${panel.id}.Options>>`, panel.options ?? {}));
        const custom = panel.fieldConfig?.defaults?.custom;
        if (custom) lines.push(literal(`custom${panel.id}`, `Part<Plain<panel${panel.id}.FieldConfig>>`, custom));
    }
    return lines.join("");
}

function manifest(object) {
    const { apiVersion, kind } = object;
    return `import type { I${kind} } from "kubernetes-models/${apiVersion}";\n` + literal("object", `I${kind}`, object);
}

function objects(file) {
    const text = readFileSync(file, "utf8");
    if (file.endsWith(".json")) return [dashboard(JSON.parse(text))];
    return yaml.parseAllDocuments(text, { version: "1.1", uniqueKeys: true }).map((document) => {
        if (document.errors.length > 0) throw document.errors[0];
        return manifest(document.toJS());
    });
}

for (const file of files) {
    try {
        objects(file).forEach((lines, i) => writeFileSync(join(folder, "checked", `${basename(file)}.${i + 1}.ts`), lines));
    } catch (error) {
        console.log(`${file}: ${error.message}`);
        process.exit(1);
    }
}
