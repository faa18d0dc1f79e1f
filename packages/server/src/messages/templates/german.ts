import type { Catalogue } from './template.ts'

const circumstances = 'Wann: {at}. Von der Adresse {ip}, mit {agent}.'
const notYou =
  'Wenn Sie das nicht waren, ändern Sie jetzt Ihr Passwort und sagen Sie den Betreibern von {service} Bescheid. Antworten Sie auf diese Nachricht nicht mit einem Passwort oder Code: Niemand dort braucht sie.'

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
  approval_code: {
    subject: '{code} ist Ihr Code für {service}',
    paragraphs: [
      'Mit diesem Code erlauben Sie {service}:',
      '{action}',
      '{code}',
      'Er gilt {minutes} Minuten. Wenn Sie das nicht ganz genau so wollen, geben Sie ihn nicht ein. Wir fragen nie danach: Wer am Telefon oder in einer Nachricht danach fragt, will etwas anderes.',
    ],
    short: '{code} erlaubt {service}: {action}. Nicht gewollt? Nicht eingeben. Er gilt {minutes} Minuten.',
  },
  address_removed: {
    subject: 'Hierher kommen keine Codes für {service} mehr',
    paragraphs: [
      'An diese Adresse kommen keine Codes für die Anmeldung bei {service} mehr.',
      'Wenn Sie das nicht geändert haben, ist vielleicht jemand anderes in Ihrem Konto: Wenden Sie sich jetzt an {service}.',
    ],
    short:
      'An diese Nummer kommen keine Codes für {service} mehr. Waren Sie das nicht, wenden Sie sich jetzt an {service}.',
  },
  push_request: {
    subject: 'Eine Anmeldung bei {service}',
    paragraphs: ['Eine Anmeldung bei {service} wartet auf Ihre Antwort.'],
    short: 'Eine Anmeldung bei {service} wartet auf Ihre Antwort.',
  },
  push_denied: {
    subject: 'Eine Anmeldung bei {service} wurde abgelehnt: Ändern Sie Ihr Passwort',
    paragraphs: [
      'Sie haben auf Ihrem Gerät gesagt, dass eine Anmeldung an Ihrem Konto bei {service} nicht von Ihnen kam. Sie wurde abgebrochen.',
      circumstances,
      'Wer es war, kennt Ihr Passwort: Wählen Sie jetzt ein neues. Bis dahin, und bis die Betreiber von {service} es wieder erlauben, kommen keine Anfragen mehr auf Ihr Gerät.',
      notYou,
    ],
  },
  push_stopped: {
    subject: 'Anfragen von {service} kommen nicht mehr auf Ihr Gerät',
    paragraphs: [
      'Zu viele Anfragen, eine Anmeldung an Ihrem Konto bei {service} zu bestätigen, blieben ohne Antwort. Es kommen keine mehr auf Ihr Gerät.',
      circumstances,
      'Vielleicht kennt jemand Ihr Passwort und wartet darauf, dass Sie zustimmen: Wählen Sie ein neues. Die Betreiber von {service} können Anfragen wieder zulassen.',
      notYou,
    ],
  },
  new_device: {
    subject: 'Neue Anmeldung bei {service}',
    paragraphs: [
      'Jemand hat sich bei Ihrem Konto bei {service} angemeldet, von einem Gerät oder Ort, den wir von Ihnen noch nicht kennen.',
      circumstances,
      'Wenn Sie das waren, brauchen Sie nichts zu tun.',
      'Wenn Sie das nicht waren, kennt jemand Ihr Passwort. Öffnen Sie diese Seite und drücken Sie den Knopf: Das beendet alle Sitzungen, und Sie wählen ein neues Passwort.',
      '{link}',
      'Antworten Sie nicht mit einem Passwort oder einem Code: Dort braucht sie niemand.',
    ],
  },
  unusual_sign_in: {
    subject: 'Eine ungewöhnliche Anmeldung bei {service}',
    paragraphs: [
      'Jemand hat sich bei Ihrem Konto bei {service} angemeldet, auf eine Art, die für Sie nicht üblich ist.',
      circumstances,
      'Wenn Sie das waren, brauchen Sie nichts zu tun.',
      'Wenn Sie das nicht waren, kennt jemand Ihr Passwort. Öffnen Sie diese Seite und drücken Sie den Knopf: Das beendet alle Sitzungen, und Sie wählen ein neues Passwort.',
      '{link}',
      'Antworten Sie nicht mit einem Passwort oder einem Code: Dort braucht sie niemand.',
    ],
  },
  sign_in_refused: {
    subject: 'Eine Anmeldung bei {service} wurde abgelehnt: Waren Sie das?',
    paragraphs: [
      'Jemand mit Ihrem Passwort wollte sich bei Ihrem Konto bei {service} anmelden. Das war für Sie nicht üblich und wurde abgelehnt.',
      circumstances,
      'Wenn Sie das waren, versuchen Sie es von einem Gerät und einem Ort, die Sie schon benutzt haben.',
      'Wenn Sie das nicht waren, kennt jemand Ihr Passwort. Öffnen Sie diese Seite und drücken Sie den Knopf: Das beendet alle Sitzungen, und Sie wählen ein neues Passwort.',
      '{link}',
      'Antworten Sie nicht mit einem Passwort oder einem Code: Dort braucht sie niemand.',
    ],
  },
  sign_in_disowned: {
    subject: 'Alle Sitzungen Ihres Kontos bei {service} sind beendet',
    paragraphs: [
      'Über einen Link in einer Mail von uns hat jemand gesagt, dass eine Anmeldung bei Ihrem Konto bei {service} nicht die eigene war. Alle Sitzungen sind beendet, und das Passwort gilt nicht mehr.',
      circumstances,
      'Um sich wieder anzumelden, wählen Sie ein neues Passwort: Fordern Sie es dort an, wo Sie sich anmelden.',
    ],
  },
  account_locked: {
    subject: 'Zu viele falsche Passwörter für Ihr Konto bei {service}',
    paragraphs: [
      'Jemand hat für Ihr Konto bei {service} zu oft ein falsches Passwort eingegeben. Die Anmeldung mit Passwort ist deshalb eine Zeit lang geschlossen. Ihre bekannten Geräte und Passkeys funktionieren weiter.',
      circumstances,
      'Wenn Sie das waren, warten Sie und versuchen Sie es wieder. Wenn nicht, ist Ihr Konto sicher, solange niemand Ihr Passwort kennt; wählen Sie ein neues, wenn Sie es auch anderswo benutzen.',
      'Sie erhalten diese Nachricht höchstens einmal am Tag, wie oft es auch jemand versucht.',
    ],
  },
  password_reset: {
    subject: 'Ein neues Passwort für {service}',
    paragraphs: [
      'Jemand sagt, das Passwort Ihres Kontos bei {service} sei vergessen. Hiermit setzen Sie ein neues, einmal, bis {ends}:',
      '{link}',
      circumstances,
      'Wenn Sie das nicht waren, ist nichts zu tun: Das Passwort bleibt, wie es ist.',
    ],
  },
  registration: {
    subject: 'Ihr Konto bei {service}',
    paragraphs: [
      'Jemand möchte mit dieser Adresse ein Konto bei {service}. Hiermit legen Sie es an, einmal, bis {ends}:',
      '{link}',
      circumstances,
      'Wenn Sie das nicht waren, ist nichts zu tun: Ohne den Link entsteht kein Konto.',
    ],
  },
  registration_known: {
    subject: 'Sie haben ein Konto bei {service}',
    paragraphs: [
      'Jemand wollte mit dieser Adresse ein Konto bei {service} anlegen. Es gibt schon eines: Melden Sie sich damit an. Wenn Sie das Passwort vergessen haben, fordern Sie dort ein neues an.',
      circumstances,
      'Wenn Sie das nicht waren, ist nichts zu tun: Es wurde nichts geändert, und niemand hat erfahren, dass es das Konto gibt.',
    ],
  },
  password_changed: {
    subject: 'Ihr Passwort für {service} wurde geändert',
    paragraphs: ['Das Passwort Ihres Kontos bei {service} wurde geändert.', circumstances, notYou],
  },
  phone_changed: {
    subject: 'Die Telefonnummer Ihres Kontos bei {service} wurde geändert',
    paragraphs: [
      'Die Telefonnummer Ihres Kontos bei {service} wurde geändert. Auch die alte Nummer wurde benachrichtigt, wo das möglich war.',
      circumstances,
      notYou,
    ],
    short:
      'Dies ist nicht mehr die Nummer Ihres Kontos bei {service}. Waren Sie das nicht, wenden Sie sich jetzt an {service}.',
  },
  address_in_use: {
    subject: 'Ihre Mailadresse und ein anderes Konto bei {service}',
    paragraphs: [
      'Jemand wollte diese Mailadresse einem Konto bei {service} geben. Sie gehört dort zu einem anderen Konto, deshalb hat sich nichts geändert.',
      'Wenn Sie es waren, melden Sie sich bei dem Konto an, das die Adresse hat. Wenn nicht, ist nichts zu tun.',
    ],
  },
  email_changed: {
    subject: 'Die Mailadresse Ihres Kontos bei {service} wurde geändert',
    paragraphs: [
      'Die Mailadresse Ihres Kontos bei {service} wurde geändert. Diese Nachricht geht an die alte und an die neue.',
      circumstances,
      notYou,
    ],
  },
  factor_added: {
    subject: 'Neue Bestätigung für Anmeldungen bei {service}',
    paragraphs: ['Zu Ihrem Konto bei {service} kam hinzu: {factor}.', circumstances, notYou],
  },
  factor_removed: {
    subject: 'Bestätigung für Anmeldungen bei {service} entfernt',
    paragraphs: ['Von Ihrem Konto bei {service} wurde entfernt: {factor}.', circumstances, notYou],
  },
  factor_suspended: {
    subject: 'Zu viele falsche Codes für Ihr Konto bei {service}',
    paragraphs: [
      'Jemand, der Ihr Passwort kennt, hat für Ihr Konto bei {service} zu oft falsche Codes eingegeben. Bis jemand Ihr Konto entsperrt, ist außer Betrieb: {factor}.',
      circumstances,
      'Wenn Sie das waren, bitten Sie die Betreiber von {service}, es zu entsperren. Wenn nicht, ändern Sie jetzt Ihr Passwort: Jemand kennt es.',
    ],
  },
  mfa_month_limit: {
    subject: 'Codes für Ihr Konto bei {service} sind einige Tage lang geschlossen',
    paragraphs: [
      'Für Ihr Konto bei {service} gab es in den letzten 30 Tagen so viele falsche Codes, dass keine mehr angenommen werden, bis die ersten davon 30 Tage alt sind. Die Betreiber von {service} können es früher entsperren.',
      circumstances,
      'Wenn Sie das nicht waren, ändern Sie jetzt Ihr Passwort: Jemand kennt es.',
    ],
  },
  mfa_reset: {
    subject: 'Ihre Bestätigungen für Anmeldungen bei {service} wurden zurückgesetzt',
    paragraphs: [
      'Die Betreiber von {service} haben alle Bestätigungen für Anmeldungen von Ihrem Konto entfernt. Bei der nächsten Anmeldung richten Sie eine neue ein.',
      circumstances,
      notYou,
    ],
  },
  recovery_code_used: {
    subject: 'Ein Wiederherstellungscode für Ihr Konto bei {service} wurde benutzt',
    paragraphs: [
      'Jemand hat sich mit einem Ihrer Wiederherstellungscodes bei {service} angemeldet. Codes, die noch übrig sind: {left}.',
      circumstances,
      notYou,
    ],
  },
  recovery_codes_low: {
    subject: 'Sie haben nur noch wenige Wiederherstellungscodes bei {service}',
    paragraphs: [
      'Wiederherstellungscodes, die für Ihr Konto bei {service} noch übrig sind: {left}. Erstellen Sie neue, damit Sie hineinkommen, wenn Ihr Gerät verloren geht.',
      circumstances,
    ],
  },
  access_pass: {
    subject: 'Ihr Zugangspass für {service}',
    paragraphs: [
      'Sie möchten wieder in Ihr Konto bei {service}, und niemand hat es abgebrochen. Melden Sie sich mit Ihrem Passwort an und geben Sie dies ein, wo nach einem Code gefragt wird:',
      '{code}',
      'Er gilt einmal, bis {ends}. Richten Sie dann eine neue Bestätigung für Anmeldungen ein.',
    ],
  },
  access_pass_issued: {
    subject: 'Ein Weg zurück in Ihr Konto bei {service} wurde geöffnet',
    paragraphs: [
      'Die Betreiber von {service} haben einen Zugangspass für Ihr Konto ausgestellt. Zusammen mit Ihrem Passwort richten Sie damit einmal, bis {ends}, eine neue Bestätigung für Anmeldungen ein.',
      circumstances,
      'Wenn Sie nicht darum gebeten haben, sagen Sie es den Betreibern von {service}.',
    ],
  },
  access_pass_used: {
    subject: 'Ein Zugangspass für Ihr Konto bei {service} wurde benutzt',
    paragraphs: [
      'Jemand ist mit Ihrem Passwort und einem Zugangspass in Ihr Konto bei {service} gekommen, um eine neue Bestätigung für Anmeldungen einzurichten.',
      circumstances,
      notYou,
    ],
  },
  recovery_requested: {
    subject: 'Jemand möchte wieder in Ihr Konto bei {service}',
    paragraphs: [
      'Jemand sagt, dass jede Bestätigung für Anmeldungen bei Ihrem Konto bei {service} verloren ist. Wenn niemand es abbricht, kommt diese Person nach {ends} hinein.',
      circumstances,
      'Wenn Sie das nicht waren, brechen Sie es ab. Die Seite fragt noch einmal nach:',
      '{link}',
    ],
  },
  factor_expiring: {
    subject: 'Bestätigung für Anmeldungen bei {service} erneuern',
    paragraphs: [
      'Zu Ihrer Sicherheit muss diese Bestätigung für Anmeldungen bei {service} bis {ends} neu eingerichtet werden: {factor}. Das dauert eine Minute, in den Sicherheitseinstellungen Ihres Kontos.',
    ],
  },
  admin_recovery_code_used: {
    subject: 'Wiederherstellungscode benutzt: {user}',
    paragraphs: [
      'Ein Wiederherstellungscode hat das Konto {user} bei {service} geöffnet. Codes, die noch übrig sind: {left}.',
      circumstances,
      'Die Person hat an allen ihren Adressen eine Nachricht erhalten. Wenn sie nichts davon weiß, sperren Sie das Konto.',
    ],
  },
  admin_recovery_requested: {
    subject: 'Wiederherstellung beantragt: {user}',
    paragraphs: [
      'Jemand mit dem Passwort von {user} bei {service} sagt, alles andere sei verloren. Wenn niemand es abbricht, geht nach {ends} ein Zugangspass per Mail hinaus.',
      circumstances,
      'Die Person hat an allen ihren Adressen eine Nachricht erhalten und erhält vor dem Ende noch eine.',
    ],
  },
  admin_access_pass_used: {
    subject: 'Zugangspass benutzt: {user}',
    paragraphs: [
      'Ein Zugangspass hat das Konto {user} bei {service} geöffnet.',
      circumstances,
      'Die Person hat an allen ihren Adressen eine Nachricht erhalten. Wenn sie nichts davon weiß, sperren Sie das Konto.',
    ],
  },
  admin_secret_due: {
    subject: 'Geheimnis einer Anwendung fällig: {client}',
    paragraphs: ['Das Geheimnis der Anwendung {client} bei {service} ist bis {ends} zu ersetzen.'],
  },
  admin_webhook_disabled: {
    subject: 'Webhook abgeschaltet: {endpoint}',
    paragraphs: [
      'Seit {at} gehen von {service} keine Ereignisse mehr an den Webhook {endpoint}: Er hat geantwortet, dass es ihn nicht mehr gibt, oder eine Sendung ist bis zum Ende ihrer Frist gescheitert, und nichts anderes kam durch.',
      'Wenn der Empfänger wieder läuft, schalten Sie den Webhook ein und senden Sie nach, was gescheitert ist.',
    ],
  },
  admin_alert: {
    subject: 'Alarm bei {service}: {alert}',
    paragraphs: ['{service} meldet: {alert}.', 'Seit: {at}.'],
  },
}
