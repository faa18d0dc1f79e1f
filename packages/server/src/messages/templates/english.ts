import type { Catalogue } from './template.ts'

export const english: Catalogue = {
  code: {
    subject: '{code} is your code for {service}',
    paragraphs: [
      'Your code for {service}:',
      '{code}',
      'It ends in {minutes} minutes. We never ask for it: whoever does, on the telephone or in a message, wants to get into your account.',
      'If you have not asked for a code, somebody else may have typed your address. Nothing happens as long as nobody else learns the code.',
    ],
    short: '{code} is your code for {service}. It ends in {minutes} minutes. We never ask for it.',
  },
}
