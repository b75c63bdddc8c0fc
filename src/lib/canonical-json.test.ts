import { expect, it } from 'vitest';
import { toCanonicalJson } from './canonical-json.js';

// The examples of RFC 8785, sections 3.2.2 and 3.2.3.
it.each([
  [
    { numbers: [333333333.3333333, 1e30, 4.5, 2e-3, 1e-27] },
    '{"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27]}',
  ],
  [
    { string: '\u20ac$\u000F\u000aA\'\u0042\u0022\u005c\\"/' },
    '{"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
  ],
  [
    { '\u20ac': 1, '\r': 2, '\ufb33': 3, '1': 4, '\ud83d\ude00': 5, '\u0080': 6, '\u00f6': 7 },
    '{"\\r":2,"1":4,"\u0080":6,"ö":7,"€":1,"😀":5,"\ufb33":3}',
  ],
  [{ b: 1, '10': 2, '9': [null, true, {}] }, '{"10":2,"9":[null,true,{}],"b":1}'],
])('writes %j in one way', (value, text) => {
  expect(toCanonicalJson(value)).toBe(text);
});
