import {
	NodeOperationError,
	tryToParseDateTime,
	type IDataObject,
	type INode,
	type INodeParameterResourceLocator,
	type INodeProperties,
	type INodePropertyCollection,
} from 'n8n-workflow';

/** All that tells one node of gridwire from another. */
export interface Connector {
	name: string;
	/** By resource and operation: the path at the server, below the connection. A trigger node has none. */
	operations: { [resource: string]: { [operation: string]: string } };
	properties: INodeProperties[];
}

/** The collection that holds optional inputs; in what is sent they stand beside the required ones. */
const OPTIONAL = 'additionalFields';

/** The parameters that say what is meant: which trigger, or which operation. */
const CHOOSERS = ['event', 'resource', 'operation'];

/** What n8n or this node needs beside a vendor's inputs. An input of such a name is shown with an underscore more. */
const OWN = [...CHOOSERS, 'connection', 'returnAll', 'limit', 'confirm', 'binaryPropertyName'];

/** The parameters that are inputs of the trigger or operation that is chosen. */
export function inputsOf(properties: INodeProperties[], valueOf: (name: string) => unknown): INodeProperties[] {
	return properties.filter(({ name, displayOptions }) => {
		const show = displayOptions?.show;
		if (OWN.includes(name) || show === undefined) return false;
		return CHOOSERS.every((chooser) => show[chooser]?.includes(valueOf(chooser) as string) ?? true);
	});
}

/** The account that was picked. */
export function connectionId(node: INode, connection: unknown, itemIndex?: number): string {
	const id = (connection as INodeParameterResourceLocator | undefined)?.value;
	if (id) return String(id);
	const description = 'Pick one under Connection: the accounts that your gridwire server knows are listed there.';
	throw new NodeOperationError(node, 'No connection is chosen', { description, itemIndex });
}

/** What the user filled in, as the server takes it. `valueOf` gives a parameter's value, undefined if it is not there. */
export function readInput(
	properties: INodeProperties[],
	valueOf: (name: string) => unknown,
	timezone: string,
): IDataObject {
	const input: IDataObject = {};
	for (const property of properties) {
		const value = valueOf(property.name);
		if (value === undefined) continue;
		const plain = read(property, value, timezone);
		if (property.name === OPTIONAL) Object.assign(input, plain);
		else if (plain !== undefined) input[property.name.replace(/_$/, '')] = plain as IDataObject;
	}
	return input;
}

function read(property: INodeProperties, value: unknown, timezone: string): unknown {
	const many = property.typeOptions?.multipleValues;
	if (property.type === 'collection') return readGroup(property.options as INodeProperties[], value, timezone);
	if (property.type === 'fixedCollection') {
		const [{ name, values }] = property.options as INodePropertyCollection[];
		const groups = (value as IDataObject)[name];
		if (!many) return groups === undefined ? undefined : readGroup(values, groups, timezone);
		return given(((groups ?? []) as IDataObject[]).map((group) => readGroup(values, group, timezone)));
	}
	if (many && Array.isArray(value)) return given(value.map((one) => readOne(property, one, timezone)));
	return readOne(property, value, timezone);
}

function given(entries: unknown[]): unknown[] {
	return entries.filter((entry) => entry !== undefined);
}

/** The values of a group; undefined if it was added and nothing is in it. */
function readGroup(properties: INodeProperties[], group: unknown, timezone: string): IDataObject | undefined {
	const values = (group ?? {}) as IDataObject;
	const input = readInput(properties, (name) => (Object.hasOwn(values, name) ? values[name] : undefined), timezone);
	return Object.keys(input).length > 0 ? input : undefined;
}

/** One value, in the type that its box stands for: an expression may give 10115 for a text, or '12' for a number. */
function readOne(property: INodeProperties, value: unknown, timezone: string): unknown {
	if (property.type === 'resourceLocator') value = (value as { value?: unknown } | null)?.value;
	if (value === null) return null;
	const numeric = property.type === 'number' || property.typeOptions?.numberPrecision !== undefined; // an ID, typed
	if (property.type === 'string' && !numeric) return typeof value === 'object' ? value : String(value);
	if (value === '') return undefined;
	if (typeof value !== 'string') return value;
	if (numeric) return Number.isNaN(Number(value)) ? value : Number(value);
	if (property.type === 'dateTime') return readDate(value, property.typeOptions?.dateOnly === true, timezone);
	return property.type === 'json' ? readJson(value) : value;
}

function readDate(value: string, dateOnly: boolean, timezone: string): string {
	if (dateOnly) return value.slice(0, 10);
	return tryToParseDateTime(value, timezone).toISO() ?? value;
}

/** What does not read as JSON is sent as it is: the server says what is wrong with it. */
function readJson(value: string): unknown {
	try {
		return JSON.parse(value) as unknown;
	} catch {
		return value;
	}
}
