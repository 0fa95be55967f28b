"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
exports.$Class = void 0;
const n8n_workflow_1 = require("n8n-workflow");
const choices_1 = require("../gridwire/choices");
const run_1 = require("../gridwire/run");
const connector_1 = require("./connector");
class $Class {
    description = {
        displayName: $title,
        name: '$name',
        icon: { light: 'file:../../icons/$icon.svg', dark: 'file:../../icons/$icon.dark.svg' },
        group: ['transform'],
        version: 1,
        subtitle: '={{ $$parameter["operation"] + ": " + $$parameter["resource"] }}',
        description: $description,
        defaults: { name: $title },
        usableAsTool: true,
        inputs: [n8n_workflow_1.NodeConnectionTypes.Main],
        outputs: [n8n_workflow_1.NodeConnectionTypes.Main],
        credentials: [{ name: 'gridwireApi', required: true }],
        properties: connector_1.connector.properties,
    };
    methods = { listSearch: (0, choices_1.listSearch)(connector_1.connector), loadOptions: (0, choices_1.loadOptions)(connector_1.connector) };
    async execute() {
        return await (0, run_1.run)(this, connector_1.connector);
    }
}
exports.$Class = $Class;
