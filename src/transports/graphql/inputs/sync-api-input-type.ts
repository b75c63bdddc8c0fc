import { Field, ID, InputType } from 'type-graphql';
import type { SyncStrategy } from '../../../catalog/sync-input.js';
import { SyncStrategyEnum } from '../enums/sync-strategy.js';
import { JsonScalar } from '../scalars.js';
import { SpecSourceInputType } from './spec-source-input-type.js';

@InputType('SyncApiInput', {
  description: 'apiId, else the same swagger URL, else the same name, picks the API to update.',
})
export class SyncApiInputType {
  @Field(() => SpecSourceInputType, { description: 'The document.' })
  source!: SpecSourceInputType;

  @Field(() => ID, {
    nullable: true,
    description: 'The API to update; NOT_FOUND if there is none.',
  })
  apiId?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'A name for people. Default: the title of the document.',
  })
  name?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'Absolute URL that paths start from. Default: the first server of the document.',
  })
  baseUrl?: string | null;

  @Field(() => JsonScalar, {
    nullable: true,
    description:
      'Auth headers for calls, name to value. Stored sealed and never shown again; `{}` removes them.',
  })
  headers?: Record<string, string> | null;

  @Field(() => SyncStrategyEnum, {
    nullable: true,
    defaultValue: 'GUARD',
    description: 'What to do when agents use endpoints of the API.',
  })
  strategy?: SyncStrategy | null;
}
