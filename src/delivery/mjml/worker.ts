import { parentPort } from 'node:worker_threads';
import core from 'mjml-core';
import preset from 'mjml-preset-core';

/** What MJML made of a text. */
export interface Made {
  html: string;
  errors: { line: number | null; message: string }[];
}

// A thread of its own, since MJML takes as long as it takes and can be stopped in no other way.
parentPort!.on('message', async (mjml: string) => {
  parentPort!.postMessage(await make(mjml));
});

async function make(mjml: string): Promise<Made> {
  try {
    const { html, errors } = await core.default(mjml, {
      presets: [preset],
      // A template must never read the server's files.
      ignoreIncludes: true,
      // MJML would have everybody's mail program fetch its default typeface from elsewhere. <mj-font> still names one.
      fonts: {},
      keepComments: true,
      validationLevel: 'soft',
    });
    return {
      html,
      errors: errors.map(({ line, tagName, message }) => ({ line, message: `${tagName}: ${message}` })),
    };
  } catch (error) {
    return {
      html: '',
      errors: [{ line: null, message: error instanceof Error ? error.message : String(error) }],
    };
  }
}
