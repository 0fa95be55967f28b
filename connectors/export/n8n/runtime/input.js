"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
exports.inputsOf = inputsOf;
exports.connectionId = connectionId;
exports.readInput = readInput;
const n8n_workflow_1 = require("n8n-workflow");
/** The collection that holds optional inputs; in what is sent they stand beside the required ones. */
const OPTIONAL = 'additionalFields';
/** The parameters that say what is meant: which trigger, or which operation. */
const CHOOSERS = ['event', 'resource', 'operation'];
/** What n8n or this node needs beside a vendor's inputs. An input of such a name is shown with an underscore more. */
const OWN = [...CHOOSERS, 'connection', 'returnAll', 'limit', 'confirm', 'binaryPropertyName'];
/** The parameters that are inputs of the trigger or operation that is chosen. */
function inputsOf(properties, valueOf) {
    return properties.filter(({ name, displayOptions }) => {
        const show = displayOptions?.show;
        if (OWN.includes(name) || show === undefined)
            return false;
        return CHOOSERS.every((chooser) => show[chooser]?.includes(valueOf(chooser)) ?? true);
    });
}
/** The account that was picked. */
function connectionId(node, connection, itemIndex) {
    const id = connection?.value;
    if (id)
        return String(id);
    const description = 'Pick one under Connection: the accounts that your gridwire server knows are listed there.';
    throw new n8n_workflow_1.NodeOperationError(node, 'No connection is chosen', { description, itemIndex });
}
/** What the user filled in, as the server takes it. `valueOf` gives a parameter's value, undefined if it is not there. */
function readInput(properties, valueOf, timezone) {
    const input = {};
    for (const property of properties) {
        const value = valueOf(property.name);
        if (value === undefined)
            continue;
        const plain = read(property, value, timezone);
        if (property.name === OPTIONAL)
            Object.assign(input, plain);
        else if (plain !== undefined)
            input[property.name.replace(/_$/, '')] = plain;
    }
    return input;
}
function read(property, value, timezone) {
    const many = property.typeOptions?.multipleValues;
    if (property.type === 'collection')
        return readGroup(property.options, value, timezone);
    if (property.type === 'fixedCollection') {
        const [{ name, values }] = property.options;
        const groups = value[name];
        if (!many)
            return groups === undefined ? undefined : readGroup(values, groups, timezone);
        return given((groups ?? []).map((group) => readGroup(values, group, timezone)));
    }
    if (many && Array.isArray(value))
        return given(value.map((one) => readOne(property, one, timezone)));
    return readOne(property, value, timezone);
}
function given(entries) {
    return entries.filter((entry) => entry !== undefined);
}
/** The values of a group; undefined if it was added and nothing is in it. */
function readGroup(properties, group, timezone) {
    const values = (group ?? {});
    const input = readInput(properties, (name) => (Object.hasOwn(values, name) ? values[name] : undefined), timezone);
    return Object.keys(input).length > 0 ? input : undefined;
}
/** One value, in the type that its box stands for: an expression may give 10115 for a text, or '12' for a number. */
function readOne(property, value, timezone) {
    if (property.type === 'resourceLocator')
        value = value?.value;
    if (value === null)
        return null;
    const numeric = property.type === 'number' || property.typeOptions?.numberPrecision !== undefined; // an ID, typed
    if (property.type === 'string' && !numeric)
        return typeof value === 'object' ? value : String(value);
    if (value === '')
        return undefined;
    if (typeof value !== 'string')
        return value;
    if (numeric)
        return Number.isNaN(Number(value)) ? value : Number(value);
    if (property.type === 'dateTime')
        return readDate(value, property.typeOptions?.dateOnly === true, timezone);
    return property.type === 'json' ? readJson(value) : value;
}
function readDate(value, dateOnly, timezone) {
    if (dateOnly)
        return value.slice(0, 10);
    return (0, n8n_workflow_1.tryToParseDateTime)(value, timezone).toISO() ?? value;
}
/** What does not read as JSON is sent as it is: the server says what is wrong with it. */
function readJson(value) {
    try {
        return JSON.parse(value);
    }
    catch {
        return value;
    }
}
