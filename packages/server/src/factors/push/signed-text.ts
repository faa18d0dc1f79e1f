/**
 * What a device signs: lines, the first of which says for what. No other signature of the key can be taken for one of
 * these, and none of these for another, since no field holds a line feed.
 */
export function signedText(
  kind: 'pair' | 'list' | 'answer' | 'subscribe',
  fields: readonly string[],
  time: number,
): string {
  return ['gatehouse-push-v1', kind, ...fields, String(time)].join('\n')
}
