import {
	NodeApiError,
	NodeOperationError,
	type IDataObject,
	type IExecuteFunctions,
	type ILoadOptionsFunctions,
	type INodeExecutionData,
	type INodeListSearchItems,
	type INodeListSearchResult,
	type INodeParameterResourceLocator,
	type INodeProperties,
	type JsonObject,
} from 'n8n-workflow';
import { inputsOf, readInput } from './input';
import { ask, type Caller } from './server';

/** All that tells one node of gridwire from another. */
export interface Connector {
	name: string;
	/** By resource and operation: the path at the server, below the connection. */
	operations: { [resource: string]: { [operation: string]: string } };
	properties: INodeProperties[];
}

/** Runs the chosen operation once for each item. */
export async function run(node: IExecuteFunctions, connector: Connector): Promise<INodeExecutionData[][]> {
	const output: INodeExecutionData[] = [];
	for (let item = 0; item < node.getInputData().length; item++) {
		try {
			output.push(...(await runOne(node, connector, item)));
		} catch (error) {
			const failure = new NodeApiError(node.getNode(), error as JsonObject, { itemIndex: item });
			if (!node.continueOnFail()) throw failure;
			output.push({ json: failed(failure), pairedItem: { item } });
		}
	}
	return [output];
}

/** n8n takes an item for an error if it has no other keys than `error`, `message` and `details`. */
function failed(error: NodeApiError): IDataObject {
	const details = (error.context.data as IDataObject | undefined) ?? {};
	return { error: error.message, ...(error.description && { message: error.description }), details };
}

async function runOne(node: IExecuteFunctions, connector: Connector, item: number): Promise<INodeExecutionData[]> {
	const parameter = (name: string) => node.getNodeParameter(name, item, undefined) as unknown;
	const resource = parameter('resource') as string;
	const operation = parameter('operation') as string;
	const path = `${connectionPath(node, parameter('connection'), item)}/${connector.operations[resource][operation]}`;
	const input = readInput(inputsOf(connector.properties, resource, operation), optional(node, item), node.getTimezone());
	const answer = await ask(node, 'POST', path, { input, ...extras(optional(node, item)) }, item);
	if (Array.isArray(answer.items)) {
		return (answer.items as IDataObject[]).map((json) => ({ json, pairedItem: { item } }));
	}
	return [await result(node, answer.output, item)];
}

/** A parameter's value, or undefined where this operation has none of that name or an expression gave nothing. */
function optional(node: IExecuteFunctions, item: number): (name: string) => unknown {
	return (name) => (name in node.getNode().parameters ? node.getNodeParameter(name, item, undefined) : undefined);
}

function extras(valueOf: (name: string) => unknown): IDataObject {
	const limit = valueOf('returnAll') === false ? { limit: valueOf('limit') as number } : {};
	return valueOf('confirm') === true ? { ...limit, confirm: true } : limit;
}

/** An item out of what an action gave. A file, `{name, media_type, size, content}` with base64, becomes binary data. */
async function result(node: IExecuteFunctions, output: unknown, item: number): Promise<INodeExecutionData> {
	const pairedItem = { item };
	if (output === null || output === undefined) return { json: {}, pairedItem };
	if (typeof output !== 'object' || Array.isArray(output)) return { json: { output } as IDataObject, pairedItem };
	const field = optional(node, item)('binaryPropertyName') as string | undefined;
	if (field === undefined) return { json: output as IDataObject, pairedItem };
	const { content, ...file } = output as { content: string; name: string; media_type: string };
	const data = await node.helpers.prepareBinaryData(Buffer.from(content, 'base64'), file.name, file.media_type);
	return { json: file, binary: { [field]: data }, pairedItem };
}

type Search = (this: ILoadOptionsFunctions, filter?: string, page?: string) => Promise<INodeListSearchResult>;

/** The searches behind the dropdowns: `connections`, and `OPERATION:FIELD` for each input whose choices the server knows. */
export function listSearch(connector: Connector): { [method: string]: Search } {
	const methods: { [method: string]: Search } = {
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
function methodsIn(value: unknown): string[] {
	if (typeof value !== 'object' || value === null) return [];
	const { searchListMethod } = value as { searchListMethod?: string };
	return [...(searchListMethod ? [searchListMethod] : []), ...Object.values(value).flatMap(methodsIn)];
}

async function searchConnections(
	caller: ILoadOptionsFunctions,
	connector: string,
	filter = '',
): Promise<INodeListSearchResult> {
	const { items } = (await ask(caller, 'GET', 'connections')) as unknown as { items: IDataObject[] };
	const ours = items.filter((connection) => connection.connector === connector);
	const results = ours.map(({ id, name }) => ({ name: String(name), value: String(id) }));
	return { results: results.filter(({ name }) => name.toLowerCase().includes(filter.toLowerCase())) };
}

async function searchChoices(
	caller: ILoadOptionsFunctions,
	connector: Connector,
	method: string,
	search?: string,
	page?: string,
): Promise<INodeListSearchResult> {
	const [operation, field] = method.split(':');
	const parameters = caller.getCurrentNodeParameters() ?? {};
	const inputs = inputsOf(connector.properties, parameters.resource as string, parameters.operation as string);
	const input = readInput(inputs, (name) => settled(parameters[name]), caller.getTimezone());
	const path = `${connectionPath(caller, settled(parameters.connection))}/choices`;
	const body = { operation, field, input, ...(search && { search }), ...(page && { next: page }) };
	const answer = await ask(caller, 'POST', path, body);
	const choices = answer.choices as Array<{ value: INodeListSearchItems['value']; title?: string }>;
	const results = choices.map(({ value, title }) => ({ name: title || String(value), value: inert(value) }));
	return { results, paginationToken: (answer.next as string | null) ?? undefined };
}

/** n8n would run a value that begins with `=`, and this one is the vendor's: it becomes a text that gives just itself. */
function inert(value: INodeListSearchItems['value']): INodeListSearchItems['value'] {
	if (typeof value !== 'string' || !value.startsWith('=')) return value;
	return `={{ ${JSON.stringify(value).replace(/[{}]/g, (brace) => (brace === '{' ? '\\u007b' : '\\u007d'))} }}`;
}

/** A parameter without its expressions: while a workflow is being edited, nothing is known of what they will give. */
function settled(value: unknown): unknown {
	if (typeof value === 'string') return value.startsWith('=') ? undefined : value;
	if (typeof value !== 'object' || value === null) return value;
	if (Array.isArray(value)) return value.map(settled).filter((one) => one !== undefined);
	return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, settled(one)]));
}

function connectionPath(caller: Caller, connection: unknown, itemIndex?: number): string {
	const id = (connection as INodeParameterResourceLocator | undefined)?.value;
	if (!id) {
		const description = 'Pick one under Connection: the accounts that your gridwire server knows are listed there.';
		throw new NodeOperationError(caller.getNode(), 'No connection is chosen', { description, itemIndex });
	}
	return `connections/${encodeURIComponent(String(id))}`;
}
