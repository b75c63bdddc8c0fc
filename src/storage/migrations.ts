import { Catalog20261121000000 } from '../../migrations/20261121000000-catalog.js';
import { Calls20261121100000 } from '../../migrations/20261121100000-calls.js';
import { Live20261121200000 } from '../../migrations/20261121200000-live.js';
import { LocalToolsRevision20261121300000 } from '../../migrations/20261121300000-local-tools-revision.js';
import { Mcp20261121400000 } from '../../migrations/20261121400000-mcp.js';
import { Jobs20261121500000 } from '../../migrations/20261121500000-jobs.js';
import { ToolAudit20261121510000 } from '../../migrations/20261121510000-tool-audit.js';
import { SubmittedCalls20261121520000 } from '../../migrations/20261121520000-submitted-calls.js';
import { Search20261121600000 } from '../../migrations/20261121600000-search.js';
import { ToolEmbeddings20261121610000 } from '../../migrations/20261121610000-tool-embeddings.js';
import { Skills20261121700000 } from '../../migrations/20261121700000-skills.js';
import { Ati20261121800000 } from '../../migrations/20261121800000-ati.js';
import { SearchCandidates20261121910000 } from '../../migrations/20261121910000-search-candidates.js';
import { SearchByIndex20261121920000 } from '../../migrations/20261121920000-search-by-index.js';

/** In the order in which they run. */
export const migrations = [
  Catalog20261121000000,
  Calls20261121100000,
  Live20261121200000,
  LocalToolsRevision20261121300000,
  Mcp20261121400000,
  Jobs20261121500000,
  ToolAudit20261121510000,
  SubmittedCalls20261121520000,
  Search20261121600000,
  ToolEmbeddings20261121610000,
  Skills20261121700000,
  Ati20261121800000,
  SearchCandidates20261121910000,
  SearchByIndex20261121920000,
];
