'use strict';

const {ControlError, VerificationError} = require('./lib/control.js');
const {Namespace, Server, connect, start} = require('./lib/server.js');

module.exports = {ControlError, Namespace, Server, VerificationError, connect, start};
