import { AgentToolAssignment } from '../agents/agent-tool-assignment.entity.js';
import { ToolEmbedding } from '../agents/meanings/tool-embedding.entity.js';
import { ToolEmbeddingTurn } from '../agents/meanings/tool-embedding-turn.entity.js';
import { ApiCredential } from '../calls/api-credential.entity.js';
import { ToolAuditEntry } from '../calls/audit/tool-audit-entry.entity.js';
import { CallJournalEntry } from '../calls/call-journal-entry.entity.js';
import { CallRecord } from '../calls/call-record.entity.js';
import { SubmittedCall } from '../calls/submitted/submitted-call.entity.js';
import { Api } from '../catalog/api.entity.js';
import { Endpoint } from '../catalog/endpoint.entity.js';
import { Parameter } from '../catalog/parameter.entity.js';
import { StoredSearchDocument } from '../catalog/search/search-document.entity.js';
import { SearchWord } from '../catalog/search/search-word.entity.js';
import { CatalogChange } from '../changes/catalog-change.entity.js';
import { CatalogRevision } from '../changes/catalog-revision.entity.js';
import { LocalTool } from '../local-tools/local-tool.entity.js';
import { AgentMcpTool } from '../mcp-servers/agent-mcp-tool.entity.js';
import { McpServer } from '../mcp-servers/mcp-server.entity.js';
import { McpTool } from '../mcp-servers/mcp-tool.entity.js';
import { McpAuthorization } from '../mcp-servers/oauth/mcp-authorization.entity.js';
import { Job } from '../messaging/database/job.entity.js';
import { Skill } from '../skills/skill.entity.js';
import { SkillFile } from '../skills/skill-file.entity.js';
import { SkillVersion } from '../skills/skill-version.entity.js';
import { McpSession } from '../transports/mcp/mcp-session.entity.js';
import { McpStreamEvent } from '../transports/mcp/mcp-stream-event.entity.js';

/** Every entity, named one by one: bundlers and tests need no file discovery. */
export const entities = [
  AgentMcpTool,
  AgentToolAssignment,
  Api,
  ApiCredential,
  CallJournalEntry,
  CallRecord,
  CatalogChange,
  CatalogRevision,
  Endpoint,
  Job,
  LocalTool,
  McpAuthorization,
  McpServer,
  McpSession,
  McpStreamEvent,
  McpTool,
  Parameter,
  Skill,
  SkillFile,
  SkillVersion,
  SubmittedCall,
  ToolAuditEntry,
  SearchWord,
  StoredSearchDocument,
  ToolEmbedding,
  ToolEmbeddingTurn,
];
