import type {
	IAuthenticateGeneric,
	Icon,
	ICredentialTestRequest,
	ICredentialType,
	INodeProperties,
} from 'n8n-workflow';

export class GridwireApi implements ICredentialType {
	name = 'gridwireApi';

	displayName = 'Gridwire API';

	icon: Icon = { light: 'file:../icons/gridwire.svg', dark: 'file:../icons/gridwire.dark.svg' };

	documentationUrl = 'https://docs.n8n.io/credentials/add-edit-credentials/';

	properties: INodeProperties[] = [
		{
			displayName: 'Server URL',
			name: 'serverUrl',
			type: 'string',
			default: '',
			required: true,
			placeholder: 'e.g. https://gridwire.example.com',
			description: 'Where your gridwire server answers, as n8n sees it',
		},
		{
			displayName: 'API Key',
			name: 'apiKey',
			type: 'string',
			typeOptions: { password: true },
			default: '',
			required: true,
			description: 'A key of your gridwire server, which <code>gridwire keys add n8n --scope use</code> makes',
		},
	];

	authenticate: IAuthenticateGeneric = {
		type: 'generic',
		properties: { headers: { Authorization: '=Bearer {{$credentials.apiKey}}' } },
	};

	test: ICredentialTestRequest = {
		request: { baseURL: '={{$credentials.serverUrl.trim().replace(/\\/+$/, "")}}', url: '/v1/connectors' },
	};
}
