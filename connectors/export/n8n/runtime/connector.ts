import type { Connector } from '../gridwire/run';

export const connector: Connector = {};
