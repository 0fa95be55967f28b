"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
exports.$Class = void 0;
const n8n_workflow_1 = require("n8n-workflow");
const choices_1 = require("../gridwire/choices");
const trigger_1 = require("../gridwire/trigger");
const connector_1 = require("./connector");
class $Class {
    description = {
        displayName: $title,
        name: '$name',
        icon: { light: 'file:../../icons/$icon.svg', dark: 'file:../../icons/$icon.dark.svg' },
        group: ['trigger'],
        version: 1,
        subtitle: '={{ $$parameter["event"] }}',
        description: $description,
        defaults: { name: $title },
        inputs: [],
        outputs: [n8n_workflow_1.NodeConnectionTypes.Main],
        credentials: [{ name: 'gridwireApi', required: true }],
        webhooks: [
            { name: 'default', httpMethod: 'POST', responseMode: 'onReceived', responseData: 'noData', path: 'webhook' },
        ],
        properties: connector_1.connector.properties,
    };
    methods = { listSearch: (0, choices_1.listSearch)(connector_1.connector), loadOptions: (0, choices_1.loadOptions)(connector_1.connector) };
    webhookMethods = {
        default: {
            async checkExists() {
                return await (0, trigger_1.isSubscribed)(this, connector_1.connector);
            },
            async create() {
                return await (0, trigger_1.subscribe)(this, connector_1.connector);
            },
            async delete() {
                return await (0, trigger_1.unsubscribe)(this);
            },
        },
    };
    async webhook() {
        return await (0, trigger_1.receive)(this);
    }
}
exports.$Class = $Class;
