import type { Catalogue } from './template.ts'

export const german: Catalogue = {
  code: {
    subject: '{code} ist Ihr Code für {service}',
    paragraphs: [
      'Ihr Code für {service}:',
      '{code}',
      'Er gilt {minutes} Minuten. Wir fragen nie danach: Wer am Telefon oder in einer Nachricht danach fragt, will in Ihr Konto.',
      'Wenn Sie keinen Code angefordert haben, hat vielleicht jemand anderes Ihre Adresse eingegeben. Es geschieht nichts, solange niemand sonst den Code erfährt.',
    ],
    short: '{code} ist Ihr Code für {service}. Er gilt {minutes} Minuten. Wir fragen nie danach.',
  },
}
