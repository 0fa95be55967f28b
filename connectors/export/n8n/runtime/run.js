"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
exports.run = run;
const n8n_workflow_1 = require("n8n-workflow");
const input_1 = require("./input");
const server_1 = require("./server");
/** Runs the chosen operation once for each item. */
async function run(node, connector) {
    const output = [];
    for (let item = 0; item < node.getInputData().length; item++) {
        try {
            output.push(...(await runOne(node, connector, item)));
        }
        catch (error) {
            const failure = new n8n_workflow_1.NodeApiError(node.getNode(), error, { itemIndex: item });
            if (!node.continueOnFail())
                throw failure;
            output.push({ json: failed(failure), pairedItem: { item } });
        }
    }
    return [output];
}
/** n8n takes an item for an error if it has no other keys than `error`, `message` and `details`. */
function failed(error) {
    const details = error.context.data ?? {};
    return { error: error.message, ...(error.description && { message: error.description }), details };
}
async function runOne(node, connector, item) {
    const parameter = (name) => node.getNodeParameter(name, item, undefined);
    const resource = parameter('resource');
    const operation = parameter('operation');
    const connection = (0, input_1.connectionId)(node.getNode(), parameter('connection'), item);
    const path = `connections/${encodeURIComponent(connection)}/${connector.operations[resource][operation]}`;
    const input = (0, input_1.readInput)((0, input_1.inputsOf)(connector.properties, parameter), optional(node, item), node.getTimezone());
    const answer = await (0, server_1.ask)(node, 'POST', path, { input, ...extras(optional(node, item)) }, item);
    if (Array.isArray(answer.items)) {
        return answer.items.map((json) => ({ json, pairedItem: { item } }));
    }
    return [await result(node, answer.output, item)];
}
/** A parameter's value, or undefined where this operation has none of that name or an expression gave nothing. */
function optional(node, item) {
    return (name) => (Object.hasOwn(node.getNode().parameters, name) ? node.getNodeParameter(name, item, undefined) : undefined);
}
function extras(valueOf) {
    const limit = valueOf('returnAll') === false ? { limit: valueOf('limit') } : {};
    return valueOf('confirm') === true ? { ...limit, confirm: true } : limit;
}
/** An item out of what an action gave. A file, `{name, media_type, size, content}` with base64, becomes binary data. */
async function result(node, output, item) {
    const pairedItem = { item };
    if (output === null || output === undefined)
        return { json: {}, pairedItem };
    if (typeof output !== 'object' || Array.isArray(output))
        return { json: { output }, pairedItem };
    const field = optional(node, item)('binaryPropertyName');
    if (field === undefined)
        return { json: output, pairedItem };
    const { content, ...file } = output;
    const data = await node.helpers.prepareBinaryData(Buffer.from(content, 'base64'), file.name, file.media_type);
    return { json: file, binary: { [field]: data }, pairedItem };
}
