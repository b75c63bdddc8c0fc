import { registerEnumType } from 'type-graphql';
import { exportFormats } from '../../../agents/export/export-formats.js';
import { enumOf } from './enum-of.js';

export const ExportFormatEnum = enumOf(exportFormats);

registerEnumType(ExportFormatEnum, {
  name: 'ExportFormat',
  description: 'Whose request tools are written for.',
  valuesConfig: {
    OPENAI_CHAT: { description: '`tools` of OpenAI’s chat completions.' },
    OPENAI_RESPONSES: { description: '`tools` of OpenAI’s responses.' },
    ANTHROPIC: { description: '`tools` of Anthropic’s messages.' },
    GEMINI: { description: '`tools` of Gemini’s generateContent.' },
    MCP: { description: '`tools` of a list of the Model Context Protocol.' },
  },
});
