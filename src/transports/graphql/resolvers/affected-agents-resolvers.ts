import { FieldResolver, Resolver, Root } from 'type-graphql';
import { AgentType, toAgent } from '../types/agent-type.js';
import { CatalogChangeType } from '../types/catalog-change-type.js';
import { OperationChangeType } from '../types/operation-change-type.js';
import { SyncConflictType } from '../types/sync-conflict-type.js';
import { SyncPlanType } from '../types/sync-plan-type.js';

type Affecting = { agentIds: string[] };

@Resolver(() => OperationChangeType)
export class OperationChangeResolver {
  @FieldResolver(() => [AgentType], { description: 'Agents that the operation is assigned to.' })
  agents(@Root() { agentIds }: Affecting): AgentType[] {
    return agentIds.map(toAgent);
  }
}

@Resolver(() => SyncPlanType)
export class SyncPlanResolver {
  @FieldResolver(() => [AgentType], {
    description: 'Agents that endpoints of the API are assigned to.',
  })
  agents(@Root() { agentIds }: Affecting): AgentType[] {
    return agentIds.map(toAgent);
  }
}

@Resolver(() => SyncConflictType)
export class SyncConflictResolver {
  @FieldResolver(() => [AgentType], { description: 'Agents that stand in the way.' })
  agents(@Root() { agentIds }: Affecting): AgentType[] {
    return agentIds.map(toAgent);
  }
}

@Resolver(() => CatalogChangeType)
export class CatalogChangeAgentsResolver {
  @FieldResolver(() => [AgentType], { description: 'Agents whose tools the write altered.' })
  agents(@Root() { agentIds }: Affecting): AgentType[] {
    return agentIds.map(toAgent);
  }
}
