import type { Connector } from '../gridwire/input';

export const connector: Connector = {};
