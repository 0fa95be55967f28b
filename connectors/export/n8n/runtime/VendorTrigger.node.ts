import {
	NodeConnectionTypes,
	type IHookFunctions,
	type INodeType,
	type INodeTypeDescription,
	type IWebhookFunctions,
	type IWebhookResponseData,
} from 'n8n-workflow';
import { listSearch, loadOptions } from '../gridwire/choices';
import { isSubscribed, receive, subscribe, unsubscribe } from '../gridwire/trigger';
import { connector } from './connector';

export class $Class implements INodeType {
	description: INodeTypeDescription = {
		displayName: $title,
		name: '$name',
		icon: { light: 'file:../../icons/$icon.svg', dark: 'file:../../icons/$icon.dark.svg' },
		group: ['trigger'],
		version: 1,
		subtitle: '={{ $$parameter["event"] }}',
		description: $description,
		defaults: { name: $title },
		inputs: [],
		outputs: [NodeConnectionTypes.Main],
		credentials: [{ name: 'gridwireApi', required: true }],
		webhooks: [
			{ name: 'default', httpMethod: 'POST', responseMode: 'onReceived', responseData: 'noData', path: 'webhook' },
		],
		properties: connector.properties,
	};

	methods = { listSearch: listSearch(connector), loadOptions: loadOptions(connector) };

	webhookMethods = {
		default: {
			async checkExists(this: IHookFunctions): Promise<boolean> {
				return await isSubscribed(this, connector);
			},
			async create(this: IHookFunctions): Promise<boolean> {
				return await subscribe(this, connector);
			},
			async delete(this: IHookFunctions): Promise<boolean> {
				return await unsubscribe(this);
			},
		},
	};

	async webhook(this: IWebhookFunctions): Promise<IWebhookResponseData> {
		return await receive(this);
	}
}
