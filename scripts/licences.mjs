// Checks that all that is shipped may be shipped: every package in the bundles has the text of its licence, and one that goes with MIT.
// Run by itself (`npm run licences`) it also lists them.
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { extensionPackages, licenceOf, shipped } from './notices.mjs';
import { root } from './paths.mjs';

/** Licences that ask for nothing but their notice, each with words that its text has. */
const compatible = {
  '0BSD': /permission to use, copy, modify/i,
  'Apache-2.0': /Apache License/,
  'BSD-2-Clause': /redistribution and use in source and binary forms/i,
  'BSD-3-Clause': /redistribution and use in source and binary forms/i,
  'BlueOak-1.0.0': /Blue Oak Model License/,
  ISC: /permission to use, copy, modify/i,
  MIT: /permission is hereby granted, free of charge/i,
  Unlicense: /unencumbered software/i,
  Zlib: /provided 'as-is'/i,
};

/** Texts that say little because the licence's own words stand elsewhere among the notices. */
const elsewhere = ['@bufbuild/protobuf', 'onnxruntime-common'];

/** Licences of an SPDX expression that hold together; of a choice the first that is compatible. */
function licencesIn(expression) {
  const all = expression.replace(/[()]/g, ' ').split(/\bAND\b/);
  return all.map((part) => {
    const choice = part.split(/\bOR\b/).map((each) => each.trim());
    return choice.find((each) => Object.hasOwn(compatible, each)) ?? choice.join(' OR ');
  });
}

/** What is wrong with a package's licence; empty where nothing is. */
export function licenceFaults({ name, version, license, text }) {
  if (typeof license !== 'string' || license === '') return [`${name} ${version} names no licence.`];
  return licencesIn(license).flatMap((licence) => {
    if (!Object.hasOwn(compatible, licence)) {
      return [
        `${name} ${version} is under ${licence}, of which nobody has said that it goes with MIT (scripts/licences.mjs).`,
      ];
    }
    if (elsewhere.includes(name) || compatible[licence].test(text)) return [];
    return [`${name} ${version} says that it is under ${licence}, but the text that comes with it is another.`];
  });
}

/** Native files of ONNX Runtime's packages that are other projects', with the file of `scripts/licences` that must hold their licence. */
const foreign = {
  'DirectML.dll': 'directml.txt',
  'dxcompiler.dll': 'directx-shader-compiler.txt',
  'dxil.dll': 'dxil.txt',
};

/** Native files whose licence is not here, in sentences. @param files names, without folders */
export function nativeFaults(files, folder = join(root, 'scripts', 'licences')) {
  return files.flatMap((file) => {
    const text = foreign[file];
    if (text === undefined || existsSync(join(folder, text))) return [];
    return [
      `${file} is not ONNX Runtime's own, and its licence is not here: put the text that is published with it into scripts/licences/${text}.`,
    ];
  });
}

/** Licences of the other projects among native files, as texts. */
export function nativeNotices(files) {
  const named = files.filter((file) => Object.hasOwn(foreign, file) && nativeFaults([file]).length === 0);
  return Promise.all(
    named.map(
      async (file) =>
        `${file}\n\n${(await readFile(join(root, 'scripts', 'licences', foreign[file]), 'utf8')).trim()}\n`,
    ),
  );
}

/** Every package that is shipped with the extension, with its licence. `dist/` must be built. */
export async function shippedLicences() {
  const names = [...new Set([...shipped, ...(await extensionPackages())])].sort();
  return Promise.all(names.map((name) => licenceOf(name)));
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  try {
    const licences = await shippedLicences();
    const faults = licences.flatMap(licenceFaults);
    for (const fault of faults) console.error(fault);
    if (faults.length > 0) process.exit(1);
    if (!process.argv.includes('--quiet')) {
      for (const { name, version, license } of licences) console.log(`${name} ${version}: ${license}`);
    }
    console.log(`${licences.length} packages are shipped; each has its notice, and a licence that goes with MIT.`);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exit(1);
  }
}
