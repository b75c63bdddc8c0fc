/** What clients are told; the name is the protocol's. */
export const serverInfo = { name: 'ati-proxy', version: '0.1.0' };
