import { AwsV4Signer } from 'aws4fetch'
import { failed, formType, judgeStatus, taken } from '../judge-answer.ts'
import type { SmsAdapter } from './sms-adapter.ts'
import type { SmsAccount } from './sms-settings.ts'

/** Amazon SNS: Action=Publish to a number, signed by Signature Version 4. */
export function sns(account: Extract<SmsAccount, { provider: 'sns' }>): SmsAdapter {
  const { region, access_key_id: accessKeyId, secret_access_key: secretAccessKey, sender_id } = account
  const url = account.url ?? `https://sns.${region}.amazonaws.com/`
  const attributes = [
    ['AWS.SNS.SMS.SMSType', 'Transactional'],
    ...(sender_id === undefined ? [] : [['AWS.SNS.SMS.SenderID', sender_id]]),
  ]
  return {
    provider: 'sns',
    async write({ to, text, at }) {
      const form = new URLSearchParams({ Action: 'Publish', Version: '2010-03-31', PhoneNumber: to, Message: text })
      for (const [index, [name = '', value = '']] of attributes.entries()) {
        const entry = `MessageAttributes.entry.${index + 1}`
        form.set(`${entry}.Name`, name)
        form.set(`${entry}.Value.DataType`, 'String')
        form.set(`${entry}.Value.StringValue`, value)
      }
      const body = form.toString()
      const request = { method: 'POST', url, headers: formType, body }
      const datetime = at.toISOString().replace(/[:-]|\.\d{3}/g, '')
      const signer = new AwsV4Signer({ ...request, accessKeyId, secretAccessKey, service: 'sns', region, datetime })
      const signed = await signer.sign()
      return { url, headers: { ...Object.fromEntries(signed.headers), ...formType }, body }
    },
    judge(status, text) {
      if (status === 200) return /<MessageId>[^<]+<\/MessageId>/.test(text) ? taken : failed('bad_answer')
      const code = /<Code>([A-Za-z]+)<\/Code>/.exec(text)?.[1]
      if (code === 'Throttling' || code === 'ThrottledException') return failed('busy')
      if (code === 'InvalidParameter' || code === 'InvalidParameterValue' || code === 'OptedOut') {
        return failed('recipient_refused')
      }
      return judgeStatus(status)
    },
  }
}
