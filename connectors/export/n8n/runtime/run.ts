import {
	NodeApiError,
	type IDataObject,
	type IExecuteFunctions,
	type INodeExecutionData,
	type JsonObject,
} from 'n8n-workflow';
import { connectionId, inputsOf, readInput, type Connector } from './input';
import { ask } from './server';

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
	const connection = connectionId(node.getNode(), parameter('connection'), item);
	const path = `connections/${encodeURIComponent(connection)}/${connector.operations[resource][operation]}`;
	const input = readInput(inputsOf(connector.properties, parameter), optional(node, item), node.getTimezone());
	const answer = await ask(node, 'POST', path, { input, ...extras(optional(node, item)) }, item);
	if (Array.isArray(answer.items)) {
		return (answer.items as IDataObject[]).map((json) => ({ json, pairedItem: { item } }));
	}
	return [await result(node, answer.output, item)];
}

/** A parameter's value, or undefined where this operation has none of that name or an expression gave nothing. */
function optional(node: IExecuteFunctions, item: number): (name: string) => unknown {
	return (name) => (Object.hasOwn(node.getNode().parameters, name) ? node.getNodeParameter(name, item, undefined) : undefined);
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
