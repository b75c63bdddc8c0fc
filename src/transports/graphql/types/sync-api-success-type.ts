import { Field, Int, ObjectType } from 'type-graphql';
import type { SyncOutcome } from '../../../catalog/sync-input.js';
import { SyncOutcomeEnum } from '../enums/sync-outcome.js';
import { RevisionScalar } from '../scalars.js';
import { ApiType } from './api-type.js';
import { SpecProblemType } from './spec-problem-type.js';

@ObjectType('SyncApiSuccess', {
  description: 'The catalog now holds what the document says.',
  simpleResolvers: true,
})
export class SyncApiSuccessType {
  @Field(() => SyncOutcomeEnum, { description: 'What the sync did.' })
  outcome!: SyncOutcome;

  @Field(() => ApiType, { description: 'The API after the sync.' })
  api!: ApiType;

  @Field(() => Int, { description: 'Endpoints that are new.' })
  endpointsAdded!: number;

  @Field(() => Int, { description: 'Endpoints of which something changed.' })
  endpointsUpdated!: number;

  @Field(() => Int, { description: 'Endpoints that are gone.' })
  endpointsRemoved!: number;

  @Field(() => String, { description: 'SHA-256, hex, of the document as received.' })
  contentHash!: string;

  @Field(() => [SpecProblemType], {
    name: 'warnings',
    simple: false,
    description: 'Every finding about the document.',
  })
  problems!: SpecProblemType[];

  @Field(() => RevisionScalar, {
    description: 'The catalog revision that the sync made; the present one when it was UNCHANGED.',
  })
  revision!: string;
}
