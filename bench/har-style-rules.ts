import { type Rule, where } from './har-rule.js';

const nested = /^(object in an object|list in an object|objects in a list)$/;
const scalar = /^(empty text|text|number|boolean|reserved text|text with|text outside)/;

/** Values that there are none of. */
export const nothingRules: Rule[] = [
  {
    asked: 'null, or a list with a null in it, outside JSON',
    right: 'ours',
    because:
      'RFC 6570 section 2.3: null is undefined and is left out. Theirs sends the text "null".',
    applies: where({
      value: /null/,
      theirs: /null/,
      piece: /^(query|header color|cookie|path|body)$/,
      group: /^(?!body JSON)/,
    }),
  },
  {
    asked: 'an empty text or list in a path',
    right: 'open',
    because:
      'RFC 6570 section 3.2.1 expands it to nothing, which makes another path of it (RFC 3986 section 3.3). Ours refuses.',
    applies: where({ group: /^path /, value: /^empty/, piece: /^refused$/ }),
  },
  {
    asked: 'an empty list in a query, a header or a cookie',
    right: 'ours',
    because: 'RFC 6570 section 2.3: a list without members is undefined and is left out.',
    applies: where({ value: /^empty list$/ }),
  },
  {
    asked: 'an empty text in a header',
    right: 'ours',
    because:
      'OpenAPI 3.2 "Style Examples", row simple: the header is there and empty. Theirs loses it.',
    applies: where({ group: /^header /, value: /^empty text$/ }),
  },
];

/** Paths and queries. */
export const styleRules: Rule[] = [
  {
    asked: 'a list or an object inside a list or an object, in any style but `deepObject`',
    right: 'open',
    because:
      'RFC 6570 section 2.4.2 and OpenAPI 3.2 "Style Values" define members that are scalars. Ours sends JSON, or refuses where its commas cannot be escaped; theirs sends "[object Object]" or runs the members together: they are lost.',
    applies: where({ group: /^(path|query (?!deep)|header|cookie form)/, value: nested }),
  },
  {
    asked: 'names of members, or of a parameter, with reserved characters',
    right: 'ours',
    because:
      'RFC 6570 section 3.2.1: names of members are encoded like values. In theirs an `&` or `=` in one begins another parameter. For headers and `style: cookie` see there.',
    applies: where({
      group: /^(path|query|cookie form|name with reserved)/,
      value: /^(object with reserved|query)$/,
      ours: /%26/,
    }),
  },
  {
    asked: '`label` without `explode`',
    right: 'ours',
    because:
      'RFC 6570 section 3.2.5 and the tables of OpenAPI 3.0.4, 3.1.1 and 3.2 join by commas. Theirs follows the tables of 3.0.0 to 3.0.3 and 3.1.0, which had dots.',
    applies: where({ piece: /^path$/, ours: /\/\.[^/]*,/ }),
  },
  {
    asked: 'a text that has percent triples in it',
    right: 'ours',
    because:
      'RFC 6570 section 3.2.1: a `%` is encoded, triples pass with `allowReserved` alone. Theirs takes it for encoded, so that the server reads "100%" where "100%25" was given.',
    applies: where({ group: /^query form/, value: /percent triple/ }),
  },
  {
    asked: '`spaceDelimited`, `pipeDelimited` or `deepObject` for a text, a number or a boolean',
    right: 'open',
    because:
      'OpenAPI 3.2 "Style Examples" has "n/a". Ours sends it as `form` would; theirs loses it.',
    applies: where({ group: /^query (space|pipe|deep)/, value: scalar, theirs: /^nothing$/ }),
  },
  {
    asked: 'an item that holds the delimiter, in `spaceDelimited` and `pipeDelimited`',
    right: 'open',
    because:
      'OpenAPI 3.2 "Style Values" has no escape for their delimiter, and servers decode before they split. Ours refuses; in theirs the server reads another list.',
    applies: where({ group: /^query (space|pipe)/, piece: /^refused$/ }),
  },
  {
    asked: 'the delimiter of `pipeDelimited`',
    right: 'ours',
    because:
      'OpenAPI 3.2 "Style Examples" has `%7C`; RFC 3986 appendix A has no `|` in a query. Servers that read URLs leniently see the same.',
    applies: where({ piece: /^query$/, ours: /%7C/, theirs: /\|/ }),
  },
  {
    asked: 'lists in `deepObject`',
    right: 'open',
    because:
      'OpenAPI 3.2 "Style Examples" has "n/a". Ours writes empty brackets, which qs, Rack and PHP read as a list; theirs writes indices, which Rack reads as an object (decision 008).',
    applies: ({ ours, theirs }) => /%5B%5D=|\[\]: /.test(ours) && /\[\d+\](=|: )/.test(theirs),
  },
  {
    asked: 'a member of a `deepObject` with reserved characters in its name',
    right: 'ours',
    because: 'RFC 6570 section 3.2.1, as for other names. In theirs the member is cut apart.',
    applies: where({ group: /deepObject/, value: /^object with reserved$/ }),
  },
  {
    asked: 'brackets, of `deepObject` or of a name',
    right: 'ours',
    because:
      'RFC 3986 section 3.4 has no brackets in a query; OpenAPI 3.2 "Style Examples" has `%5B` and `%5D`. Servers that read URLs leniently see the same.',
    applies: where({ piece: /^query$/, ours: /%5B/, theirs: /\[/ }),
  },
];

/** Headers and cookies. */
export const headerRules: Rule[] = [
  {
    asked: 'a comma in an item of a header or of `style: cookie`',
    right: 'open',
    because:
      'OpenAPI 3.2 Parameter Object: values pass unchanged, so that nothing tells it from the delimiter. Ours refuses; theirs has `%2C`, which a server does not decode, or loses the cookie.',
    applies: where({ group: /^(header|cookie cookie)/, piece: /^refused$/ }),
  },
  {
    asked: 'characters in a header that a URL would have encoded',
    right: 'ours',
    because:
      'OpenAPI 3.2 Parameter Object, "Fixed Fields for use with schema": percent-encoding MUST NOT be applied to headers. Up to 3.1 the text leaves it open (3.1.1 appendix D); theirs encodes values, and names of members it does not.',
    applies: where({ group: /^header simple/ }),
  },
  {
    asked: '`style: cookie`',
    right: 'ours',
    because:
      'OpenAPI 3.2 "Style Values" has this style; RFC 6265 section 5.4 joins by `; `. Theirs does not know it and loses the value.',
    applies: where({ group: /^cookie cookie/ }),
  },
  {
    asked: 'a joined list or object in a cookie of `style: form`',
    right: 'open',
    because:
      'OpenAPI joins by a comma as it is, which RFC 6265 section 4.1.1 does not allow in a cookie and servers take all the same. Theirs has it in a HAR value, which clients encode with the rest, so that it cannot be told from a comma in an item.',
    applies: where({ piece: /^cookie$/, ours: /,/, theirs: /%2C/ }),
  },
  {
    asked: 'characters in a cookie that are encoded',
    right: 'ours',
    because:
      'RFC 6570 section 3.2.1: encoded once. With a `style` written out theirs has the encoded text as a value of its HAR, and clients of HAR encode it again; without, it has the text as it is.',
    applies: where({ group: /^cookie form/, piece: /^cookie$/ }),
  },
];
