// The tracing library alone: bundled to one file of a layer, so that functions without tracing do not carry it.
module.exports = require('aws-xray-sdk-core');
