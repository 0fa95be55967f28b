"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
exports.run = run;
exports.listSearch = listSearch;
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
    const path = `${connectionPath(node, parameter('connection'), item)}/${connector.operations[resource][operation]}`;
    const input = (0, input_1.readInput)((0, input_1.inputsOf)(connector.properties, resource, operation), optional(node, item), node.getTimezone());
    const answer = await (0, server_1.ask)(node, 'POST', path, { input, ...extras(optional(node, item)) }, item);
    if (Array.isArray(answer.items)) {
        return answer.items.map((json) => ({ json, pairedItem: { item } }));
    }
    return [await result(node, answer.output, item)];
}
/** A parameter's value, or undefined where this operation has none of that name or an expression gave nothing. */
function optional(node, item) {
    return (name) => (name in node.getNode().parameters ? node.getNodeParameter(name, item, undefined) : undefined);
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
/** The searches behind the dropdowns: `connections`, and `OPERATION:FIELD` for each input whose choices the server knows. */
function listSearch(connector) {
    const methods = {
        async connections(filter) {
            return await searchConnections(this, connector.name, filter);
        },
    };
    for (const method of methodsIn(connector.properties)) {
        methods[method] ??= async function (filter, page) {
            return await searchChoices(this, connector, method, filter, page);
        };
    }
    return methods;
}
/** Every `searchListMethod` in the properties, at any depth. */
function methodsIn(value) {
    if (typeof value !== 'object' || value === null)
        return [];
    const { searchListMethod } = value;
    return [...(searchListMethod ? [searchListMethod] : []), ...Object.values(value).flatMap(methodsIn)];
}
async function searchConnections(caller, connector, filter = '') {
    const { items } = (await (0, server_1.ask)(caller, 'GET', 'connections'));
    const ours = items.filter((connection) => connection.connector === connector);
    const results = ours.map(({ id, name }) => ({ name: String(name), value: String(id) }));
    return { results: results.filter(({ name }) => name.toLowerCase().includes(filter.toLowerCase())) };
}
async function searchChoices(caller, connector, method, search, page) {
    const [operation, field] = method.split(':');
    const parameters = caller.getCurrentNodeParameters() ?? {};
    const inputs = (0, input_1.inputsOf)(connector.properties, parameters.resource, parameters.operation);
    const input = (0, input_1.readInput)(inputs, (name) => settled(parameters[name]), caller.getTimezone());
    const path = `${connectionPath(caller, settled(parameters.connection))}/choices`;
    const body = { operation, field, input, ...(search && { search }), ...(page && { next: page }) };
    const answer = await (0, server_1.ask)(caller, 'POST', path, body);
    const choices = answer.choices;
    const results = choices.map(({ value, title }) => ({ name: title || String(value), value: inert(value) }));
    return { results, paginationToken: answer.next ?? undefined };
}
/** n8n would run a value that begins with `=`, and this one is the vendor's: it becomes a text that gives just itself. */
function inert(value) {
    if (typeof value !== 'string' || !value.startsWith('='))
        return value;
    return `={{ ${JSON.stringify(value).replace(/[{}]/g, (brace) => (brace === '{' ? '\\u007b' : '\\u007d'))} }}`;
}
/** A parameter without its expressions: while a workflow is being edited, nothing is known of what they will give. */
function settled(value) {
    if (typeof value === 'string')
        return value.startsWith('=') ? undefined : value;
    if (typeof value !== 'object' || value === null)
        return value;
    if (Array.isArray(value))
        return value.map(settled).filter((one) => one !== undefined);
    return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, settled(one)]));
}
function connectionPath(caller, connection, itemIndex) {
    const id = connection?.value;
    if (!id) {
        const description = 'Pick one under Connection: the accounts that your gridwire server knows are listed there.';
        throw new n8n_workflow_1.NodeOperationError(caller.getNode(), 'No connection is chosen', { description, itemIndex });
    }
    return `connections/${encodeURIComponent(String(id))}`;
}
