// A Dubbo provider: answers with its own name. It registers nothing; that is berth's part.
//     node provider.js NAME PORT
'use strict';

const [name, port] = process.argv.slice(2);

// It would choose a port of its own.
require('apache-dubbo-service/lib/port').randomPort = async () => Number(port);

const {DubboService} = require('apache-dubbo-service');
const {java} = require('dubbo2.js');

new DubboService({
  registry: {ready: async () => {}, registerServices: async () => {}},
  dubboSetting: {getDubboSetting: () => ({group: '', version: '1.0.0'})},
  services: {
    Greeter: {
      dubboInterface: 'com.acme.Greeter',
      methods: {hello: async (who) => java.String(`${name} greets ${who}`)},
    },
  },
});

// As a good provider does, it serves on for a while: its consumers learn of its end meanwhile.
process.on('SIGTERM', () => setTimeout(() => process.exit(0), 6000));
