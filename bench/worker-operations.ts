/** A call as the worker takes it, and the request that it makes of the upstream in `calls-upstream.ts`. */
export type WorkOperation = {
  name: string;
  tool: string;
  args: object;
  method: 'GET' | 'POST';
  path: string;
  body: object | null;
};

const order = { itemId: 7, quantity: 2, note: 'Leave it at the door' };

const quick: readonly WorkOperation[] = [
  {
    name: 'safe GET',
    tool: 'getItem',
    args: { id: 7, view: 'full' },
    method: 'GET',
    path: '/items/7?view=full',
    body: null,
  },
  {
    name: 'unsafe POST',
    tool: 'createOrder',
    args: order,
    method: 'POST',
    path: '/orders',
    body: order,
  },
];

/** Tools that `offerTools` puts into the catalog: an upstream that answers at once, and one that takes 5 ms. */
export const workOperations: readonly WorkOperation[] = [
  ...quick,
  ...quick.map(({ name, tool, path, ...rest }) => ({
    ...rest,
    name: `${name}, 5 ms`,
    tool: `${tool}Slowly`,
    path: `/slow${path}`,
  })),
];
