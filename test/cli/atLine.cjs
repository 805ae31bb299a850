/*
 * Loaded into a command line by `--require`: sends it a signal when it has written a certain line to standard error, before it goes on.
 * Whoever reads the line and then sends the signal may come too late: on a busy machine the work is done by then.
 */
const { AT_LINE: line, AT_SIGNAL: signal } = process.env;
const write = process.stderr.write.bind(process.stderr);
let said = '';
process.stderr.write = (text, ...more) => {
  const written = write(text, ...more);
  said += text;
  if (!new RegExp(line, 'm').test(said)) return written;
  process.stderr.write = write;
  process.kill(process.pid, signal);
  return written;
};
