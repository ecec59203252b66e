import { SimpleGrid, Stack, Textarea, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useState } from 'react';
import { usePeopleChoice } from '../../profiles/queries.ts';
import { fieldError } from '../../shared/fieldError.ts';
import { usePreview } from '../queries.ts';
import { AccountChoice } from './AccountChoice.tsx';
import { EmailPreview } from './EmailPreview.tsx';
import type { Editing } from './editing.ts';
import { StoredFields } from './StoredFields.tsx';

/** Subject, HTML and text of one email, and beside them what a person would get. */
export function EmailStepEditor({ step, field: place, error, onChange }: Editing<'email'>) {
  // Somebody real from the start; null when nobody is wanted.
  const [chosen, setChosen] = useState<string | null>();
  const somebody = usePeopleChoice('').data?.items[0]?.id;
  const person = chosen === undefined ? somebody : (chosen ?? undefined);
  const [letter] = useDebouncedValue(
    { subject: step.subject, html: step.html, text: step.text, person_id: person },
    300,
  );
  const preview = usePreview(letter);
  const problem = (field: 'subject' | 'html' | 'text') => {
    const said = fieldError(error, `${place}.${field}`);
    // An empty subject is no mistake yet while the email is being written.
    if (said || (field === 'subject' && step.subject === '')) return said;
    // Where it stands; the rest is told below the preview.
    const found = preview.data?.problems.find(
      (one) => one.field === field && one.level === 'error' && one.part === null && one.line !== null,
    );
    return found && `Line ${found.line}: ${found.message}`;
  };
  return (
    <SimpleGrid cols={{ base: 1, md: 2 }} spacing="lg">
      <Stack gap="sm">
        <TextInput
          label="Subject"
          data-autofocus
          placeholder="Hello {{ person.first_name }}"
          value={step.subject}
          onChange={(event) => onChange({ ...step, subject: event.currentTarget.value })}
          error={problem('subject')}
        />
        <Textarea
          label="HTML body"
          description='HTML or MJML (<mjml>…), with Liquid: {{ person.first_name }}, {{ unsubscribe_url }}, {% render "footer" %}'
          autosize
          minRows={12}
          maxRows={26}
          spellCheck={false}
          styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)', fontSize: 13 } }}
          value={step.html}
          onChange={(event) => onChange({ ...step, html: event.currentTarget.value })}
          error={problem('html')}
        />
        <Textarea
          label="Text part"
          description="For those who read no HTML; made from it when empty"
          autosize
          minRows={2}
          maxRows={12}
          value={step.text ?? ''}
          onChange={(event) => onChange({ ...step, text: event.currentTarget.value || undefined })}
          error={problem('text')}
        />
        <AccountChoice
          value={step.account}
          error={fieldError(error, `${place}.account`)}
          onChange={(account) => onChange({ ...step, account })}
        />
        <StoredFields step={step} field={place} error={error} onChange={onChange} />
      </Stack>
      <EmailPreview
        preview={preview}
        letter={letter}
        account={step.account}
        person={person}
        onPerson={(id) => setChosen(id ?? null)}
      />
    </SimpleGrid>
  );
}
