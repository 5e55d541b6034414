// The options of the command line, in camelCase. docs/options.md says what each does.
'use strict';

function text(value) {
  return value !== null && typeof value === 'object' ? JSON.stringify(value) : String(value);
}

// ['--step-time=0', '--data=a.json', '--data=b.json', '--no-ui'] of
// {stepTime: 0, data: ['a.json', 'b.json'], noUi: true}.
function optionArguments(options) {
  return Object.entries(options).flatMap(([name, value]) => {
    const flag = `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
    if (typeof value === 'boolean') return value ? [flag] : [];
    const values = Array.isArray(value) ? value : value === undefined ? [] : [value];
    return values.map((each) => `${flag}=${text(each)}`);
  });
}

module.exports = {optionArguments};
