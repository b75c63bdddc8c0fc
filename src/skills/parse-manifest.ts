import { readFrontMatter } from './read-front-matter.js';
import { defaultVersion, type SkillManifest } from './skill-manifest.js';
import { skillRefusal } from './skill-refusal.js';

/** A manifest, and what is to be said of it; `body` is SKILL.md without its front matter. */
export type ParsedSkill = { manifest: SkillManifest; body: string; warnings: string[] };

type Fields = Record<string, unknown>;

/** Wider than the Agent Skills specification, which knows no `_` and `.`; names stand in URLs and paths. */
const namePattern = /^[a-z0-9]+(?:[-_.][a-z0-9]+)*$/;
const specifiedName = /^[a-z0-9]+(?:-[a-z0-9]+)*$/;
const maxNameLength = 64;
const specifiedDescription = 1024;
const maxTextLength = 4000;
const maxListLength = 200;
const maxItemLength = 200;

/**
 * Reads what SKILL.md says of its skill. Fields of the Agent Skills specification and of ATI stand at the top of the
 * front matter or under `metadata`; a list may be written as one text with commas or blanks between. `folder` names a
 * skill without a name of its own. Throws INVALID_INPUT saying which field is wrong and what was expected.
 */
export function parseManifest(text: string, folder: string | null): ParsedSkill {
  const { fields, body } = readFrontMatter(text);
  const read = createReader(fields ?? {});
  const warnings: string[] = [];
  const name = parseName(read.text('name', maxNameLength) ?? folder, fields !== null, warnings);
  const description = read.text('description') ?? firstParagraph(body);
  if (description === '') {
    throw skillRefusal(
      'SKILL.md: there is no description: expected "description: …" in its front matter, which says what the skill is for.',
    );
  }
  if (description.length > specifiedDescription) {
    warnings.push(
      `The description has ${description.length} characters; the Agent Skills specification allows ${specifiedDescription}.`,
    );
  }
  const manifest: SkillManifest = {
    name,
    version: read.text('version', maxItemLength) ?? defaultVersion,
    description,
    whenToUse: read.text('when_to_use'),
    hint: read.text('hint'),
    author: read.text('author', maxItemLength),
    license: read.text('license'),
    compatibility: read.text('compatibility'),
    allowedTools: read.words('allowed_tools'),
    format: fields === null ? 'inferred' : 'anthropic',
    tools: read.list('tools'),
    providers: read.list('providers'),
    categories: read.list('categories', /,/),
    keywords: read.list('keywords', /,/),
    dependsOn: read.list('depends_on'),
    suggests: read.list('suggests'),
  };
  return { manifest, body, warnings };
}

function parseName(name: string | null, isGiven: boolean, warnings: string[]): string {
  if (name === null) {
    throw skillRefusal(
      `SKILL.md: the skill has no name: expected "name: …" in ${isGiven ? 'its' : 'a'} front matter, or a folder around it.`,
    );
  }
  if (name.length > maxNameLength || !namePattern.test(name)) {
    throw skillRefusal(
      `SKILL.md: the name ${show(name)} is no name of a skill: expected 1 to ${maxNameLength} lower-case letters and digits, with single "-", "_" or "." between.`,
    );
  }
  if (!specifiedName.test(name)) {
    warnings.push('The Agent Skills specification allows no "_" and "." in a name.');
  }
  return name;
}

/** Reads fields by any of their spellings, `depends_on`, `depends-on` and `dependsOn`. */
function createReader(fields: Fields) {
  const metadata = isFields(fields.metadata) ? fields.metadata : {};
  if (fields.metadata != null && !isFields(fields.metadata)) {
    throw wrongType('metadata', 'a mapping', fields.metadata);
  }
  const find = (field: string): unknown => {
    const spellings = spellingsOf(field);
    for (const from of [fields, metadata]) {
      const key = spellings.find((name) => Object.hasOwn(from, name) && from[name] != null);
      if (key !== undefined) return from[key];
    }
    return null;
  };

  return {
    text(field: string, maxLength = maxTextLength): string | null {
      const value = find(field);
      if (value === null) return null;
      if (isFields(value) && typeof value.name === 'string')
        return limit(field, value.name, maxLength);
      return limit(field, toText(field, value), maxLength);
    },
    /** A text, or a list that becomes one. */
    words(field: string): string | null {
      const value = find(field);
      if (value === null) return null;
      const texts = Array.isArray(value) ? value.map((item) => toText(field, item)) : null;
      return limit(field, texts?.join(' ') ?? toText(field, value), maxTextLength);
    },
    list(field: string, separator = /[\s,]+/): string[] {
      const value = find(field);
      if (value === null) return [];
      if (typeof value !== 'string' && !Array.isArray(value)) {
        throw wrongType(field, 'a list of names', value);
      }
      const items = (Array.isArray(value) ? value : value.split(separator))
        .map((item) => limit(field, toText(field, item), maxItemLength))
        .filter((item) => item !== null);
      if (items.length > maxListLength) {
        throw skillRefusal(
          `SKILL.md: front matter, ${field}: has ${items.length} names; at most ${maxListLength} are taken.`,
        );
      }
      return [...new Set(items)];
    },
  };
}

function spellingsOf(field: string): string[] {
  const camel = field.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
  return [field, field.replaceAll('_', '-'), camel];
}

/** Numbers and booleans are what YAML makes of `1.0` and `true`. */
function toText(field: string, value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  throw wrongType(field, 'a text', value);
}

function limit(field: string, value: string, maxLength: number): string | null {
  const text = value.trim();
  if (text.length > maxLength) {
    throw skillRefusal(`SKILL.md: front matter, ${field}: is longer than ${maxLength} characters.`);
  }
  if (text.includes('\0')) {
    throw skillRefusal(`SKILL.md: front matter, ${field}: has a NUL character.`);
  }
  return text === '' ? null : text;
}

function wrongType(field: string, expected: string, found: unknown) {
  const type = Array.isArray(found) ? 'a list' : found === null ? 'nothing' : nameType(found);
  return skillRefusal(`SKILL.md: front matter, ${field}: expected ${expected}, found ${type}.`);
}

function nameType(value: unknown): string {
  return typeof value === 'object' ? 'a mapping' : `a ${typeof value}`;
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The first lines of prose: no heading, no fence. */
function firstParagraph(body: string): string {
  const paragraphs = body.split(/\r?\n\s*\r?\n/).map((text) => text.trim().replace(/\s+/g, ' '));
  const prose = paragraphs.find((text) => text !== '' && !/^[#`<|]/.test(text));
  return (prose ?? '').slice(0, specifiedDescription);
}

function show(text: string): string {
  return JSON.stringify(text.length > 100 ? `${text.slice(0, 97)}…` : text);
}
