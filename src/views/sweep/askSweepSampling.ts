import type { ExtensionContext } from 'vscode';
import { type PointSamplingPlan, pointSampling } from '../../comparison/readiness/pointSampling.ts';
import { ask, type Choice, type Step } from '../ask/ask.ts';
import { configuredSettings } from '../jobs/configuration.ts';
import { askPrompts, type PromptsDraft } from '../readiness/askPrompts.ts';
import { changeSampling, isSamplingEdit, type SamplingEdit, samplingChoices } from '../readiness/askSampling.ts';
import { type AskedSweep, promptsText, type SweepSampling, samplingDefaults, samplingText } from './askedSweep.ts';

/* Asks which answers a sweep samples at every point: the prompts first, then how; or none. */

type Edit = SamplingEdit | 'take' | 'prompts' | 'none';

const step: Step = { title: 'Sweep: sampled answers', step: 2, totalSteps: 2 };

/** As a sweep takes it. */
function planOf({ prompts: paths, draw, promptField, answerField, asChat, ...how }: SweepSampling): PointSamplingPlan {
  const { grader, samples, temperature, evalTemperature, maxTokens, seed } = how;
  return {
    prompts: { kind: 'files', paths, draw, promptField, answerField, asChat },
    ...{ grader, samples, temperature, evalTemperature, topP: 1, maxTokens, seed, correctAbove: undefined },
  };
}

/** Reads the prompts. @throws InputError for what cannot be sampled or graded so */
export function openSampling(
  sampling: SweepSampling,
  context: Parameters<typeof pointSampling>[2],
): ReturnType<typeof pointSampling> {
  const { chatTemplate, templateArgs, specialTokens, weights } = configuredSettings();
  return pointSampling(planOf(sampling), { chatTemplate, templateArgs, specialTokens, weights }, context);
}

/** @returns undefined when the user gave up, or went back */
async function askFiles(context: ExtensionContext): Promise<PromptsDraft | undefined> {
  const draft: PromptsDraft = { prompts: [], promptCount: 0, promptField: '', answerField: '' };
  const answer = await askPrompts(context, draft, step);
  return answer === undefined || answer === 'back' ? undefined : draft;
}

function choicesOf(sweep: AskedSweep, sampling: SweepSampling): Choice<Edit>[] {
  const files = promptsText({ ...sweep, sampling });
  return [
    { label: '$(check) Sample These', description: files, detail: samplingText(sweep, sampling), value: 'take' },
    { label: 'Files of prompts', description: files, detail: 'With their right answers', value: 'prompts' },
    ...samplingChoices(sampling),
    { label: '$(circle-slash) Sample No Answers', description: 'figures of teacher forcing alone', value: 'none' },
  ];
}

/** @returns the sweep with what is sampled, as it was when the user gave up */
export async function askSweepSampling(context: ExtensionContext, sweep: AskedSweep): Promise<AskedSweep> {
  const asked = sweep.sampling === undefined ? await askFiles(context) : undefined;
  let sampling = asked === undefined ? sweep.sampling : samplingDefaults(asked);
  while (sampling !== undefined) {
    const current: SweepSampling = sampling;
    const answer = await ask<Edit>({
      ...{ ...step, placeholder: 'Sample these, or change a setting', choices: choicesOf(sweep, current) },
      async accept(edit, { begin, signal }) {
        if (edit !== 'take') return edit;
        begin();
        await openSampling(current, { onEvent: () => undefined, signal });
        return edit;
      },
    });
    if (answer === undefined || answer === 'back') return sweep;
    const edit = answer.value;
    if (edit === 'take') return { ...sweep, sampling };
    if (edit === 'none') return { ...sweep, sampling: undefined };
    if (isSamplingEdit(edit)) {
      // Pass@1 at that of evaluation is what a sweep pays: the command line's, which goes to Slurm, always has one.
      const change = await changeSampling(context.workspaceState, sampling, edit, { evaluates: true });
      sampling = { ...sampling, ...change };
    } else sampling = { ...sampling, ...(await askFiles(context)) };
  }
  return sweep;
}
