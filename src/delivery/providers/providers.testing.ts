import { DeliveryError, type RenderedEmail } from './index.ts';

/** An email that has everything that is hard about emails. */
export const emailOf = (more: Partial<RenderedEmail> = {}): RenderedEmail => ({
  workspace: '019a0000-0000-7000-8000-000000000001',
  id: '019a0000-0000-7000-8000-000000000002',
  profile: 'zoe',
  messageId: '<019a0000-0000-7000-8000-000000000002@example.com>',
  from: 'Äpfel & Co <shop@example.com>',
  to: 'zoe@example.com',
  subject: 'Grüße, Zoë',
  html: '<p>Grüße 🎉</p>',
  text: 'Grüße 🎉',
  headers: [
    { name: 'List-Unsubscribe', value: '<https://shop.example/u/1>' },
    { name: 'List-Unsubscribe-Post', value: 'List-Unsubscribe=One-Click' },
  ],
  date: new Date('2026-01-02T03:04:05Z'),
  ...more,
});

/** What a provider threw; anything but a DeliveryError fails the test. */
export async function failureOf(sending: Promise<unknown>): Promise<DeliveryError> {
  try {
    await sending;
  } catch (error) {
    if (error instanceof DeliveryError) return error;
    throw error;
  }
  throw new Error('It was sent.');
}
