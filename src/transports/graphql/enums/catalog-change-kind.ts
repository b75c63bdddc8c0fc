import { registerEnumType } from 'type-graphql';
import { catalogChangeKinds } from '../../../changes/catalog-change.entity.js';
import { enumOf } from './enum-of.js';

export const CatalogChangeKindEnum = enumOf(catalogChangeKinds);

registerEnumType(CatalogChangeKindEnum, {
  name: 'CatalogChangeKind',
  description: 'What a catalog write did.',
  valuesConfig: {
    API_SYNCED: { description: 'An API was added, or brought up to date with its document.' },
    API_REMOVED: { description: 'An API was deleted with its endpoints.' },
    ENDPOINT_UPDATED: { description: 'The name, description or state of an endpoint changed.' },
    TOOLS_ASSIGNED: { description: 'Endpoints were assigned to an agent.' },
    TOOLS_UNASSIGNED: { description: 'Endpoints were taken from an agent.' },
    MCP_TOOLS_ASSIGNED: { description: 'The list of an agent’s MCP tools was replaced.' },
    MCP_SERVER_REGISTERED: { description: 'An MCP server was registered.' },
    MCP_SERVER_UPDATED: { description: 'The state or tokens of an MCP server changed.' },
    MCP_SERVER_REMOVED: { description: 'An MCP server was removed.' },
    MCP_TOOLS_CHANGED: { description: 'An MCP server offers other tools than before.' },
    LOCAL_TOOLS_CHANGED: { description: 'The built-in tools changed.' },
    SKILL_UPLOADED: { description: 'A skill was added, or has a new present version.' },
    SKILL_REMOVED: { description: 'A skill was removed.' },
  },
});
