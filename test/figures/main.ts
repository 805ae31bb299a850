/*
 * The gallery by hand: draws every figure and shows what changed, or accepts it. See docs/development.md.
 */
import { Command } from 'commander';
import { launchBrowser } from '../webview/webviewPage.ts';
import { drawFigures } from './drawFigures.ts';
import { indexLink, writeIndexPage } from './indexPage.ts';
import { acceptCommand, Snapshots } from './snapshots.ts';

async function drawn(): Promise<ReadonlyMap<string, string>> {
  const browser = await launchBrowser();
  try {
    return await drawFigures(browser);
  } finally {
    await browser.close();
  }
}

const snapshots = new Snapshots();
const program = new Command().name('npm run figures').description('Draws every figure of the pages and compares it.');

program.action(async () => {
  const figures = await drawn();
  const reviews = new Map([...figures].map(([name, svg]) => [name, snapshots.review(name, svg)] as const));
  writeIndexPage(reviews, snapshots);
  for (const [name, review] of reviews) {
    if (review.state !== 'same') console.log(`${snapshots.message(name, review)}\n`);
  }
  for (const name of snapshots.names()) {
    if (!figures.has(name))
      console.log(`The snapshot ${name} has no figure any more; “${acceptCommand}” removes it.\n`);
  }
  console.log(`${figures.size} figures: ${indexLink()}`);
});

program
  .command('accept')
  .description('Keeps the figures as they are drawn now, and removes snapshots of figures that are no more.')
  .argument('[name...]', 'only these')
  .action(async (names: string[]) => {
    const figures = await drawn();
    const wanted = (name: string) => names.length === 0 || names.includes(name);
    const unknown = names.find((name) => !figures.has(name) && !snapshots.names().includes(name));
    if (unknown !== undefined) {
      console.error(`There is no figure “${unknown}”: ${[...figures.keys()].join(', ')}.`);
      process.exitCode = 2;
      return;
    }
    let changes = 0;
    for (const [name, svg] of figures) {
      if (!wanted(name) || snapshots.review(name, svg).state === 'same') continue;
      snapshots.accept(name, svg);
      console.log(`accepted ${name}`);
      changes++;
    }
    for (const name of snapshots.names().filter((each) => wanted(each) && !figures.has(each))) {
      snapshots.remove(name);
      console.log(`removed ${name}`);
      changes++;
    }
    if (changes === 0) console.log('Every figure is as it is kept.');
  });

await program.parseAsync();
