import {
	NodeConnectionTypes,
	type IExecuteFunctions,
	type INodeExecutionData,
	type INodeType,
	type INodeTypeDescription,
} from 'n8n-workflow';
import { listSearch, loadOptions } from '../gridwire/choices';
import { run } from '../gridwire/run';
import { connector } from './connector';

export class $Class implements INodeType {
	description: INodeTypeDescription = {
		displayName: $title,
		name: '$name',
		icon: { light: 'file:../../icons/$icon.svg', dark: 'file:../../icons/$icon.dark.svg' },
		group: ['transform'],
		version: 1,
		subtitle: '={{ $$parameter["operation"] + ": " + $$parameter["resource"] }}',
		description: $description,
		defaults: { name: $title },
		usableAsTool: true,
		inputs: [NodeConnectionTypes.Main],
		outputs: [NodeConnectionTypes.Main],
		credentials: [{ name: 'gridwireApi', required: true }],
		properties: connector.properties,
	};

	methods = { listSearch: listSearch(connector), loadOptions: loadOptions(connector) };

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		return await run(this, connector);
	}
}
