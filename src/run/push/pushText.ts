import { shownBytes, shownCount } from '../../files/reading/shown.ts';
import { repositoryUrl } from './push.ts';
import type { PushPlan } from './pushPlan.ts';

/* What a push would do, in lines for people. */

const listed = 12;

/** Names, as many as are shown. */
function names(paths: readonly string[], safe: (text: string) => string): string {
  const more = paths.length > listed ? ` and ${paths.length - listed} more` : '';
  return `${paths.slice(0, listed).map(safe).join(', ')}${more}`;
}

/** @param safe makes untrusted text safe for where it is shown */
export function pushLines(plan: PushPlan, safe: (text: string) => string): string[] {
  const { files, exists, isPrivate, user, access, leftOut, staying, card, local, folder } = plan;
  const ofState = (state: string) => files.filter((file) => file.state === state);
  const [fresh, same, replaced] = [ofState('new'), ofState('same'), ofState('replaced')];
  const bytes = [...fresh, ...replaced].reduce((sum, file) => sum + file.bytes, 0);
  const seen = isPrivate ? 'private' : 'PUBLIC: anybody can see and download it';
  const lines = [
    `From ${safe(folder)}`,
    `To ${repositoryUrl(plan)} (${exists ? 'there' : 'will be made'}, ${seen})`,
    user === undefined
      ? 'Without a token: nothing can be uploaded'
      : `As ${safe(user)}, with the token from ${safe(access.token!.source)}`,
    `Sends ${shownCount(fresh.length + replaced.length, 'file')}, ${shownBytes(bytes)}: ${names(
      fresh.map((file) => `${file.path} (${shownBytes(file.bytes)})`),
      safe,
    )}`,
  ];
  if (replaced.length > 0)
    lines.push(
      `REPLACES what is there: ${names(
        replaced.map(({ path }) => path),
        safe,
      )}`,
    );
  if (same.length > 0) lines.push(`Is there already, with the same hashes: ${shownCount(same.length, 'file')}`);
  if (staying.length > 0) lines.push(`Stays in the repository: ${names(staying, safe)}`);
  if (leftOut.length > 0)
    lines.push(`Is not uploaded (hidden files, pickles, a trainer's state): ${names(leftOut, safe)}`);
  if (card === undefined) lines.push('The Hub will show no model card: there is no README.md');
  else {
    const fields = Object.entries(card).map(([name, text]) => `${name}: ${safe(text)}`);
    lines.push(
      `The Hub will show README.md${fields.length === 0 ? ', which has no metadata' : ` with ${fields.join('; ')}`}`,
    );
  }
  if (local.length > 0)
    lines.push(`Names folders of this machine: ${names(local, safe)}${isPrivate ? '' : ' - for all to see'}`);
  return lines;
}
