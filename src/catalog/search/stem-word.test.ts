import { expect, it } from 'vitest';
import { stemWord } from './stem-word.js';

it.each([
  'repository repositories',
  'delete deletes deleted deleting',
  'create creates created creating',
  'organize organizes organization organizations',
  'notify notifies notified notifying',
  'run runs running',
  'authorize authorizes authorization',
  'customer customers',
  'policy policies',
  'transcribe transcribes transcribed',
])('has one stem for %s', (words) => {
  expect(new Set(words.split(' ').map(stemWord)).size).toBe(1);
});

it.each(['policy police', 'user use', 'new news-', 'address add', 'status state'])(
  'keeps apart %s',
  (words) => {
    const all = words.split(' ');
    expect(new Set(all.map(stemWord)).size).toBe(all.length);
  },
);

it('leaves short words and other letters as they are', () => {
  expect(['is', 'k8s', 'größe', '返金'].map(stemWord)).toEqual(['is', 'k8s', 'größe', '返金']);
});
