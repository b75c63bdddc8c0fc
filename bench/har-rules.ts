import { type Rule, where } from './har-rule.js';
import { headerRules, nothingRules, styleRules } from './har-style-rules.js';

const acceptRules: Rule[] = [
  {
    asked: 'a header parameter `Accept`, `Authorization` or `Content-Type`',
    right: 'ours',
    because:
      'OpenAPI 3.2 Parameter Object, "name": such a definition SHALL be ignored; they follow from the responses, the credentials and the body.',
    applies: where({ group: /^header of another part$/ }),
  },
  {
    asked: 'an operation whose answers declare no media type',
    right: 'both',
    because: 'RFC 9110 section 12.5.1: no `Accept` means what `*/*` means.',
    applies: where({ piece: /^header accept$/, theirs: /^nothing$/ }),
  },
  {
    asked: 'an operation of which only errors declare a media type',
    right: 'open',
    because:
      'RFC 9110 section 12.5.1 allows both. Theirs asks for what the first response has, an error among them; ours for what successes have, which is nothing here.',
    applies: where({ piece: /^header accept$/, ours: /^\*\/\*$/ }),
  },
  {
    asked: 'an operation that answers in several media types',
    right: 'ours',
    because:
      'RFC 9110 section 12.5.1: what is not named is not acceptable, so that the others would be refused. Ours names all and prefers JSON.',
    applies: where({ piece: /^header accept$/ }),
  },
];

const hostileRules: Rule[] = [
  {
    asked: 'a value with a `.` or `..` segment in a path, also behind percent triples',
    right: 'ours',
    because:
      'RFC 3986 section 5.2.4: clients remove such segments, so that theirs asks for another path. Ours refuses.',
    applies: where({ group: /^hostile$/, value: /segment|slash/ }),
  },
  {
    asked: 'a line break in a header',
    right: 'ours',
    because:
      'RFC 9110 section 5.5: a field value has no CR and LF. Ours refuses; theirs leaves it to the client.',
    applies: where({ group: /^hostile$/ }),
  },
];

const parameterRules: Rule[] = [
  {
    asked: 'Swagger 2.0 `collectionFormat: tsv`',
    right: 'ours',
    because:
      'Swagger 2.0 Parameter Object: tab separated. OpenAPI 3 has no such style; theirs reads no 2.0.',
    applies: where({ group: /tsv/ }),
  },
  {
    asked: '`allowReserved` for `#`, `&`, `+`, `[` and `]`',
    right: 'ours',
    because:
      'OpenAPI 3.2 Parameter Object, "allowReserved": what the place does not allow is still to be encoded (RFC 3986 section 3.4 ends a query at `#`). Theirs loses what follows.',
    applies: where({ group: /^allowReserved$/, value: /^reserved text$/ }),
  },
  {
    asked: '`allowReserved` for a joined list with a comma in an item',
    right: 'open',
    because:
      'RFC 6570 section 3.2.3 lets the comma pass, and the server reads three items; OpenAPI 3.2 "URL Percent-Encoding" calls that undefined. Ours encodes it, so that it reads the two that were given.',
    applies: where({ group: /^allowReserved$/, value: /^list$/ }),
  },
  {
    asked: '`allowReserved` in a path',
    right: 'ours',
    because:
      'OpenAPI 3.2 Parameter Object allows it there; up to 3.1 it is for queries alone. `/`, `?` and `#` stay encoded.',
    applies: where({ group: /^allowReserved$/, value: /path/ }),
  },
  {
    asked: 'JSON in a header, outside ASCII',
    right: 'ours',
    because:
      'RFC 9110 section 5.5: field values are ASCII; RFC 8259 section 7 can write the rest so. Both are the same JSON.',
    applies: where({ group: /^content JSON$/, value: /header/ }),
  },
  {
    asked: 'JSON by `content` in a path or a cookie',
    right: 'ours',
    because:
      'OpenAPI 3.2 Parameter Object, "content": the value is serialized in that media type. Theirs ignores it there.',
    applies: where({ group: /^content JSON$/ }),
  },
  {
    asked: '`in: querystring`',
    right: 'ours',
    because:
      'OpenAPI 3.2 "Parameter Locations": the value is the whole query. Theirs does not know it and loses the value.',
    applies: where({ group: /^querystring$/ }),
  },
  {
    asked: 'a path variable with a dot in its name',
    right: 'ours',
    because:
      'OpenAPI 3.2 "Path Templating": a name has any characters but braces. Theirs sends the template.',
    applies: where({ group: /^name with a dot$/ }),
  },
  {
    asked: 'lists and objects in paths, queries and headers whose `style` is left out',
    right: 'ours',
    because:
      'OpenAPI 3.2 Parameter Object, "style": the default is as if it were written. Theirs encodes the commas of paths, keeps the last item of a header, makes headers of members, and puts the name before the first member of a query.',
    applies: ({ group, piece, ours, theirs }) =>
      group === 'style left out' ||
      (group === 'corpus' && piece.startsWith('header ')) ||
      (group === 'corpus' && piece === 'path' && /%2C/.test(theirs) && !/%2C/.test(ours)) ||
      (group === 'corpus' && piece === 'query' && /=[^&]*=/.test(theirs)),
  },
  {
    asked: 'a required parameter that is not given, with the default `false`',
    right: 'ours',
    because:
      'JSON Schema 2020-12 section 9.2: any value may be a default. Theirs loses those that count as false.',
    applies: where({ group: /^default$/ }),
  },
];

