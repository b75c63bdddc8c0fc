import type { Tool } from '@modelcontextprotocol/server';

const getItem: Tool = {
  name: 'getItem',
  description: 'One item of the shop with its price, its tags and whether it is in stock.',
  inputSchema: {
    type: 'object',
    properties: {
      id: { type: 'integer', description: 'The number of the item.' },
      view: { type: 'string', enum: ['short', 'full'] },
    },
    required: ['id'],
  },
  annotations: { readOnlyHint: true },
};

const createOrder: Tool = {
  name: 'createOrder',
  description: 'Orders an item and answers with what was ordered.',
  inputSchema: {
    type: 'object',
    properties: {
      itemId: { type: 'integer', description: 'The number of the item.' },
      quantity: { type: 'integer', minimum: 1 },
      note: { type: 'string', description: 'For whoever brings it.' },
    },
    required: ['itemId', 'quantity'],
  },
};

/** Every tool of the server that is called: two that are, and as many more as make 100. */
export const benchTools: Tool[] = [
  getItem,
  createOrder,
  ...Array.from({ length: 98 }, (_, at) => {
    const like = at % 2 === 0 ? getItem : createOrder;
    return { ...like, name: `${like.name}Of${at + 1}`, description: `${like.description} (${at})` };
  }),
];

/** What each call answers with, as the JSON text of one block. */
export const itemText = JSON.stringify({
  id: 7,
  name: 'Desk lamp',
  price: { amount: 24.5, currency: 'EUR' },
  tags: ['light', 'office'],
  isInStock: true,
});
