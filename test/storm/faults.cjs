/*
 * Kills the process at, or fails, the n-th call by which it changes the disk. All such calls of src/ lie in
 * src/files/writing/diskOperations.ts; here the functions of `node:fs` that it uses are wrapped by name, so that it works
 * on the bundled program as well: `node --require test/storm/faults.cjs dist/cli.cjs ...`, told what to do by the
 * variable STORM, a plan in JSON. In a test's own process `arm(plan)` does the same and `disarm()` ends it.
 *
 * A plan: `at`, the number of the call, from 1 (0: none); `fault`: "kill", before the call; "torn", in the middle of a
 * write, else as kill; "hold", where the process stands still until it is killed, and makes the file `held`; or an error code with which that call fails, and with `from` every later one ("ENOSPC": only
 * those that need room on the disk); `below`, a folder: calls outside are not counted; `operations`, names of those that count,
 * else all; `program`, the end of the running script's path: other processes are left alone; `log`, a file that is told
 * every counted call, one a line.
 */
'use strict';
const fs = require('node:fs');
const { syncBuiltinESMExports } = require('node:module');
const { resolve, sep } = require('node:path');

const original = { appendFileSync: fs.appendFileSync, writeSync: fs.writeSync };
/** What fails on a full disk; giving or taking names away does not. */
const needsRoom = new Set(['open', 'write', 'truncate', 'sync', 'mkdir', 'link', 'copy', 'stream']);
/** Paths of open files. */
const paths = new Map();
/** How each function is put back. */
let undo = [];
let plan;
let calls = [];

function die() {
  process.kill(process.pid, 'SIGKILL');
  for (;;);
}

/** Stands still, deaf to signals that can be heard, and says of which job and on which node. */
function hold() {
  const { SLURM_JOB_ID, SLURMD_NODENAME } = process.env;
  original.appendFileSync(plan.held, `${SLURM_JOB_ID} ${SLURMD_NODENAME}\n`);
  for (;;) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
}

/** The error with which this call is to fail; undefined when it is to go through. */
function fault(operation, path, tear) {
  if (plan === undefined || path === undefined) return undefined;
  const inside = plan.below === undefined || (resolve(path) + sep).startsWith(plan.below + sep);
  if (!inside || (plan.operations !== undefined && !plan.operations.includes(operation))) return undefined;
  calls.push({ operation, path });
  if (plan.log !== undefined) original.appendFileSync(plan.log, `${calls.length} ${operation} ${path}\n`);
  const later = plan.from === true && plan.at > 0 && calls.length > plan.at;
  if (calls.length !== plan.at && !later) return undefined;
  if (plan.fault === 'ENOSPC' && !needsRoom.has(operation)) return undefined;
  if (plan.fault === 'torn' && tear !== undefined) tear();
  if (plan.fault === 'hold') hold();
  if (plan.fault === 'kill' || plan.fault === 'torn') die();
  return Object.assign(new Error(`${plan.fault}: ${operation} '${path}'`), {
    code: plan.fault,
    path,
    syscall: operation,
  });
}

function replace(holder, name, wrap) {
  const real = holder[name];
  holder[name] = wrap(real);
  undo.push(() => {
    holder[name] = real;
  });
}

const writing = fs.constants.O_WRONLY | fs.constants.O_RDWR;

function wrapAll() {
  replace(fs, 'openSync', (real) => (path, flags, mode) => {
    const makes = typeof flags === 'number' && (flags & writing) !== 0;
    const error = makes ? fault('open', String(path)) : undefined;
    if (error !== undefined) throw error;
    const descriptor = real(path, flags, mode);
    paths.set(descriptor, String(path));
    return descriptor;
  });
  replace(fs, 'closeSync', (real) => (descriptor) => {
    paths.delete(descriptor);
    real(descriptor);
  });
  const half = (descriptor, bytes, offset, length, position) => () =>
    original.writeSync(descriptor, bytes, offset, Math.floor(length / 2), position);
  const descriptors = [
    ['writeSync', 'write'],
    ['ftruncateSync', 'truncate'],
    ['fsyncSync', 'sync'],
    ['fchmodSync', 'mode'],
  ];
  for (const [name, operation] of descriptors) {
    replace(fs, name, (real) => (...args) => {
      const error = fault(operation, paths.get(args[0]), operation === 'write' ? half(...args) : undefined);
      if (error !== undefined) throw error;
      return real(...args);
    });
  }
  for (const [name, operation] of [
    ['write', 'write'],
    ['fsync', 'sync'],
  ]) {
    replace(fs, name, (real) => (...args) => {
      const error = fault(operation, paths.get(args[0]), operation === 'write' ? half(...args) : undefined);
      if (error !== undefined) return process.nextTick(args.at(-1), error);
      return real(...args);
    });
  }
  for (const [name, operation] of [
    ['mkdtempSync', 'mkdir'],
    ['rmSync', 'remove'],
    ['createWriteStream', 'stream'],
  ]) {
    replace(fs, name, (real) => (path, ...rest) => {
      const error = fault(operation, String(path));
      if (error !== undefined) throw error;
      return real(path, ...rest);
    });
  }
  const promised = [
    ['rename', 'rename', 1],
    ['link', 'link', 1],
    ['copyFile', 'copy', 1],
    ['unlink', 'unlink', 0],
    ['rm', 'remove', 0],
    ['rmdir', 'remove', 0],
    ['mkdir', 'mkdir', 0],
  ];
  for (const [name, operation, shown] of promised) {
    replace(fs.promises, name, (real) => async (...args) => {
      const error = fault(operation, String(args[shown]));
      if (error !== undefined) throw error;
      return real(...args);
    });
  }
  syncBuiltinESMExports();
}

/** Starts counting anew, with this plan. */
function arm(chosen) {
  if (undo.length === 0) wrapAll();
  plan = chosen;
  calls = [];
}

/** Puts everything back. @returns the calls that were counted */
function disarm() {
  for (const back of undo.reverse()) back();
  undo = [];
  plan = undefined;
  syncBuiltinESMExports();
  return calls;
}

module.exports = { arm, disarm, needsRoom };

if (process.env.STORM !== undefined) {
  const chosen = JSON.parse(process.env.STORM);
  if (chosen.program === undefined || process.argv[1]?.endsWith(chosen.program)) arm(chosen);
}
