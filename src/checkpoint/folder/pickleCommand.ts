import { shellCommand } from '../../files/reading/shellWord.ts';

/** A command that loads a Hugging Face folder and saves its weights as safetensors beside what is there. */
export function pickleCommand(folder: string): string {
  const code =
    'import sys; from transformers import AutoModelForCausalLM as M; ' +
    'M.from_pretrained(sys.argv[1], torch_dtype="auto").save_pretrained(sys.argv[1])';
  return shellCommand('python', '-c', code, folder);
}
