import { isAbsolute, join } from 'node:path';
import { type Memento, window, workspace } from 'vscode';
import { exists } from '../../files/reading/exists.ts';
import { type GraderChoice, type GraderName, namedGrader } from '../../readiness/graders/namedGrader.ts';
import { usualGraderSeconds } from '../../run/readiness/commandGrader.ts';
import { askText } from '../ask/askSettings.ts';
import { notice } from '../jobs/messageOf.ts';
import { programWords } from './typedAnswers.ts';

/* Asks how answers are graded. A program of the user's runs only in a trusted workspace, and after it was agreed to once. */

const allowedKey = 'readiness.allowedGraders';

const descriptions: Readonly<Record<GraderName | 'usual', string>> = {
  usual: 'rewards where the answers come with them, else boxed',
  boxed: 'the last \\boxed{…}, compared as mathematics',
  'last-number': 'the last number, compared as mathematics',
  exact: 'the whole answer, letter by letter',
  choice: 'the letter of a multiple-choice answer',
  regex: 'the last match of a regular expression…',
  'json-field': 'a field of the last JSON object…',
  command: 'a program of yours, asked for each batch of answers…',
};

/** Words that name files of the workspace as whole paths: VS Code starts programs elsewhere. */
async function withWholePaths(words: readonly string[]): Promise<string[]> {
  const root = workspace.workspaceFolders?.[0]?.uri.fsPath;
  if (root === undefined) return [...words];
  return Promise.all(
    words.map(async (word, i) => {
      // A bare name in first place is looked for where programs are.
      if (isAbsolute(word) || word === '' || (i === 0 && !/[\\/]/.test(word))) return word;
      const whole = join(root, word);
      return (await exists(whole)) ? whole : word;
    }),
  );
}

/** Agreed to before, or now. @returns false when it is refused */
async function agreed(memento: Memento, words: readonly string[]): Promise<boolean> {
  if (!workspace.isTrusted) {
    void window.showErrorMessage('A program grades in trusted workspaces only.');
    return false;
  }
  const key = JSON.stringify(words);
  const before = memento.get<unknown>(allowedKey);
  const allowed = Array.isArray(before) ? before.filter((each): each is string => typeof each === 'string') : [];
  if (allowed.includes(key)) return true;
  const chosen = await window.showQuickPick<{ label: string; detail: string; agreed: boolean }>(
    [
      { label: 'Do Not Run It', detail: 'The grader stays as it was', agreed: false },
      { label: 'Let It Grade', detail: notice(words.join(' ')), agreed: true },
    ],
    {
      title: 'Let this program grade answers? It runs with your rights, for each batch of answers; asked once',
      ignoreFocusOut: true,
    },
  );
  if (chosen?.agreed !== true) return false;
  await memento.update(allowedKey, [...allowed, key].slice(-20));
  return true;
}

/** What grades, in few words. */
export function graderText(grader: GraderChoice | undefined): string {
  if (grader === undefined) return 'the usual one';
  switch (grader.name) {
    case 'regex':
      return `regex ${grader.pattern}`;
    case 'json-field':
      return `json-field ${grader.path}`;
    case 'command':
      return `command ${[grader.program, ...grader.args].join(' ')}`;
    default:
      return grader.name;
  }
}

/** @param memento of the workspace. @returns undefined when the user gave up, and nothing changes */
export async function askGrader(
  memento: Memento,
  current: GraderChoice | undefined,
): Promise<{ readonly grader: GraderChoice | undefined } | undefined> {
  const names = Object.keys(descriptions) as (keyof typeof descriptions)[];
  const chosen = await window.showQuickPick(
    names.map((label) => ({ label, description: descriptions[label] })),
    {
      title: 'Grader',
      placeHolder: 'What tells whether an answer is right',
      matchOnDescription: true,
      ignoreFocusOut: true,
    },
  );
  if (chosen === undefined) return undefined;
  const name = chosen.label;
  switch (name) {
    case 'usual':
      return { grader: undefined };
    case 'regex': {
      const before = current?.name === name ? current.pattern : '';
      return askText('Regular expression; its first group counts, or all of the match', before, (pattern) => {
        const grader = { name, pattern };
        namedGrader(grader);
        return { grader };
      });
    }
    case 'json-field': {
      const before = current?.name === name ? current.path : '';
      return askText('Field of the answer’s last JSON object', before, (path) => {
        const grader = { name, path };
        namedGrader(grader);
        return { grader };
      });
    }
    case 'command': {
      const before = current?.name === name ? JSON.stringify([current.program, ...current.args]) : '';
      const words = await askText(
        'Program and arguments, or a JSON list of them; see docs/readiness.md',
        before,
        programWords,
      );
      if (words === undefined) return undefined;
      const [program, ...args] = (await withWholePaths(words)) as [string, ...string[]];
      if (!(await agreed(memento, [program, ...args]))) return undefined;
      return { grader: { name, program, args, seconds: usualGraderSeconds } };
    }
    default:
      return { grader: { name } };
  }
}
