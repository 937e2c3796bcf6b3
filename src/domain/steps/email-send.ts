import { z } from 'zod';
import { bucketName, objectKey } from './s3-object.js';
import { defineStep } from './step-kind.js';

export const emailSend = defineStep({
  uses: 'email.send',
  description: 'Sends a mail, with objects of S3 as attachments if wanted',
  execution: 'activity',
  with: (e) => {
    const addresses = e(z.array(e(z.email())).min(1));
    return z
      .strictObject({
        to: addresses.describe('Recipients'),
        cc: addresses.optional().describe('Recipients in copy'),
        subject: e(
          z
            .string()
            .min(1)
            .max(998)
            .regex(/^[^\r\n]*$/, 'no line breaks in a subject'),
        ).describe('Subject line'),
        text: e(z.string()).optional().describe('Plain text body'),
        html: e(z.string()).optional().describe('HTML body'),
        attachments: z
          .array(
            z.strictObject({
              bucket: e(bucketName).describe('Bucket of the object'),
              key: e(objectKey).describe('Key of the object; its last part names the attachment'),
            }),
          )
          .max(10)
          .optional()
          .describe('Objects to attach'),
      })
      .refine((mail) => mail.text !== undefined || mail.html !== undefined, {
        message: 'give text, html or both',
        when: ({ value }) => typeof value === 'object' && value !== null && !Array.isArray(value),
      })
      .meta({ anyOf: [{ required: ['text'] }, { required: ['html'] }] });
  },
  output: z.object({ messageId: z.string() }),
  defaults: { timeout: '15m', maximumAttempts: 5 },
});
