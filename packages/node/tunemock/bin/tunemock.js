#!/usr/bin/env node
// Runs the program with the arguments and the terminal of this process, and ends as it ends.
'use strict';

const {spawn} = require('node:child_process');
const {find} = require('../lib/binary.js');

let path;
try {
  path = find();
} catch (error) {
  console.error(`tunemock: ${error.message}`);
  process.exit(1);
}

const child = spawn(path, process.argv.slice(2), {stdio: 'inherit'});
for (const signal of ['SIGINT', 'SIGQUIT', 'SIGTERM', 'SIGHUP', 'SIGUSR2']) {
  process.on(signal, () => {
    // A terminal sends these to both of us.
    const isFromTerminal = process.stdin.isTTY && (signal === 'SIGINT' || signal === 'SIGQUIT');
    if (!isFromTerminal) child.kill(signal);
  });
}
child.on('error', (error) => {
  console.error(`tunemock: ${path} cannot be run: ${error.message}`);
  process.exit(126);
});
child.on('exit', (code, signal) => {
  if (signal) {
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  } else {
    process.exit(code);
  }
});
