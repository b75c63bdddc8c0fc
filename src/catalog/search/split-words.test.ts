import { expect, it } from 'vitest';
import { splitWords, splitWordsAndWholes } from './split-words.js';

it.each([
  ['getUserByID', 'get user by id'],
  ['get_user_by_id', 'get user by id'],
  ['get-user-by-id', 'get user by id'],
  ['GET /users/{userId}', 'get users user id'],
  ['parseHTTPResponse', 'parse http response'],
  ['oauth2Token', 'oauth 2 token'],
  ['v1.2', 'v 1 2'],
  ['Café déjà vu', 'cafe deja vu'],
  ['ﬁle', 'file'],
  ['Größe', 'große'],
  ['返金する', '返金する'],
  ['ปืน', 'ปน'],
  ['a\0b', 'a b'],
  ['\ud83d 💸 —', ''],
  ['\u0301\u0301', ''],
])('splits %j into its words', (text, words) => {
  expect(splitWords(text).join(' ')).toBe(words);
});

it('has the whole of a chunk of few parts behind them', () => {
  expect(splitWordsAndWholes('GitHub oauth2 createNamespacedConfigMap').join(' ')).toBe(
    'git hub github oauth 2 oauth2 create namespaced config map',
  );
});

it('cuts long words, and never through a character', () => {
  const [word = ''] = splitWords(`a${'𐐨'.repeat(100)}`);
  expect(word.isWellFormed()).toBe(true);
  expect([...word]).toHaveLength(40);
});
