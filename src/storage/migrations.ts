import { Catalog20261121000000 } from '../../migrations/20261121000000-catalog.js';

/** In the order in which they run. */
export const migrations = [Catalog20261121000000];
