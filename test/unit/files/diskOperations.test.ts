import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../paths.ts';

/** Functions of `node:fs` that change a disk, or open a file in a way that may. */
const changing =
  /\b(writeFile|writeFileSync|appendFile|appendFileSync|createWriteStream|mkdtemp|mkdtempSync|mkdir|mkdirSync|rm|rmSync|rmdir|rmdirSync|unlink|unlinkSync|rename|renameSync|link|linkSync|symlink|symlinkSync|copyFile|copyFileSync|cp|cpSync|truncate|truncateSync|ftruncate|ftruncateSync|fsync|fsyncSync|fdatasync|fdatasyncSync|writeSync|writevSync|chmod|chmodSync|fchmodSync|utimes|utimesSync)\b/;
const imports = /import\s+(?:type\s+)?([^;]*?)\s+from 'node:fs(?:\/promises)?';/g;
/** Opening with any flags but for reading. */
const opensForWriting = /\bopen(?:Sync)?\([^()]*(?:\([^()]*\)[^()]*)*,\s*'(?:r\+|rs\+|[wa]x?\+?)'/;

describe('what changes the disk', () => {
  it('lies in one module, so that faults can be made in one place', () => {
    const names = (readdirSync(join(root, 'src'), { recursive: true }) as string[]).filter((name) =>
      name.endsWith('.ts'),
    );
    assert.ok(names.length > 200);
    const found = names.filter((name) => {
      const text = readFileSync(join(root, 'src', name), 'utf8');
      const imported = [...text.matchAll(imports)].map((match) => match[1]!);
      const whole = imported.some((each) => /^(\*|[a-z])/.test(each));
      return whole || imported.some((each) => changing.test(each)) || opensForWriting.test(text);
    });
    assert.deepEqual(found, [join('files', 'writing', 'diskOperations.ts')]);
  });
});
