// Takes the place of the package of this name in VS Code's server, which is native code that would have to be compiled:
// ends the extension host when the server is gone.
exports.start = (pid) => {
  const timer = setInterval(() => {
    try {
      process.kill(pid, 0);
    } catch {
      process.exit(87);
    }
  }, 2000);
  timer.unref();
};

exports.exit = (code) => process.exit(code);
