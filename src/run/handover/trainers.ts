/*
 * What is known of the RL trainers that a checkpoint can be handed to: how each is started and what it calls its arguments, taken
 * from its own documentation or source, with the version and the date that it was read.
 */

export const trainerNames = ['verl', 'slime', 'trl', 'openrlhf'] as const;
export type TrainerName = (typeof trainerNames)[number];

/** What an argument sets, whatever the trainer calls it. */
export type HandedOver =
  | 'estimator'
  | 'model'
  | 'reference'
  | 'groupSize'
  | 'temperature'
  | 'responseLength'
  | 'template';

export interface TrainerSource {
  /** The page or file that the names are from. */
  readonly url: string;
  /** A release, or the commit of that file. */
  readonly version: string;
  /** When it was read. */
  readonly read: string;
}

export interface Trainer {
  readonly name: TrainerName;
  readonly label: string;
  readonly source: TrainerSource;
  /** What starts it. */
  readonly start: readonly string[];
  /** `hydra`: `name=value`. `flags`: `name value`. */
  readonly style: 'hydra' | 'flags';
  /** Left out: it has none. */
  readonly arguments: Readonly<Partial<Record<HandedOver, string>>>;
  /** GRPO among its estimators. */
  readonly grpo: string | undefined;
  /** `always`: prompts are conversations, and rendered by it. `asked`: where `arguments.template` is given. `conversations`: where they are. */
  readonly rendering: 'always' | 'asked' | 'conversations';
  /** Takes a template's text where the checkpoint has none. */
  readonly ownTemplate?: string;
  /** Where arguments that describe the model are from, if it needs such. */
  readonly modelSource?: TrainerSource;
  /** What its command needs besides, in words. */
  readonly besides: string;
}

const read = '2026-11-27';

export const trainers: Readonly<Record<TrainerName, Trainer>> = {
  verl: {
    name: 'verl',
    label: 'verl',
    source: {
      url: 'https://github.com/volcengine/verl/blob/035682ed7d98f4e5e7633141b4e7add1ef7d2430/verl/trainer/config/_generated_ppo_trainer.yaml',
      version: 'commit 035682e',
      read,
    },
    start: ['python3', '-m', 'verl.trainer.main_ppo'],
    style: 'hydra',
    arguments: {
      estimator: 'algorithm.adv_estimator',
      model: 'actor_rollout_ref.model.path',
      groupSize: 'actor_rollout_ref.rollout.n',
      temperature: 'actor_rollout_ref.rollout.temperature',
      responseLength: 'data.max_response_length',
    },
    rendering: 'always',
    ownTemplate: 'actor_rollout_ref.model.custom_chat_template',
    grpo: 'grpo',
    besides:
      'data.train_files, data.val_files, actor_rollout_ref.rollout.name (vllm or sglang), the reward, batch sizes, GPUs',
  },
  slime: {
    name: 'slime',
    label: 'slime',
    source: {
      url: 'https://github.com/THUDM/slime/blob/02d08602b564c06a8c24d8e51f19cc6ba55ff7c7/docs/en/get_started/quick_start.md',
      version: 'commit 02d0860',
      read,
    },
    start: ['python3', 'train.py'],
    style: 'flags',
    arguments: {
      estimator: '--advantage-estimator',
      model: '--hf-checkpoint',
      reference: '--ref-load',
      groupSize: '--n-samples-per-prompt',
      temperature: '--rollout-temperature',
      responseLength: '--rollout-max-response-len',
      template: '--apply-chat-template',
    },
    rendering: 'asked',
    modelSource: {
      url: 'https://github.com/THUDM/slime/blob/04ab98819bdf5b906764c780cbb9e341a317a1c8/docs/en/get_started/usage.md, and its scripts/models',
      version: 'commit 04ab988',
      read,
    },
    grpo: 'grpo',
    besides:
      '--prompt-data, --input-key, --label-key, --rm-type, --rollout-batch-size, --num-rollout, --save, parallelism, GPUs',
  },
  trl: {
    name: 'trl',
    label: 'TRL',
    source: {
      url: 'https://pypi.org/project/trl/1.13.0/ (trl/trainer/grpo_config.py, trl/trainer/model_config.py)',
      version: '1.13.0 (2026-09-10)',
      read,
    },
    start: ['trl', 'grpo'],
    style: 'flags',
    arguments: {
      model: '--model_name_or_path',
      groupSize: '--num_generations',
      temperature: '--temperature',
      responseLength: '--max_completion_length',
    },
    rendering: 'conversations',
    grpo: undefined,
    besides: '--dataset_name, --reward_funcs, --output_dir, batch sizes, and --dtype (float32 unless it is given)',
  },
  openrlhf: {
    name: 'openrlhf',
    label: 'OpenRLHF',
    source: {
      url: 'https://openrlhf.readthedocs.io/ ("Flag migration (0.9.x / early 0.10 → 0.10.2)")',
      version: '0.10.2',
      read,
    },
    start: ['python3', '-m', 'openrlhf.cli.train_ppo_ray'],
    style: 'flags',
    arguments: {
      estimator: '--algo.advantage.estimator',
      model: '--actor.model_name_or_path',
      groupSize: '--rollout.n_samples_per_prompt',
      temperature: '--rollout.temperature',
      responseLength: '--rollout.max_new_tokens',
      template: '--data.apply_chat_template',
    },
    rendering: 'asked',
    grpo: 'group_norm',
    besides: '--data.prompt_dataset, --data.input_key, --reward.remote_url, --ckpt.output_dir, batch sizes, GPUs',
  },
};