const bodyRules: Rule[] = [
  {
    asked: 'a body that is left out',
    right: 'ours',
    because:
      'RFC 9110 section 8.3: `Content-Type` describes content. Theirs sends it without, and nothing for a body that is required; ours sends `{}` there.',
    applies: where({ group: /^body left out$/ }),
  },
  {
    asked: 'a list in a urlencoded form',
    right: 'ours',
    because:
      'OpenAPI 3.2 "Encoding By Name": one field for each item; the default `explode: true` of 3.0 and 3.1 says the same. Theirs joins by commas.',
    applies: where({ group: /^body form$/, value: /^list$/ }),
  },
  {
    asked: 'fields of a urlencoded form with an Encoding Object',
    right: 'ours',
    because:
      'OpenAPI 3.2 Encoding Object, "style", "explode" and "contentType". Theirs ignores it.',
    applies: where({ group: /^body form$/ }),
  },
  {
    asked: 'the media type and headers of a part, and objects in a multipart body',
    right: 'ours',
    because:
      'OpenAPI 3.2 Encoding Object, "contentType" and "headers": an object is `application/json` by default. Theirs makes a field of each member, in brackets or, with an Encoding Object, under its own name, and names no type.',
    applies: ({ group, piece, theirs }) =>
      group === 'body multipart' ||
      (group === 'corpus' && piece === 'body' && /^object\[/m.test(theirs)),
  },
  {
    asked: 'the content of a file, as base64 or a data URI',
    right: 'open',
    because:
      'How arguments carry bytes is for each tool to say. Ours sends the bytes; theirs sends the text, but for data URIs in multipart.',
    applies: ({ group, piece, ours, theirs }) =>
      (group === 'body binary' && theirs.startsWith('data:')) ||
      (group === 'corpus' &&
        piece === 'body' &&
        /file content/.test(ours) &&
        /ZmlsZSBjb250ZW50/.test(theirs)),
  },
  {
    asked: 'text outside ASCII as `text/plain`',
    right: 'ours',
    because: 'RFC 2046 section 4.1.2: without a charset it is US-ASCII. Ours adds `charset=utf-8`.',
    applies: where({ group: /^body text$/ }),
  },
];

/** In the order in which they are tried: the first that applies explains a difference. */
export const rules: Rule[] = [
  ...acceptRules,
  ...hostileRules,
  ...nothingRules,
  ...styleRules,
  ...headerRules,
  ...parameterRules,
  ...bodyRules,
];
